import type { KubeObject } from "#api/objects.ts"
import type { Parent, Surroundings } from "./attachment.ts"
import type { Backend, ServiceBackends } from "./backends.ts"
import { bySpecificity, covers, hostIn, type HostMap, hostMap, type HostPattern, portIn } from "./hostnames.ts"
import { type Asked, compareRanks } from "./matches.ts"
import { nameOf, type Objects } from "./objects.ts"
import type { Candidate, CompiledRoute, Destination } from "./rules.ts"

/** What a request's host leads to. */
export type Site = { candidates: readonly Candidate[] } | { service: Destination }

/** Everything that decides where a request goes. */
export interface RoutingTable {
  /** For a Host header as the client wrote it. */
  site(host: string): Site | undefined
  /** By namespace and name. Endpoints come and go in it; routes stay as they are. */
  backends: ReadonlyMap<string, ServiceBackends>
}

export function backendFor({ backends }: RoutingTable, to: Destination | undefined): Backend | undefined {
  const service = to && backends.get(to.service)
  return to?.port === undefined ? service?.anyPort : service?.ports.get(to.port)
}

export const surroundings = ({
  gateways,
  services,
  namespaces,
}: Pick<Objects, "gateways" | "services" | "namespaces">): Surroundings => ({
  gateways: new Map(gateways.map((gateway) => [nameOf(gateway), gateway])),
  services: new Set(services.map(nameOf)),
  namespaceLabels: new Map(namespaces.map(({ metadata }) => [metadata.name, metadata.labels ?? {}])),
})

export interface AttachedRoute {
  route: KubeObject
  parents: readonly Parent[]
  compiled: CompiledRoute
}

/** Enough for all hosts of a demo; clients that make hosts up do not fill the memory. */
const REMEMBERED_HOSTS = 1000

/** A host that a route names comes first, then a Service's own name, then wildcards and routes for any host. */
export function siteFinder(
  routes: readonly AttachedRoute[],
  serviceExists: (service: string) => boolean,
): RoutingTable["site"] {
  const listeners = listenerMap(routes)
  const meshed = serviceRoutes(routes)
  const remembered = new Map<string, Site>()

  function find(header: string): Site | undefined {
    const host = hostIn(header)
    const routed = listeners.find(host)
    const named = routed?.exact(host)
    if (named) return { candidates: named }
    const service = serviceName(host)
    if (service !== undefined && serviceExists(service)) {
      const candidates = meshed.get(service)
      return candidates ? { candidates } : { service: { service, port: portIn(header) } }
    }
    const candidates = routed?.find(host)
    return candidates && { candidates }
  }

  return (header) => {
    const known = remembered.get(header)
    if (known) return known
    const found = find(header)
    if (found && remembered.size < REMEMBERED_HOSTS) remembered.set(header, found)
    return found
  }
}

export function candidateFor(candidates: readonly Candidate[], asked: Asked): Candidate | undefined {
  for (const candidate of candidates) if (candidate.fits(asked)) return candidate
  return undefined
}

/** Of the most specific listener only, whatever its routes match: listeners are apart from each other. */
function listenerMap(routes: readonly AttachedRoute[]): HostMap<HostMap<readonly Candidate[]>> {
  const byListener = new Map<HostPattern, Map<HostPattern, Set<AttachedRoute>>>()
  for (const attached of routes) {
    for (const { listener, hostnames } of attached.parents.flatMap((parent) => parent.listeners)) {
      const hosts = entry(byListener, listener.hostname ?? "", () => new Map<HostPattern, Set<AttachedRoute>>())
      for (const hostname of hostnames) entry(hosts, hostname, () => new Set<AttachedRoute>()).add(attached)
    }
  }
  return hostMap([...byListener].map(([hostname, hosts]) => [hostname, hostMap(ordered(hosts))] as const))
}

/** Routes of less specific hosts are looked at when none of the more specific ones fits. */
function ordered(hosts: ReadonlyMap<HostPattern, ReadonlySet<AttachedRoute>>): [HostPattern, Candidate[]][] {
  const groups = [...hosts]
    .map(([pattern, routes]) => ({ pattern, candidates: inOrder([...routes]) }))
    .sort((one, other) => bySpecificity(one.pattern, other.pattern))
  const wide = groups.filter(({ pattern }) => pattern === "" || pattern.startsWith("*."))
  return groups.map(({ pattern, candidates }) => {
    const wider = wide.filter((group) => group.pattern !== pattern && covers(group.pattern, pattern))
    return [pattern, [candidates, ...wider.map((group) => group.candidates)].flat()]
  })
}

function serviceRoutes(routes: readonly AttachedRoute[]): Map<string, readonly Candidate[]> {
  const byService = new Map<string, AttachedRoute[]>()
  for (const attached of routes) {
    for (const { service, refusal } of attached.parents) {
      if (service !== undefined && !refusal) entry(byService, service, () => [] as AttachedRoute[]).push(attached)
    }
  }
  return new Map([...byService].map(([service, attached]) => [service, inOrder(attached)]))
}

/** The more precise match first; among equals that of the older route, of the first name, and the earlier one of a route. */
function inOrder(routes: readonly AttachedRoute[]): Candidate[] {
  return routes
    .toSorted((one, other) => byAge(one.route, other.route))
    .flatMap(({ compiled }) => compiled.candidates)
    .sort((one, other) => compareRanks(one.rank, other.rank))
}

function byAge(one: KubeObject, other: KubeObject): number {
  const [since, otherSince] = [one, other].map(({ metadata }) => metadata.creationTimestamp ?? "")
  if (since !== otherSince) return since! < otherSince! ? -1 : 1
  return nameOf(one) < nameOf(other) ? -1 : 1
}

/** `name.namespace`, alone or with the ending that cluster names have. */
function serviceName(host: string): string | undefined {
  const [name, namespace, ...ending] = host.split(".")
  const rest = ending.join(".")
  if (!name || !namespace || (rest !== "" && rest !== "svc" && rest !== "svc.cluster.local")) return undefined
  return `${namespace}/${name}`
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key) ?? make()
  map.set(key, found)
  return found
}
