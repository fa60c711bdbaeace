import { isDeepStrictEqual } from "node:util"
import type { KubeObject, Metadata } from "#api/objects.ts"
import { endpointSlices } from "../kinds.ts"
import { canonical } from "../template-hash.ts"
import { controlledBy } from "../world.ts"
import { type AddressType, type Endpoint, endpointOf, type EndpointPort, portsOn } from "./endpoint.ts"

const MOST_ENDPOINTS = 100
export const SERVICE_NAME = "kubernetes.io/service-name"
const MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
const MANAGER = "endpointslice-controller.k8s.io"
export const HEADLESS = "service.kubernetes.io/headless"
const LONGEST_PREFIX = 58

/** What has to be written. */
export interface SliceChanges {
  create: KubeObject[]
  update: KubeObject[]
  remove: KubeObject[]
}

interface Content {
  addressType: AddressType
  ports: EndpointPort[]
  endpoints: Endpoint[]
}

export const isOurs = ({ metadata }: KubeObject): boolean => metadata.labels?.[MANAGED_BY] === MANAGER

/** The slices of a service: pods with the same ports together, a hundred in each at most. */
export function sliceChanges(
  service: KubeObject,
  pods: readonly KubeObject[],
  present: readonly KubeObject[],
): SliceChanges {
  const labels = labelsFor(service)
  const contents = contentsOf(service, pods)
  const { places, left } = placed(contents, present)
  const changes: SliceChanges = { create: [], update: [], remove: left }
  for (const content of contents) {
    const slice = places.get(content)
    if (!slice) changes.create.push(newSlice(service, labels, content))
    else if (isOther(slice, labels, content)) {
      changes.update.push({ ...slice, ...content, metadata: { ...slice.metadata, labels } })
    }
  }
  return changes
}

/** Contents stay where they are; what is new goes where it fits best. */
function placed(contents: readonly Content[], present: readonly KubeObject[]) {
  const places = new Map<Content, KubeObject>()
  const left = [...present]
  for (const isAlike of [startsAlike, hasSamePorts, () => true]) {
    for (const content of contents.filter((one) => !places.has(one))) {
      const at = left.findIndex((slice) => slice["addressType"] === content.addressType && isAlike(slice, content))
      if (at >= 0) places.set(content, ...(left.splice(at, 1) as [KubeObject]))
    }
  }
  return { places, left }
}

const hasSamePorts = (slice: KubeObject, { ports }: Content): boolean => isDeepStrictEqual(slice["ports"] ?? [], ports)

const startsAlike = (slice: KubeObject, content: Content): boolean =>
  hasSamePorts(slice, content) && slice["endpoints"]?.[0]?.targetRef?.name === content.endpoints[0]?.targetRef.name

const isOther = (slice: KubeObject, labels: Record<string, string>, content: Content): boolean =>
  !isDeepStrictEqual(slice["endpoints"] ?? [], content.endpoints) ||
  !hasSamePorts(slice, content) ||
  !isDeepStrictEqual(slice.metadata.labels, labels)

const newSlice = (service: KubeObject, labels: Record<string, string>, content: Content): KubeObject => ({
  ...endpointSlices,
  metadata: {
    generateName: `${service.metadata.name.slice(0, LONGEST_PREFIX)}-`,
    namespace: service.metadata.namespace!,
    labels,
    ownerReferences: [controlledBy(service)],
  } as unknown as Metadata,
  ...content,
})

function labelsFor({ metadata, spec }: KubeObject): Record<string, string> {
  const { [HEADLESS]: _reserved, ...labels } = metadata.labels ?? {}
  return {
    ...labels,
    [SERVICE_NAME]: metadata.name,
    [MANAGED_BY]: MANAGER,
    ...(!spec.clusterIP || spec.clusterIP === "None" ? { [HEADLESS]: "" } : {}),
  }
}

function contentsOf(service: KubeObject, pods: readonly KubeObject[]): Content[] {
  const families: AddressType[] = service["spec"].ipFamilies ?? ["IPv4"]
  return families.flatMap((addressType) => {
    const groups = new Map<string, Content>()
    for (const pod of pods) {
      const endpoint = endpointOf(pod, service, addressType)
      if (!endpoint) continue
      const ports = portsOn(pod, service)
      const same = canonical(ports)
      const group = groups.get(same) ?? { addressType, ports, endpoints: [] }
      groups.set(same, group)
      group.endpoints.push(endpoint)
    }
    // Without any endpoint there is still a slice, which says so.
    if (groups.size === 0) return [{ addressType, ports: [], endpoints: [] }]
    return [...groups.values()].flatMap(split)
  })
}

function split(content: Content): Content[] {
  const sorted = content.endpoints.toSorted((one, other) => (one.targetRef.name < other.targetRef.name ? -1 : 1))
  const count = Math.ceil(sorted.length / MOST_ENDPOINTS)
  return Array.from({ length: count }, (_, index) => ({
    ...content,
    endpoints: sorted.slice(index * MOST_ENDPOINTS, (index + 1) * MOST_ENDPOINTS),
  }))
}
