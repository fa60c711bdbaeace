import { isIPv6 } from "node:net"
import type { KubeObject } from "#api/objects.ts"
import { isEnding } from "../kinds.ts"
import { isOver, isReady } from "../pods.ts"

export type AddressType = "IPv4" | "IPv6"

/** One pod behind a service, as an EndpointSlice tells it. */
export interface Endpoint {
  addresses: string[]
  conditions: { ready: boolean; serving: boolean; terminating: boolean }
  hostname?: string
  nodeName?: string
  targetRef: { kind: "Pod"; namespace: string; name: string; uid: string }
}

export interface EndpointPort {
  name: string
  port: number
  protocol: string
  appProtocol?: string
}

interface ServicePort {
  name?: string
  port: number
  protocol?: string
  targetPort?: number | string
  appProtocol?: string
}

/** What of a pod the endpoints depend on. */
export const endpointFacts = ({ metadata, spec, status }: KubeObject): unknown[] => [
  metadata.labels,
  metadata.deletionTimestamp,
  spec.nodeName,
  status?.phase,
  status?.podIP,
  status?.podIPs,
  status?.conditions?.find(({ type }: { type: string }) => type === "Ready")?.status,
]

/** Pods that have an address and have not ended. */
export const hasEndpoint = (pod: KubeObject): boolean => !isOver(pod) && addressesOf(pod).length > 0

export function addressesOf({ status }: KubeObject): string[] {
  const many = ((status?.podIPs ?? []) as { ip: string }[]).map(({ ip }) => ip)
  return many.length > 0 ? many : status?.podIP ? [status.podIP] : []
}

export function endpointOf(pod: KubeObject, service: KubeObject, type: AddressType): Endpoint | undefined {
  const addresses = addressesOf(pod).filter((ip) => isIPv6(ip) === (type === "IPv6"))
  if (addresses.length === 0) return undefined
  const serving = isReady(pod)
  const terminating = isEnding(pod)
  const { hostname, subdomain, nodeName } = pod["spec"]
  const { namespace, name, uid } = pod.metadata
  return {
    addresses,
    conditions: {
      ready: Boolean(service["spec"].publishNotReadyAddresses) || (serving && !terminating),
      serving,
      terminating,
    },
    ...(hostname && subdomain === service.metadata.name ? { hostname } : {}),
    ...(nodeName ? { nodeName } : {}),
    targetRef: { kind: "Pod", namespace: namespace!, name, uid: uid! },
  }
}

/** Where the ports of a service are on a pod; ports with names can be elsewhere on every pod. */
export function portsOn(pod: KubeObject, service: KubeObject): EndpointPort[] {
  return ((service["spec"].ports ?? []) as ServicePort[]).flatMap((port) => {
    const number = portNumber(pod, port)
    if (number === undefined) return []
    const { name = "", protocol = "TCP", appProtocol } = port
    return [{ name, port: number, protocol, ...(appProtocol ? { appProtocol } : {}) }]
  })
}

interface Container {
  restartPolicy?: string
  ports?: { name?: string; containerPort: number; protocol?: string }[]
}

function portNumber(
  { spec }: KubeObject,
  { port, targetPort = port, protocol = "TCP" }: ServicePort,
): number | undefined {
  if (typeof targetPort === "number") return targetPort || port
  const sidecars = ((spec.initContainers ?? []) as Container[]).filter(
    ({ restartPolicy }) => restartPolicy === "Always",
  )
  const ports = [...(spec.containers as Container[]), ...sidecars].flatMap((container) => container.ports ?? [])
  return ports.find((one) => one.name === targetPort && (one.protocol ?? "TCP") === protocol)?.containerPort
}
