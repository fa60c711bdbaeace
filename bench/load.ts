import type { KubeObject } from "#api/objects.ts"
import type { Cluster } from "#test/cluster/client.ts"
import { eventually } from "#test/cluster/eventually.ts"
import { refTo } from "#test/cluster/kinds.ts"
import { canary, deployment, imageOf } from "#test/cluster/objects.ts"

const AT_ONCE = 24
const PATIENCE_MS = 30 * 60_000
const canaryKind = { apiVersion: "flagger.app/v1beta1", kind: "Canary" }

export interface Load {
  readonly namespace: string
  /** Until all canaries are in a phase. `check` is called all the while and may throw. */
  reach(phase: string, check: () => void): Promise<void>
  /** A new version of every workload. */
  pushAll(): Promise<void>
  leave(): Promise<void>
}

/** Many workloads of one replica, each with its canary. */
export async function createLoad(cluster: Cluster, size: { canaries: number; provider: string }): Promise<Load> {
  const namespace = "bench"
  const names = Array.from({ length: size.canaries }, (_, number) => `app${String(number).padStart(5, "0")}`)
  const phases = new Map<string, string>()
  const leaving = new AbortController()

  await cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } })
  await eachOf(names, async (name) => {
    const service = { port: 80, targetPort: 9898, portDiscovery: true, hosts: [name] }
    await cluster.create(inNamespace(workload(name, "1.0.0")))
    await cluster.create(inNamespace(canary(name, { provider: size.provider, service })))
  })
  void cluster.watch(canaryKind, (_, { metadata, status }) => phases.set(metadata.name, status?.phase), leaving.signal)

  function inNamespace(object: KubeObject): KubeObject {
    return { ...object, metadata: { ...object.metadata, namespace } }
  }

  return {
    namespace,
    async reach(phase, check) {
      const all = () => {
        check()
        return [...phases.values()].filter((now) => now === phase).length === names.length
      }
      await eventually(`all are ${phase}`, all, { withinMs: PATIENCE_MS })
    },
    pushAll: () =>
      eachOf(names, async (name) => {
        const { template } = workload(name, "1.1.0")["spec"]
        await cluster.patch(refTo("Deployment", namespace, name), { spec: { template } })
      }),
    async leave() {
      leaving.abort()
      await cluster.close()
    },
  }
}

function workload(name: string, version: string): KubeObject {
  const made = deployment(name, { replicas: 1 })
  const [container] = made["spec"].template.spec.containers
  container.image = imageOf(version)
  container.ports.push({ name: "grpc", containerPort: 9999 })
  return made
}

async function eachOf(names: string[], act: (name: string) => Promise<void>): Promise<void> {
  const left = names.values()
  const worker = async () => {
    for (const name of left) await act(name)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}
