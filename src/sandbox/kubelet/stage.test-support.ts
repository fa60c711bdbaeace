import { spawnSync } from "node:child_process"
import { afterEach, vi } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import type { Clock, Cluster } from "../contract.ts"
import { testCluster } from "../apiserver/cluster.test-support.ts"
import { NODE } from "./node.ts"
import type { Pod } from "./pod.ts"
import { type Kubelet, type KubeletOptions, startKubelet } from "./start.ts"

/** Passes so much faster, so that seconds of Kubernetes are no seconds of the test. */
export function fastClock(factor = 20): Clock {
  const startMs = Date.now()
  return {
    now: () => startMs + (Date.now() - startMs) * factor,
    after(ms, act) {
      const timer = setTimeout(act, ms / factor)
      return () => clearTimeout(timer)
    },
  }
}

export interface Stage {
  cluster: Cluster
  kubelet: Kubelet
  /** What went wrong without anybody being told. */
  problems: unknown[]
  /** Creates a pod with one container `app` that runs a shell script, unless it says otherwise. */
  run(spec: Partial<Pod["spec"]> & { script?: string; app?: object }, metadata?: object): Pod
  pod(name?: string): Pod
  app(name?: string): NonNullable<NonNullable<Pod["status"]>["containerStatuses"]>[0]
  /** Reason and message of what was told, in order. */
  told(): string[]
  log(container?: string, options?: object): Promise<string>
}

const stages: Kubelet[] = []
afterEach(async () => {
  await Promise.all(stages.splice(0).map((kubelet) => kubelet.stop()))
})

export const images = [
  { image: "shell", command: ["/bin/sh", "-c"] },
  { image: "node", command: [process.execPath, "-e"] },
]

export function openStage(options: Partial<KubeletOptions> = {}): Stage {
  const clock = options.clock ?? fastClock()
  const cluster = options.cluster ?? testCluster(clock)
  const problems: unknown[] = []
  const log = (...said: unknown[]) => problems.push(said)
  const kubelet = startKubelet({ cluster, clock, images, log, demoApp: ["/bin/true"], ...options })
  stages.push(kubelet)
  const pod = (name = "web") => cluster.get({ apiVersion: "v1", kind: "Pod", namespace: "default", name }) as Pod
  return {
    cluster,
    kubelet,
    problems,
    pod,
    run: ({ script, app, ...spec }, metadata) =>
      cluster.create({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "web", namespace: "default", ...metadata },
        spec: {
          nodeName: NODE,
          containers: [{ name: "app", image: "shell", args: [script ?? "exec sleep 100"], ...app }],
          ...spec,
        },
      }) as Pod,
    app: (name) => pod(name)?.status?.containerStatuses?.find((one) => one.name === "app") ?? ({} as never),
    told: () =>
      cluster
        .list({ apiVersion: "v1", kind: "Event" }, "default")
        .map((event: KubeObject) => `${event.reason}: ${event.message}`),
    async log(container = "app", given = {}) {
      const chunks: Buffer[] = []
      for await (const chunk of kubelet.logsOf("default/web", container, given)) chunks.push(chunk)
      return Buffer.concat(chunks).toString()
    },
  }
}

export const seen = <T>(look: () => T): Promise<T> => vi.waitFor(look, { interval: 5, timeout: 8000 })

/** A server that answers with what `answer` makes of the path. */
export const server = (
  answer = "s.end('ok')",
  before = "",
): { image: string; args: string[]; ports: { containerPort: number; name: string }[] } => ({
  image: "node",
  args: [`${before};require('http').createServer((q,s)=>{${answer}}).listen(process.env.PORT,process.env.HOST)`],
  ports: [{ containerPort: 8080, name: "http" }],
})

/** Not one that has ended and that nobody has asked about yet. */
export function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" })
  return stdout.trim() !== "" && !stdout.startsWith("Z")
}
