import type { KubeObject } from "#api/objects.ts"
import { realPort } from "../kubelet/ports.ts"
import { namespaceOf } from "./objects.ts"

/** A ready address of a Service's port. */
export interface Endpoint {
  /** Of the address and whose it is, so that a later pod at the same address is another one. */
  key: string
  address: string
  port: number
  namespace: string
  /** Empty where an address belongs to no pod. */
  pod: string
}

/** One port of a Service. */
export interface Backend {
  namespace: string
  service: string
  endpoints: readonly Endpoint[]
  /** Requests of one client address stay with one endpoint. */
  byClientAddress: boolean
  /** Counts up, for endpoints to take turns. */
  turn(): number
}

export interface ServiceBackends {
  ports: ReadonlyMap<number, Backend>
  /** For requests that name no port. */
  anyPort?: Backend
}

/** Which endpoints a Service has, by its EndpointSlices. `podOf` is asked for ports that differ from the declared ones. */
export function backendsOf(
  service: KubeObject,
  slices: readonly KubeObject[],
  podOf: (name: string) => KubeObject | undefined,
): ServiceBackends {
  const ports = new Map<number, Backend>()
  for (const { name = "", port } of portsOf(service)) {
    ports.set(port, {
      namespace: namespaceOf(service),
      service: service.metadata.name,
      endpoints: usable(slices.flatMap((slice) => candidates(slice, name, podOf))),
      byClientAddress: service.spec?.sessionAffinity === "ClientIP",
      turn: counter(),
    })
  }
  return { ports, anyPort: ports.get(80) ?? ports.values().next().value }
}

function counter(): () => number {
  // Not from the start each time: where endpoints change often, the first one would get more than its part.
  let count = Math.floor(Math.random() * 0x1_0000)
  return () => count++
}

export const portsOf = (service: KubeObject): { name?: string; port: number }[] => service.spec?.ports ?? []

/** The Service that an EndpointSlice is of, by namespace and name. */
export const serviceOf = ({ metadata }: KubeObject): string =>
  `${metadata.namespace ?? ""}/${metadata.labels?.["kubernetes.io/service-name"] ?? ""}`

export const leadsTo = (slice: KubeObject, { metadata }: KubeObject): boolean =>
  slice.metadata.namespace === metadata.namespace &&
  endpointsOf(slice).some(({ targetRef }) => targetRef?.kind === "Pod" && targetRef.name === metadata.name)

const endpointsOf = (slice: KubeObject): SliceEndpoint[] => slice["endpoints"] ?? []

interface SliceEndpoint {
  addresses?: string[]
  conditions?: { ready?: boolean; serving?: boolean; terminating?: boolean }
  targetRef?: { kind?: string; name?: string }
}
interface Candidate {
  endpoint: Endpoint
  isReady: boolean
  /** On its way out, but still answering. */
  isLeaving: boolean
}

function candidates(slice: KubeObject, portName: string, podOf: (name: string) => KubeObject | undefined): Candidate[] {
  const ports = (slice["ports"] ?? []) as { name?: string; port?: number }[]
  const port = ports.find(({ name = "" }) => name === portName)?.port
  if (port === undefined) return []
  const namespace = namespaceOf(slice)
  return endpointsOf(slice).flatMap(({ addresses = [], conditions = {}, targetRef }) => {
    const address = addresses[0]
    if (address === undefined) return []
    const { ready = true, serving = ready, terminating = false } = conditions
    const pod = targetRef?.kind === "Pod" ? (targetRef.name ?? "") : ""
    const place = realPlace({ address, port }, pod ? podOf(`${namespace}/${pod}`) : undefined)
    const key = `${namespace}/${pod}@${place.address}:${place.port}`
    return [{ endpoint: { key, ...place, namespace, pod }, isReady: ready, isLeaving: serving && terminating }]
  })
}

/** Pods that are leaving are better than none. */
function usable(all: readonly Candidate[]): Endpoint[] {
  const ready = all.filter(({ isReady }) => isReady)
  const chosen = ready.length > 0 ? ready : all.filter(({ isLeaving }) => isLeaving)
  return [...new Map(chosen.map(({ endpoint }) => [endpoint.key, endpoint])).values()]
}

/** Programs may listen on another port than their pod says, where that one cannot be had. */
const realPlace = (said: { address: string; port: number }, pod: KubeObject | undefined) =>
  pod ? { ...said, port: realPort(pod, said.port) } : said
