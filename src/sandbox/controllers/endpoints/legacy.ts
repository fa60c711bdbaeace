import { isDeepStrictEqual } from "node:util"
import type { KubeObject } from "#api/objects.ts"
import { endpoints, isEnding } from "../kinds.ts"
import { isReady } from "../pods.ts"
import { canonical } from "../template-hash.ts"
import { addressesOf, type EndpointPort, portsOn } from "./endpoint.ts"
import { HEADLESS } from "./slices.ts"

const MANAGED_BY = "endpoints.kubernetes.io/managed-by"

interface Subset {
  addresses?: object[]
  notReadyAddresses?: object[]
  ports?: EndpointPort[]
}

/** By this controller, not by a user. */
export const isWritten = ({ metadata }: KubeObject): boolean => metadata.labels?.[MANAGED_BY] !== undefined

/** The Endpoints object of a service, where it has to be written; the older way to tell the same as slices. */
export function wantedEndpoints(
  service: KubeObject,
  pods: readonly KubeObject[],
  present: KubeObject | undefined,
): KubeObject | undefined {
  const subsets = subsetsOf(service, pods)
  const { [HEADLESS]: _reserved, ...own } = service.metadata.labels ?? {}
  const isHeadless = !service["spec"].clusterIP || service["spec"].clusterIP === "None"
  const labels = { ...own, [MANAGED_BY]: "endpoint-controller", ...(isHeadless ? { [HEADLESS]: "" } : {}) }
  const isSame =
    present &&
    isDeepStrictEqual(present["subsets"] ?? [], subsets) &&
    isDeepStrictEqual(present.metadata.labels, labels)
  if (isSame) return undefined
  const { name, namespace } = service.metadata
  return { ...endpoints, metadata: { ...present?.metadata, name, namespace: namespace!, labels }, subsets }
}

function subsetsOf(service: KubeObject, pods: readonly KubeObject[]): Subset[] {
  const publishAll = Boolean(service["spec"].publishNotReadyAddresses)
  const subsets = new Map<string, Required<Subset>>()
  for (const pod of pods.toSorted((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1))) {
    if (isEnding(pod) && !publishAll) continue
    const ports = portsOn(pod, service)
    const key = canonical(ports)
    const subset = subsets.get(key) ?? { addresses: [], notReadyAddresses: [], ports }
    subsets.set(key, subset)
    ;(publishAll || isReady(pod) ? subset.addresses : subset.notReadyAddresses).push(addressOf(pod))
  }
  return [...subsets.values()].map(({ addresses, notReadyAddresses, ports }) => ({
    ...(addresses.length > 0 ? { addresses } : {}),
    ...(notReadyAddresses.length > 0 ? { notReadyAddresses } : {}),
    ...(ports.length > 0 ? { ports: ports.map(withoutEmptyName) } : {}),
  }))
}

function addressOf(pod: KubeObject): object {
  const { namespace, name, uid } = pod.metadata
  const { nodeName } = pod["spec"]
  return {
    ip: addressesOf(pod)[0],
    ...(nodeName ? { nodeName } : {}),
    targetRef: { kind: "Pod", namespace, name, uid },
  }
}

const withoutEmptyName = ({ name, ...port }: EndpointPort): EndpointPort =>
  name ? { name, ...port } : (port as EndpointPort)
