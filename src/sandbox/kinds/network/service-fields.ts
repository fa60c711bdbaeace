import { isDeepStrictEqual } from "node:util"
import type { KubeObject } from "#api/objects.ts"
import type { Place } from "../../apiserver/resource.ts"
import { refuseUnfree } from "./unfree.ts"

type Fields = KubeObject["spec"]

const AFFINITY_SECONDS = 10_800

export const isExternal = ({ type, externalIPs }: Fields): boolean =>
  type === "NodePort" || type === "LoadBalancer" || (type === "ClusterIP" && (externalIPs?.length ?? 0) > 0)

export const needsHealthPort = ({ type, externalTrafficPolicy }: Fields): boolean =>
  type === "LoadBalancer" && externalTrafficPolicy === "Local"

const hasAddress = ({ type }: Fields): boolean => type !== "ExternalName"

const hasNodePorts = ({ type, allocateLoadBalancerNodePorts }: Fields): boolean =>
  type === "NodePort" || (type === "LoadBalancer" && allocateLoadBalancerNodePorts !== false)

export function serviceDefaults({ spec, status }: KubeObject): void {
  spec.type ??= "ClusterIP"
  spec.sessionAffinity ??= "None"
  if (spec.sessionAffinity === "None") delete spec.sessionAffinityConfig
  if (spec.sessionAffinity === "ClientIP" && spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined) {
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: AFFINITY_SECONDS } }
  }
  for (const port of spec.ports ?? []) if (!port.targetPort) port.targetPort = port.port
  if (isExternal(spec)) spec.externalTrafficPolicy ??= "Cluster"
  if (hasAddress(spec)) spec.internalTrafficPolicy ??= "Cluster"
  if (spec.type !== "LoadBalancer") return
  spec.allocateLoadBalancerNodePorts ??= true
  for (const ingress of status?.loadBalancer?.ingress ?? []) if (ingress.ip) ingress.ipMode ??= "VIP"
}

/** Addresses and ports are given out once, and stay. */
export function allocate(object: KubeObject, place: Place, old?: KubeObject): void {
  const { spec } = object
  if (spec.clusterIP) spec.clusterIPs ??= [spec.clusterIP]
  refuseUnfree(object, old, place)
  if (hasAddress(spec)) {
    setFamilies(spec)
    spec.clusterIPs ??= [place.clusterAddress()]
    spec.clusterIP ??= spec.clusterIPs[0]
  }
  if (hasNodePorts(spec)) setNodePorts(spec, place)
  if (needsHealthPort(spec)) spec.healthCheckNodePort ??= place.nodePort()
}

/** A service without pods of its own says nothing about families, so it is in both. */
function setFamilies(spec: Fields): void {
  const isBare = spec.clusterIP === "None" && Object.keys(spec.selector ?? {}).length === 0
  spec.ipFamilyPolicy ??= isBare ? "RequireDualStack" : "SingleStack"
  spec.ipFamilies ??= isBare && spec.ipFamilyPolicy !== "SingleStack" ? ["IPv4", "IPv6"] : ["IPv4"]
}

/** TCP and UDP may share a number. */
function setNodePorts({ ports = [] }: Fields, place: Place): void {
  for (const port of ports) {
    if (port.nodePort) continue
    const twin = ports.find(
      (other: Fields) => other.nodePort && other.port === port.port && other.protocol !== port.protocol,
    )
    port.nodePort = twin?.nodePort ?? place.nodePort()
  }
}

/** What somebody who did not know better left out, and what the new type has no use for. */
export function keepAllocated(object: KubeObject, old: KubeObject, place: Place): void {
  const spec = object["spec"]
  const before = old["spec"]
  dropUnneeded(spec, before)
  sameAddresses(spec, before)
  if (hasAddress(before) && hasAddress(spec)) {
    if (!spec.clusterIP) spec.clusterIP = before.clusterIP
    if (!spec.clusterIPs?.length && before.clusterIPs) spec.clusterIPs = before.clusterIPs
    spec.ipFamilyPolicy ??= before.ipFamilyPolicy
  }
  if (hasNodePorts(before) && hasNodePorts(spec)) keepNodePorts(spec, before)
  if (needsHealthPort(before) && needsHealthPort(spec)) spec.healthCheckNodePort ??= before.healthCheckNodePort
  if (spec.type !== "LoadBalancer" && object["status"]) object["status"].loadBalancer = {}
  allocate(object, place, old)
}

function dropUnneeded(spec: Fields, before: Fields): void {
  const dropSame = (field: string) => {
    if (isDeepStrictEqual(spec[field], before[field])) delete spec[field]
  }
  if (hasAddress(before) && !hasAddress(spec)) {
    for (const field of ["clusterIPs", "clusterIP", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"])
      dropSame(field)
  }
  const isForNodes = ({ type }: Fields) => type === "NodePort" || type === "LoadBalancer"
  if (
    isForNodes(before) &&
    !isForNodes(spec) &&
    nodePortsOf(spec).every((port) => nodePortsOf(before).includes(port))
  ) {
    for (const port of spec.ports ?? []) delete port.nodePort
  }
  if (needsHealthPort(before) && !needsHealthPort(spec)) dropSame("healthCheckNodePort")
  if (isExternal(before) && !isExternal(spec)) dropSame("externalTrafficPolicy")
  if (before.type === "LoadBalancer" && spec.type !== "LoadBalancer") {
    dropSame("allocateLoadBalancerNodePorts")
    dropSame("loadBalancerClass")
  }
}

const nodePortsOf = ({ ports = [] }: Fields): number[] => ports.map(({ nodePort }: Fields) => nodePort).filter(Boolean)

/** There is one address and a list of addresses; old clients know only the one. */
function sameAddresses(spec: Fields, before: Fields): void {
  const isSameList = isDeepStrictEqual(spec.clusterIPs, before.clusterIPs)
  if (before.clusterIP === spec.clusterIP || !isSameList) return
  if (before.clusterIP && !spec.clusterIP) delete spec.clusterIPs
  else if (spec.clusterIP) spec.clusterIPs = [spec.clusterIP]
}

function keepNodePorts(spec: Fields, before: Fields): void {
  const kept = nodePortsOf(spec)
  const used = new Set(nodePortsOf(before).filter((port) => kept.includes(port)))
  for (const port of spec.ports ?? []) {
    const known = before.ports?.find(({ name }: Fields) => name === port.name)?.nodePort
    if (!port.nodePort && known && !used.has(known)) port.nodePort = known
  }
}
