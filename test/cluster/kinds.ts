import type { ObjectRef } from "#api/objects.ts"
import type { Kind } from "./client.ts"

const apiVersions = {
  Canary: "flagger.app/v1beta1",
  Deployment: "apps/v1",
  Service: "v1",
  ConfigMap: "v1",
  Event: "v1",
  HorizontalPodAutoscaler: "autoscaling/v2",
  Ingress: "networking.k8s.io/v1",
  VirtualService: "networking.istio.io/v1beta1",
  HTTPRoute: "gateway.networking.k8s.io/v1",
  HTTPProxy: "projectcontour.io/v1",
  TrafficSplit: "split.smi-spec.io/v1alpha2",
  Lease: "coordination.k8s.io/v1",
} as const

/** Kinds that stories are about. */
export type KindName = keyof typeof apiVersions
export const kinds: Kind[] = Object.entries(apiVersions).map(([kind, apiVersion]) => ({ kind, apiVersion }))

export const refTo = (kind: KindName, namespace: string, name: string): ObjectRef => ({
  apiVersion: apiVersions[kind],
  kind,
  namespace,
  name,
})
