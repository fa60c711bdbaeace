import { isDeepStrictEqual } from "node:util"
import type { Canary, ServiceSpec } from "#api/canary.ts"
import { controllerOf, type KubeObject, type ObjectRef, refOf } from "#api/objects.ts"
import { fluxOff, fullName, LAST_APPLIED, namesOf, namespaceOf, ownerOf } from "#api/release.ts"
import { differs } from "#kube/apply.ts"
import type { Caches, Wanted } from "#kube/contract.ts"
import { type Selector, type ServicePort, TargetRefused } from "./contract.ts"
import { primarySelector } from "./pod-template.ts"
import { keepingNodePorts, ownPort, samePorts } from "./ports.ts"

/** What the workload says about the pods to be served. */
export interface ServedPods {
  selector: Selector
  /** Besides the Service's own. */
  ports: readonly ServicePort[]
}
export interface WantedServices {
  wanted: Wanted[]
  /** What cannot be brought about; texts for the canary's events. */
  problems: string[]
}
type Found = Pick<Caches, "get">

/** The three Services that are read and written for a canary. */
export const serviceRefs = (canary: Canary): ObjectRef[] =>
  Object.values(namesOf(canary)).map((name) => ({
    apiVersion: "v1",
    kind: "Service",
    namespace: namespaceOf(canary),
    name,
  }))

/** The Services in front of the canary's and of the primary's pods. */
export function servicesOf(canary: Canary, pods: ServedPods, found: Found): WantedServices {
  const names = namesOf(canary)
  const { service } = canary.spec
  const primary = { ...pods, selector: primarySelector(pods.selector) }
  return reconciled(canary, found, [
    newService(canary, names.canary, service?.canary, pods),
    newService(canary, names.primary, service?.primary, primary),
  ])
}

/** The Service that clients use, in front of the primary's pods. One that exists is taken over. */
export function apexService(canary: Canary, pods: ServedPods, found: Found): WantedServices {
  const primary = { ...pods, selector: primarySelector(pods.selector) }
  return reconciled(canary, found, [newService(canary, namesOf(canary).apex, canary.spec.service?.apex, primary)])
}

/** How an apex Service that was taken over looks without the canary; undefined when there is nothing to put back. */
export function restoredApex(canary: Canary, pods: ServedPods, live: KubeObject | undefined): Wanted | undefined {
  if (!live || controllerOf(live)?.kind === "Canary") return undefined
  const original = lastAppliedSpec(live)
  if (original) {
    return { object: { ...live, spec: { ...live.spec, selector: original.selector } }, owned: [["spec", "selector"]] }
  }
  return { object: withNodePorts(newService(canary, live.metadata.name, undefined, pods), live), ...routing }
}

/** What must be right for requests to arrive; all that is touched of a Service that is not ours. */
const routing: Pick<Wanted, "owned" | "same"> = {
  owned: [
    ["spec", "ports"],
    ["spec", "selector"],
  ],
  same: (live, desired, path) =>
    path[1] === "ports"
      ? samePorts(live as ServicePort[] | undefined, desired as ServicePort[])
      : isDeepStrictEqual(live, desired),
}

function reconciled(canary: Canary, found: Found, services: KubeObject[]): WantedServices {
  const results = services.map((service) => {
    const live = found.get(refOf(service))
    const object = withNodePorts(service, live)
    if (live && !isOurs(canary, live)) return { wanted: adopted(object, live), problems: [] }
    return { wanted: ours(canary, object), problems: headlessProblems(object, live) }
  })
  return { wanted: results.map(({ wanted }) => wanted), problems: results.flatMap(({ problems }) => problems) }
}

function isOurs(canary: Canary, live: KubeObject): boolean {
  const controller = controllerOf(live)
  return controller?.kind === "Canary" && controller.name === canary.metadata.name
}

function ours(canary: Canary, object: KubeObject): Wanted {
  const { labels, annotations } = canary.spec.service?.unmanagedMetadata ?? {}
  return {
    object,
    ...routing,
    owned: [...routing.owned, ["spec", "trafficDistribution"]],
    labels: "replace",
    keepLabels: labels,
    annotations: "replace",
    keepAnnotations: annotations,
  }
}

/** Flux is told to leave somebody else's Service alone only once there is a change for it to undo. */
function adopted(service: KubeObject, live: KubeObject): Wanted {
  const object = { ...service, metadata: { ...service.metadata, annotations: fluxOff } }
  return { object, ...routing, annotations: differs(live, { object, ...routing }) ? "add" : "leave" }
}

function headlessProblems(service: KubeObject, live: KubeObject | undefined): string[] {
  const headless = service.spec.clusterIP === "None"
  if (!live || headless === (live.spec.clusterIP === "None")) return []
  const { name, namespace } = live.metadata
  const state = headless ? "has a cluster address" : "is headless"
  return [`Service ${name}.${namespace} ${state}, which cannot be changed in place: delete it to have it created anew`]
}

function newService(canary: Canary, name: string, custom: ServiceSpec["apex"], pods: ServedPods): KubeObject {
  const { service } = canary.spec
  if (!service?.port) throw new TargetRefused(`canary ${fullName(canary)} must have spec.service.port`)
  const { label, value } = pods.selector
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name,
      namespace: namespaceOf(canary),
      labels: { ...custom?.labels, [label]: name },
      annotations: { ...custom?.annotations, ...fluxOff },
      ownerReferences: [ownerOf(canary)],
    },
    spec: {
      type: "ClusterIP",
      ...(service.headless && { clusterIP: "None" }),
      selector: { [label]: value },
      ports: [ownPort(service), ...pods.ports],
      ...(service.trafficDistribution && { trafficDistribution: service.trafficDistribution }),
    },
  }
}

const withNodePorts = (service: KubeObject, live: KubeObject | undefined): KubeObject => ({
  ...service,
  spec: { ...service.spec, ports: keepingNodePorts(service.spec.ports, live?.spec.ports ?? []) },
})

/** What the user last applied with kubectl. A text that cannot be read counts as none. */
function lastAppliedSpec(live: KubeObject): { selector?: Record<string, string> } | undefined {
  try {
    return JSON.parse(live.metadata.annotations?.[LAST_APPLIED] ?? "")?.spec
  } catch {
    return undefined
  }
}
