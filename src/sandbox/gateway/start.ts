import type { Log } from "#kube/contract.ts"
import type { Clock, Cluster } from "../contract.ts"
import { exposition } from "./exposition.ts"
import { createLiveTable } from "./live-table.ts"
import { createMetrics, type Sample } from "./metrics.ts"
import { createUpstreams, type Served } from "./plane.ts"
import { createProxy } from "./proxy.ts"
import { createReport } from "./report.ts"
import type { RoutingTable } from "./table.ts"
import { emptyStores, watchAll } from "./watched.ts"

export interface GatewayOptions {
  cluster: Cluster
  clock: Clock
  host: string
  /** 0 takes a free one. */
  port: number
  onRequest?: (served: Served) => void
  log?: Log
}

/**
 * The way in for users' requests. All HTTP listeners of all Gateways are served on one port, whatever ports they name;
 * Services are found by their names, as in `Host: checkout-canary.shop`. Clients may also use it as their HTTP proxy.
 */
export interface Gateway {
  url: string
  port: number
  samples(): Sample[]
  /** The samples as Prometheus reads them. */
  text(): string
  /** Of a pod, by namespace and name, over the last seconds. */
  requestsPerSecond(pod: string): number
  /** Requests under way may end. */
  close(): Promise<void>
}

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { cluster, clock, host, onRequest = () => {}, log = () => {} } = options
  const metrics = createMetrics(clock.now)
  const upstreams = createUpstreams()
  const objects = emptyStores()
  const live = createLiveTable(objects, log)
  const proxy = createProxy({ table: () => live.table, upstreams, metrics, onRequest })
  const port = await proxy.listen(host, options.port)
  const report = createReport({ cluster, objects, live, host, port, clock, log })
  let isDue = false

  function refresh(): void {
    isDue = false
    const { endpoints, statuses } = live.refresh()
    if (endpoints) upstreams.keep(endpointsOf(live.table))
    if (statuses) report()
  }

  const stopWatching = watchAll(cluster, objects, (kind, object, before) => {
    live.note(kind, object, before)
    if (!isDue) setImmediate(refresh)
    isDue = true
  })
  refresh()

  return {
    url: `http://${host}:${port}`,
    port,
    samples: metrics.samples,
    text: () => exposition(metrics.samples()),
    requestsPerSecond: metrics.requestsPerSecond,
    async close() {
      stopWatching()
      await proxy.close()
      upstreams.destroy()
    },
  }
}

function endpointsOf({ backends }: RoutingTable): Set<string> {
  const ports = [...backends.values()].flatMap((service) => [...service.ports.values()])
  return new Set(ports.flatMap(({ endpoints }) => endpoints.map(({ key }) => key)))
}
