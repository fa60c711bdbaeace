import type { KubeObject } from "#api/objects.ts"
import type { Log } from "#kube/contract.ts"
import { parentsOf, type Surroundings } from "./attachment.ts"
import { backendsOf, leadsTo, type ServiceBackends, serviceOf } from "./backends.ts"
import { portsAnnotation } from "../kubelet/ports.ts"
import { CONTROLLER, nameOf } from "./objects.ts"
import { compileRoute } from "./rules.ts"
import { type AttachedRoute, type RoutingTable, siteFinder, surroundings } from "./table.ts"
import type { KindName, Watched } from "./watched.ts"

/** The table as objects change: what a change does not concern is not made anew. */
export interface LiveTable {
  readonly table: RoutingTable
  readonly routes: readonly AttachedRoute[]
  /** Another one whenever something has changed that routes refer to. */
  readonly epoch: object
  /** Takes note of a change; nothing happens before `refresh`. */
  note(kind: KindName, object: KubeObject, before: KubeObject | undefined): void
  /** Says what may not be as it was: endpoints, and what is to be written of routes. */
  refresh(): { endpoints: boolean; statuses: boolean }
}

export function createLiveTable(objects: Watched, log: Log): LiveTable {
  const backends = new Map<string, ServiceBackends>()
  const changedServices = new Set<string>()
  let site: RoutingTable["site"] = () => undefined
  let routes: readonly AttachedRoute[] = []
  let attached = new WeakMap<KubeObject, AttachedRoute>()
  let routesAreOld = true
  let surroundingsAreOld = true
  let statusesAreOld = true
  let epoch = {}

  function notePod(pod: KubeObject, before: KubeObject | undefined): void {
    const [said, saidBefore] = [pod, before].map((one) => one?.metadata.annotations?.[portsAnnotation])
    if (said === saidBefore) return
    for (const slice of objects.slices.values()) if (leadsTo(slice, pod)) changedServices.add(serviceOf(slice))
  }

  function refreshServices(): void {
    const slices = new Map<string, KubeObject[]>([...changedServices].map((name) => [name, []]))
    for (const slice of objects.slices.values()) slices.get(serviceOf(slice))?.push(slice)
    for (const [name, own] of slices) {
      const service = objects.services.get(name)
      if (service) refreshService(service, own)
      else backends.delete(name)
    }
    changedServices.clear()
  }

  function refreshService(service: KubeObject, slices: readonly KubeObject[]): void {
    try {
      backends.set(
        nameOf(service),
        backendsOf(service, slices, (pod) => objects.pods.get(pod)),
      )
    } catch (error) {
      log(`endpoints of Service ${nameOf(service)} stay as they were`, error)
    }
  }

  function refreshRoutes(): void {
    if (surroundingsAreOld) attached = new WeakMap()
    const around = surroundings({
      gateways: ownGateways(objects),
      services: [...objects.services.values()],
      namespaces: [...objects.namespaces.values()],
    })
    const grants = [...objects.grants.values()]
    routes = [...objects.routes.values()].map((route) => {
      const known = attached.get(route) ?? attach(route, around, grants)
      attached.set(route, known)
      return known
    })
    site = siteFinder(routes, (service) => backends.has(service))
    routesAreOld = false
    surroundingsAreOld = false
  }

  /** The split goes on where it was. */
  function carry(object: KubeObject, before: KubeObject): void {
    const known = attached.get(before)
    if (!known) return
    const carried = { ...known, route: object }
    attached.set(object, carried)
    routes = routes.map((one) => (one === known ? carried : one))
  }

  return {
    table: { site: (host) => site(host), backends },
    get routes() {
      return routes
    },
    get epoch() {
      return epoch
    },
    note(kind, object, before) {
      if (kind === "pods") return notePod(object, before)
      if (kind === "slices") {
        for (const slice of before ? [object, before] : [object]) changedServices.add(serviceOf(slice))
        return
      }
      statusesAreOld = true
      if (kind !== "routes") epoch = {}
      if (kind === "services") changedServices.add(nameOf(object))
      if (before && objects[kind].has(nameOf(object)) && isSameToRoutes(kind, object, before))
        return carry(object, before)
      if (kind !== "routes") surroundingsAreOld = true
      routesAreOld = true
    },
    refresh() {
      const changed = { endpoints: changedServices.size > 0, statuses: statusesAreOld }
      if (changed.endpoints) refreshServices()
      if (routesAreOld) refreshRoutes()
      statusesAreOld = false
      return changed
    },
  }
}

/** Most changes are of a status, which only somebody who writes one has to know of. */
function isSameToRoutes(kind: KindName, { metadata }: KubeObject, before: KubeObject): boolean {
  if (kind === "services") return true
  const { generation, uid } = before.metadata
  return generation !== undefined && metadata.generation === generation && metadata.uid === uid
}

const attach = (route: KubeObject, around: Surroundings, grants: readonly KubeObject[]): AttachedRoute => ({
  route,
  parents: parentsOf(route, around),
  compiled: compileRoute(route, grants),
})

export function ownGateways({ gateways, classes }: Watched): KubeObject[] {
  const isOwn = (name: string) => classes.get(`/${name}`)?.spec?.controllerName === CONTROLLER
  return [...gateways.values()].filter(({ spec }) => isOwn(spec?.gatewayClassName))
}
