import type { KubeObject } from "#api/objects.ts"
import type { Log } from "#kube/contract.ts"
import { type ApiServer, startApiServer } from "./apiserver/server.ts"
import { type Clock, type Cluster, systemClock } from "./contract.ts"
import { startControllers } from "./controllers/start.ts"
import { gatewayApiCrds } from "./gateway/crds/all.ts"
import { CONTROLLER } from "./gateway/objects.ts"
import { type Gateway, startGateway } from "./gateway/start.ts"
import type { Served } from "./gateway/plane.ts"
import type { Image } from "./kubelet/images.ts"
import { startKubelet } from "./kubelet/start.ts"
import { podTargets } from "./prometheus/pod-targets.ts"
import { type Prometheus, startPrometheus } from "./prometheus/serve.ts"
import { ensure } from "./scenarios/play.ts"

export interface SandboxOptions {
  /** Where objects are kept; in memory only when absent. */
  dataDir?: string
  /** Of the API server and the gateway; free ones when absent. */
  apiPort?: number
  gatewayPort?: number
  /** The command that runs the demo app. */
  demoApp: string[]
  images?: Image[]
  /** Served from the beginning, beside those of the Gateway API. */
  crds: readonly KubeObject[]
  log: Log
  clock?: Clock
}

/** A small cluster in this process, with everything that a release needs. */
export interface Sandbox {
  cluster: Cluster
  clock: Clock
  api: Pick<ApiServer, "url" | "adminToken">
  gateway: Pick<Gateway, "url" | "port">
  prometheus: Pick<Prometheus, "url">
  /** Hears of every request through the gateway. */
  onRequest(listener: (served: Served) => void): () => void
  close(): Promise<void>
}

const host = "127.0.0.1"
const podKind = { apiVersion: "v1", kind: "Pod" }
/** The class of the gateway that is there. */
const gatewayClass: KubeObject = {
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "GatewayClass",
  metadata: { name: "sandbox" },
  spec: { controllerName: CONTROLLER },
}
const HPA_INTERVAL_MS = 15_000
const SCRAPE_EVERY_MS = 1000

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { log, clock = systemClock } = options
  const server = await startApiServer({
    clock,
    onError: (error) => log("API server", error),
    port: options.apiPort ?? 0,
    ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
    logsOf: ({ metadata }, container, wanted) =>
      kubelet.logsOf(`${metadata.namespace}/${metadata.name}`, container, wanted),
  })
  const { cluster } = server
  for (const object of [...options.crds, ...gatewayApiCrds, gatewayClass]) ensure(cluster, object)

  const listeners = new Set<(served: Served) => void>()
  const gateway = await startGateway({
    cluster,
    clock,
    host,
    port: options.gatewayPort ?? 0,
    log,
    onRequest: (served) => {
      for (const listener of listeners) listener(served)
    },
  })
  const kubelet = startKubelet({
    cluster,
    clock,
    log,
    demoApp: options.demoApp,
    ...(options.images ? { images: options.images } : {}),
  })
  const controllers = startControllers({
    cluster,
    clock,
    kinds: server.kinds,
    onError: log,
    hpaIntervalMs: HPA_INTERVAL_MS,
    usage: ({ metadata }) => {
      const key = `${metadata.namespace}/${metadata.name}`
      return { ...kubelet.usage(key), requestsPerSecond: gateway.requestsPerSecond(key) }
    },
  })
  const prometheus = await startPrometheus({
    clock,
    host,
    port: 0,
    sources: [{ job: "gateway", samples: gateway.samples }, { targets: () => podTargets(cluster.list(podKind)) }],
    intervalMs: SCRAPE_EVERY_MS,
  })

  return {
    cluster,
    clock,
    api: server,
    gateway,
    prometheus,
    onRequest(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async close() {
      controllers.stop()
      await prometheus.close()
      await gateway.close()
      await kubelet.stop()
      await server.close()
    },
  }
}

/** What kubectl and the operator need to come in. */
export function kubeconfigOf({ api }: Pick<Sandbox, "api">): object {
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "sandbox", cluster: { server: api.url } }],
    users: [{ name: "admin", user: { token: api.adminToken } }],
    contexts: [{ name: "sandbox", context: { cluster: "sandbox", user: "admin" } }],
    "current-context": "sandbox",
  }
}
