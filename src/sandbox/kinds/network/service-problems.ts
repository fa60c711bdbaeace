import type { KubeObject } from "#api/objects.ts"
import { duplicate, invalid, required } from "../../schema/problem.ts"
import type { FieldProblem } from "../../schema/schema.ts"
import {
  each,
  notWhen,
  oneOf,
  portNumberProblems,
  portProblems,
  protocols,
  requiredText,
  textProblems,
} from "../checks.ts"
import { labelProblems } from "../label-selector.ts"
import { label, qualifiedName, subdomain } from "../text-rules.ts"
import { addressProblems } from "./addresses.ts"
import { isExternal, needsHealthPort } from "./service-fields.ts"

type Fields = KubeObject["spec"]

const isHeadless = ({ clusterIPs }: Fields): boolean => clusterIPs?.length === 1 && clusterIPs[0] === "None"

export const serviceProblems = ({ spec }: KubeObject, old: KubeObject | undefined): FieldProblem[] => [
  ...(old ? addressChangeProblems(spec, old["spec"]) : []),
  ...(!spec.ports?.length && !isHeadless(spec) && spec.type !== "ExternalName" ? [required("spec.ports")] : []),
  ...typeProblems(spec),
  ...portListProblems(spec),
  ...labelProblems("spec.selector", spec.selector),
  ...oneOf("spec.sessionAffinity", spec.sessionAffinity, ["ClientIP", "None"]),
  ...clusterAddressProblems(spec),
  ...each<string>("spec.externalIPs", spec.externalIPs, (address, path) => addressProblems(path, address)),
  ...oneOf("spec.type", spec.type, ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]),
  ...takenPortProblems(spec),
  ...loadBalancerProblems(spec),
  ...trafficProblems(spec),
]

function addressChangeProblems(spec: Fields, old: Fields): FieldProblem[] {
  if (spec.type === "ExternalName" || old.type === "ExternalName") return []
  if (isHeadless(spec) && isHeadless(old)) return []
  const [before, now] = [old.clusterIPs ?? [], spec.clusterIPs ?? []]
  return before
    .map((address: string, place: number) => ({ path: `spec.clusterIPs[${place}]`, isSame: address === now[place] }))
    .filter(({ isSame }: { isSame: boolean }) => !isSame)
    .map(({ path }: { path: string }) => invalid(path, now, "may not change once set"))
}

function typeProblems(spec: Fields): FieldProblem[] {
  const { type, clusterIPs, ipFamilies, ipFamilyPolicy, externalName = "" } = spec
  if (type === "LoadBalancer" || type === "NodePort") {
    if (!isHeadless(spec)) return []
    return [invalid("spec.clusterIPs[0]", "None", `may not be set to 'None' for ${type} services`)]
  }
  if (type !== "ExternalName") return []
  const detail = "may not be set for ExternalName services"
  return [
    ...notWhen(clusterIPs?.length > 0, "spec.clusterIPs", detail),
    ...notWhen(ipFamilies?.length > 0, "spec.ipFamilies", detail),
    ...notWhen(ipFamilyPolicy !== undefined, "spec.ipFamilyPolicy", detail),
    ...requiredText("spec.externalName", externalName.replace(/\.$/, ""), subdomain),
  ]
}

function portListProblems({ ports = [], type }: Fields): FieldProblem[] {
  const names = new Set<string>()
  return each<Fields>("spec.ports", ports, (port, path) => {
    const isTaken = names.has(port.name)
    if (port.name) names.add(port.name)
    return [
      ...(ports.length > 1 || port.name ? requiredText(`${path}.name`, port.name, label) : []),
      ...(isTaken ? [duplicate(`${path}.name`, port.name)] : []),
      ...portNumberProblems(`${path}.port`, port.port),
      ...oneOf(`${path}.protocol`, port.protocol, protocols),
      ...portProblems(`${path}.targetPort`, port.targetPort),
      ...(port.appProtocol ? textProblems(`${path}.appProtocol`, port.appProtocol, qualifiedName) : []),
      ...notWhen(
        type === "ClusterIP" && port.nodePort,
        `${path}.nodePort`,
        "may not be used when `type` is 'ClusterIP'",
      ),
    ]
  })
}

