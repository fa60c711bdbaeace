import type { KubeObject } from "#api/objects.ts"
import { type HostPattern, intersection } from "./hostnames.ts"
import { GROUP, type Listener, nameOf, namespaceOf, type ParentRef, specOf } from "./objects.ts"
import { selects } from "./selectors.ts"

/** What a route may name as its parent, and what decides who may. */
export interface Surroundings {
  /** By namespace and name. */
  gateways: ReadonlyMap<string, KubeObject>
  services: ReadonlySet<string>
  namespaceLabels: ReadonlyMap<string, Record<string, string>>
}

/** One of a route's parents that is ours, and what came of it. */
export interface Parent {
  ref: ParentRef
  refusal?: Refusal
  /** Where the route is served, and for which hosts. */
  listeners: { key: string; listener: Listener; hostnames: HostPattern[] }[]
  /** The Service whose requests the route takes. */
  service?: string
}
interface Refusal {
  reason: "NoMatchingParent" | "NotAllowedByListeners" | "NoMatchingListenerHostname"
  message: string
}

/** Parents of other controllers are left out. */
export function parentsOf(route: KubeObject, around: Surroundings): Parent[] {
  const { parentRefs = [] } = specOf(route)
  return parentRefs.flatMap((ref): Parent[] => {
    const { group = GROUP, kind = "Gateway" } = ref
    const name = `${ref.namespace ?? namespaceOf(route)}/${ref.name}`
    const gateway = group === GROUP && kind === "Gateway" ? around.gateways.get(name) : undefined
    if (gateway) return [ofGateway(route, ref, gateway, around)]
    if (group === "" && kind === "Service" && around.services.has(name)) return [ofService(route, ref, name)]
    return []
  })
}

function ofGateway(route: KubeObject, ref: ParentRef, gateway: KubeObject, around: Surroundings): Parent {
  const refused = (reason: Refusal["reason"], message: string): Parent => ({
    ref,
    refusal: { reason, message },
    listeners: [],
  })
  const named = listenersOf(gateway).filter(
    ({ name, port }) => (ref.sectionName ?? name) === name && (ref.port ?? port) === port,
  )
  if (named.length === 0) return refused("NoMatchingParent", `Gateway ${nameOf(gateway)} has no such listener`)
  const open = named.filter((listener) => isServed(listener) && admits(listener, route, gateway, around))
  if (open.length === 0) {
    return refused("NotAllowedByListeners", `No listener of Gateway ${nameOf(gateway)} takes HTTPRoutes from here`)
  }
  const listeners = open
    .map((listener) => ({
      key: listenerKey(gateway, listener),
      listener,
      hostnames: sharedHostnames(route, listener),
    }))
    .filter(({ hostnames }) => hostnames.length > 0)
  if (listeners.length === 0) {
    return refused("NoMatchingListenerHostname", `No listener of Gateway ${nameOf(gateway)} has one of the hostnames`)
  }
  return { ref, listeners }
}

/** Other namespaces could only change their own requests to the Service, and the gateway does not know whose one is. */
function ofService(route: KubeObject, ref: ParentRef, service: string): Parent {
  if (ref.namespace === undefined || ref.namespace === namespaceOf(route)) return { ref, listeners: [], service }
  const message = `Service ${service} takes HTTPRoutes of its own namespace only`
  return { ref, listeners: [], refusal: { reason: "NotAllowedByListeners", message } }
}

export const listenerKey = (gateway: KubeObject, { name }: Listener): string => `${nameOf(gateway)}/${name}`

export const listenersOf = (gateway: KubeObject): Listener[] => gateway.spec?.listeners ?? []

export const isServed = ({ protocol }: Listener): boolean => protocol === "HTTP"

function admits({ allowedRoutes }: Listener, route: KubeObject, gateway: KubeObject, around: Surroundings): boolean {
  const { namespaces: { from = "Same", selector } = {}, kinds = [] } = allowedRoutes ?? {}
  const fitsKind = kinds.some(({ group = GROUP, kind }) => group === GROUP && kind === "HTTPRoute")
  if (kinds.length > 0 && !fitsKind) return false
  if (from === "All") return true
  if (from === "Same") return namespaceOf(route) === namespaceOf(gateway)
  const labels = around.namespaceLabels.get(namespaceOf(route))
  return from === "Selector" && selector !== undefined && labels !== undefined && selects(selector, labels)
}

function sharedHostnames(route: KubeObject, listener: Listener): HostPattern[] {
  const { hostnames = [] } = specOf(route)
  const wanted = hostnames.length > 0 ? hostnames : [""]
  const shared = wanted.map((hostname) => intersection(listener.hostname ?? "", hostname.toLowerCase()))
  return [...new Set(shared.filter((hostname) => hostname !== undefined))]
}
