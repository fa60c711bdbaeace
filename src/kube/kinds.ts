import type { ObjectRef } from "#api/objects.ts"

interface Kind {
  plural: string
  namespaced: boolean
}

/** Every kind the operator reads or writes, by API group. The version is the caller's, so any served one works. */
const namespaced: Record<string, Record<string, string>> = {
  "": { ConfigMap: "configmaps", Event: "events", Pod: "pods", Secret: "secrets", Service: "services" },
  apps: { DaemonSet: "daemonsets", Deployment: "deployments", ReplicaSet: "replicasets" },
  autoscaling: { HorizontalPodAutoscaler: "horizontalpodautoscalers" },
  "coordination.k8s.io": { Lease: "leases" },
  "networking.k8s.io": { Ingress: "ingresses" },
  "flagger.app": { AlertProvider: "alertproviders", Canary: "canaries", MetricTemplate: "metrictemplates" },
  "apisix.apache.org": { ApisixRoute: "apisixroutes" },
  "appmesh.k8s.aws": {
    VirtualNode: "virtualnodes",
    VirtualRouter: "virtualrouters",
    VirtualService: "virtualservices",
  },
  "gateway.networking.k8s.io": { Gateway: "gateways", GRPCRoute: "grpcroutes", HTTPRoute: "httproutes" },
  "gateway.solo.io": { RouteTable: "routetables" },
  "gloo.solo.io": { Upstream: "upstreams" },
  "keda.sh": { ScaledObject: "scaledobjects" },
  "metrics.keptn.sh": { Analysis: "analyses", KeptnMetric: "keptnmetrics" },
  "networking.istio.io": { DestinationRule: "destinationrules", VirtualService: "virtualservices" },
  "projectcontour.io": { HTTPProxy: "httpproxies" },
  "serving.knative.dev": { Revision: "revisions", Service: "services" },
  "split.smi-spec.io": { TrafficSplit: "trafficsplits" },
  "traefik.io": { TraefikService: "traefikservices" },
}

const clusterScoped: Record<string, Record<string, string>> = {
  "": { Namespace: "namespaces" },
  "apiextensions.k8s.io": { CustomResourceDefinition: "customresourcedefinitions" },
  "gateway.networking.k8s.io": { GatewayClass: "gatewayclasses" },
  "kuma.io": { TrafficRoute: "trafficroutes" },
}

const known: ReadonlyMap<string, Kind> = new Map([...rows(namespaced, true), ...rows(clusterScoped, false)])

function rows(groups: Record<string, Record<string, string>>, isNamespaced: boolean): [string, Kind][] {
  return Object.entries(groups).flatMap(([group, kinds]) =>
    Object.entries(kinds).map(([kind, plural]): [string, Kind] => [
      `${group}/${kind}`,
      { plural, namespaced: isNamespaced },
    ]),
  )
}

/** How the API serves a kind. Throws for kinds outside the table. */
export function kindOf(apiVersion: string, kind: string): Kind {
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : ""
  const found = known.get(`${group}/${kind}`)
  if (!found) throw new Error(`kind ${kind} of ${apiVersion} is not one this program knows`)
  return found
}

/** Where objects of a kind are listed; in all namespaces when none is given. */
export function collectionPath(apiVersion: string, kind: string, namespace?: string): string {
  const { plural, namespaced: inNamespace } = kindOf(apiVersion, kind)
  const version = apiVersion.split("/").map(segment).join("/")
  const root = apiVersion.includes("/") ? `/apis/${version}` : `/api/${version}`
  return inNamespace && namespace ? `${root}/namespaces/${segment(namespace)}/${plural}` : `${root}/${plural}`
}

/** Where objects of a kind are created: as `collectionPath`, but a namespaced kind needs its namespace. */
export function homeOf({ apiVersion, kind, namespace }: Omit<ObjectRef, "name">): string {
  if (!namespace && kindOf(apiVersion, kind).namespaced) throw new Error(`${kind} of ${apiVersion} needs a namespace`)
  return collectionPath(apiVersion, kind, namespace)
}

export function pathOf(ref: ObjectRef, subresource?: string): string {
  const path = `${homeOf(ref)}/${segment(ref.name)}`
  return subresource ? `${path}/${subresource}` : path
}

/** Names come from what users write. One that is empty or climbs would address something else than an object of its kind. */
function segment(name: string): string {
  if (!name || name === "." || name === "..") throw new Error(`"${name}" is not a name of a Kubernetes object`)
  return encodeURIComponent(name)
}