function clusterAddressProblems({ type, clusterIP, clusterIPs = [], ipFamilies }: Fields): FieldProblem[] {
  if (type === "ExternalName") return []
  const path = "spec.clusterIPs"
  return [
    ...(clusterIP !== clusterIPs[0] ? [invalid(path, clusterIPs, "first value must match `clusterIP`")] : []),
    ...each<string>("spec.ipFamilies", ipFamilies, (family, at) => oneOf(at, family, ["IPv4", "IPv6"])),
    ...(clusterIPs.includes("None") && clusterIPs.length > 1
      ? [invalid(path, clusterIPs, "'None' must be the first and only value")]
      : []),
    ...each<string>(path, clusterIPs, (address, at) => (address === "None" ? [] : addressProblems(at, address))),
    ...(clusterIPs.length > 2 ? [invalid(path, clusterIPs, "may only hold up to 2 values")] : []),
  ]
}

function takenPortProblems({ ports }: Fields): FieldProblem[] {
  const nodePorts = new Set<string>()
  const own = new Set<string>()
  const isTaken = (taken: Set<string>, key: string) => taken.has(key) || !taken.add(key)
  return [
    ...each<Fields>("spec.ports", ports, ({ protocol, nodePort }, path) =>
      nodePort && isTaken(nodePorts, `${protocol}/${nodePort}`) ? [duplicate(`${path}.nodePort`, nodePort)] : [],
    ),
    ...each<Fields>("spec.ports", ports, ({ protocol, port }, path) =>
      isTaken(own, `${protocol}/${port}`) ? [duplicate(path, shownPort(protocol, port))] : [],
    ),
  ]
}

const shownPort = (Protocol: string, Port: number): object => ({
  Name: "",
  Protocol,
  AppProtocol: null,
  Port,
  TargetPort: 0,
  NodePort: 0,
})

function loadBalancerProblems(spec: Fields): FieldProblem[] {
  if (spec.type === "LoadBalancer") {
    const name = spec.loadBalancerClass
    return name ? textProblems("spec.loadBalancerClass", name, qualifiedName) : []
  }
  const detail = "may only be used when `type` is 'LoadBalancer'"
  return [
    ...notWhen(spec.loadBalancerSourceRanges?.length > 0, "spec.LoadBalancerSourceRanges", detail),
    ...notWhen(spec.allocateLoadBalancerNodePorts !== undefined, "spec.allocateLoadBalancerNodePorts", detail),
    ...notWhen(spec.loadBalancerClass !== undefined, "spec.loadBalancerClass", detail),
  ]
}

function trafficProblems(spec: Fields): FieldProblem[] {
  const { externalTrafficPolicy, internalTrafficPolicy, healthCheckNodePort } = spec
  const path = "spec.externalTrafficPolicy"
  const health = "spec.healthCheckNodePort"
  return [
    ...(isExternal(spec) ? oneOf(path, externalTrafficPolicy, ["Cluster", "Local"]) : []),
    ...(!isExternal(spec) && externalTrafficPolicy
      ? [invalid(path, externalTrafficPolicy, "may only be set for externally-accessible services")]
      : []),
    ...(!needsHealthPort(spec) && healthCheckNodePort
      ? [
          invalid(
            health,
            healthCheckNodePort,
            "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
          ),
        ]
      : []),
    ...(internalTrafficPolicy ? oneOf("spec.internalTrafficPolicy", internalTrafficPolicy, ["Cluster", "Local"]) : []),
    ...(spec.trafficDistribution
      ? oneOf("spec.trafficDistribution", spec.trafficDistribution, ["PreferClose", "PreferSameZone", "PreferSameNode"])
      : []),
  ]
}
