import type { Container, ServicePort as LivePort } from "kubernetes-types/core/v1.js"
import type { Canary, ServiceSpec } from "#api/canary.ts"
import type { ServicePort } from "./contract.ts"

const proxies = ["istio-proxy", "envoy"]

/** The other ports of the pods, for `portDiscovery`. Sorted, since two containers in another order serve the same. */
export function discoveredPorts(canary: Canary, containers: readonly Container[]): ServicePort[] {
  const { service } = canary.spec
  if (!service?.portDiscovery) return []
  const own = targetPortOf(service)
  const byName = new Map<string, ServicePort>()
  for (const container of containers) {
    if (proxies.includes(container.name)) continue
    for (const [index, { name, containerPort }] of (container.ports ?? []).entries()) {
      if (containerPort === own || name === own) continue
      const portName = name || `tcp-${container.name}-${index}`
      byName.set(portName, { name: portName, port: containerPort, targetPort: containerPort, protocol: "TCP" })
    }
  }
  return [...byName.values()].toSorted((a, b) => a.port - b.port || (a.name < b.name ? -1 : 1))
}

export const ownPort = (service: ServiceSpec): ServicePort => ({
  name: service.portName || "http",
  port: service.port,
  targetPort: targetPortOf(service),
  protocol: "TCP",
  ...(service.appProtocol && { appProtocol: service.appProtocol }),
})

// Zero counts as unset.
const targetPortOf = ({ port, targetPort }: ServiceSpec): number | string =>
  !targetPort || targetPort === "0" ? port : targetPort

/** The ports with the node ports that load balancers in front of the cluster know already. */
export function keepingNodePorts(ports: readonly ServicePort[], live: readonly LivePort[]): LivePort[] {
  return ports.map((port) => {
    const nodePort = live.find(({ name }) => name === port.name)?.nodePort
    return nodePort ? { ...port, nodePort } : port
  })
}

/** True when both say the same in any order. Node ports are left out: what the cluster allocated is kept anyway. */
export const samePorts = (live: readonly LivePort[] = [], desired: readonly LivePort[] = []): boolean =>
  textOf(live) === textOf(desired)

const textOf = (ports: readonly LivePort[]): string =>
  JSON.stringify(
    ports
      .map(({ name, port, targetPort = port, protocol = "TCP", appProtocol }) =>
        JSON.stringify([name, port, targetPort, protocol, appProtocol]),
      )
      .toSorted(),
  )
