import { isDeepStrictEqual } from "node:util"
import { type KubeObject, refOf } from "#api/objects.ts"
import { ApiError, type Log } from "#kube/contract.ts"
import type { Clock, Cluster } from "../contract.ts"
import { portsOf } from "./backends.ts"
import { type LiveTable, ownGateways } from "./live-table.ts"
import { CONTROLLER, nameOf } from "./objects.ts"
import { unresolved } from "./references.ts"
import { gatewayClassStatus, gatewayStatus, routeStatus } from "./status.ts"
import type { AttachedRoute } from "./table.ts"
import type { Watched } from "./watched.ts"

interface Reporting {
  cluster: Cluster
  objects: Watched
  live: LiveTable
  host: string
  port: number
  clock: Clock
  log: Log
}

/** Writes what became of classes, gateways and routes, where that is not what they say already. */
export function createReport(parts: Reporting): () => void {
  const { objects, live, clock } = parts
  let told = new WeakSet<AttachedRoute>()
  let epoch = live.epoch

  return () => {
    const nowMs = clock.now()
    for (const gatewayClass of objects.classes.values()) {
      if (gatewayClass.spec?.controllerName !== CONTROLLER) continue
      write(parts, gatewayClass, gatewayClassStatus(gatewayClass, nowMs))
    }
    const attachedRoutes = countAttached(live.routes)
    for (const gateway of ownGateways(objects)) {
      write(parts, gateway, gatewayStatus(gateway, { ...parts, attachedRoutes }, nowMs))
    }
    if (epoch !== live.epoch) told = new WeakSet()
    epoch = live.epoch
    for (const route of live.routes) {
      if (told.has(route)) continue
      told.add(route)
      write(parts, route.route, statusOf(route, objects, nowMs))
    }
  }
}

function statusOf({ route, parents, compiled }: AttachedRoute, objects: Watched, nowMs: number): object | undefined {
  const grants = [...objects.grants.values()]
  const hasPort = (name: string, port: number | undefined) => {
    const service = objects.services.get(name)
    return service && (port === undefined || portsOf(service).some((one) => one.port === port))
  }
  const { problems, ruleCount } = compiled
  const isUseless = problems.length > 0 && problems.length === ruleCount
  return routeStatus(route, { parents, problems, isUseless, unresolved: unresolved(route, grants, hasPort) }, nowMs)
}

/** Routes per listener, by its key. */
function countAttached(routes: readonly AttachedRoute[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { parents } of routes) {
    const keys = new Set(parents.flatMap(({ listeners }) => listeners.map(({ key }) => key)))
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

function write({ cluster, log }: Reporting, object: KubeObject, status: object | undefined): void {
  if (status === undefined || isDeepStrictEqual(object.status, status)) return
  try {
    cluster.update({ ...object, status }, "status")
  } catch (error) {
    // Somebody was faster, or it is gone: the change that tells of it makes a new status.
    if (error instanceof ApiError && (error.status === 409 || error.status === 404)) return
    const { kind } = refOf(object)
    log(`status of ${kind} ${nameOf(object)} is not written`, error)
  }
}
