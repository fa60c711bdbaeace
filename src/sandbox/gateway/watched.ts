import type { KubeObject } from "#api/objects.ts"
import type { Cluster, Kind } from "../contract.ts"
import { GROUP, nameOf } from "./objects.ts"

const kinds = {
  classes: { apiVersion: `${GROUP}/v1`, kind: "GatewayClass" },
  gateways: { apiVersion: `${GROUP}/v1`, kind: "Gateway" },
  routes: { apiVersion: `${GROUP}/v1`, kind: "HTTPRoute" },
  grants: { apiVersion: `${GROUP}/v1beta1`, kind: "ReferenceGrant" },
  namespaces: { apiVersion: "v1", kind: "Namespace" },
  services: { apiVersion: "v1", kind: "Service" },
  slices: { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice" },
  pods: { apiVersion: "v1", kind: "Pod" },
} satisfies Record<string, Kind>

export type KindName = keyof typeof kinds
/** By namespace and name. */
type Store = Map<string, KubeObject>
export type Watched = Readonly<Record<KindName, ReadonlyMap<string, KubeObject>>>

/** Nothing yet. */
export const emptyStores = (): Record<KindName, Store> => ({
  classes: new Map(),
  gateways: new Map(),
  routes: new Map(),
  grants: new Map(),
  namespaces: new Map(),
  services: new Map(),
  slices: new Map(),
  pods: new Map(),
})

/** Keeps in `stores` what there is of the kinds that matter, and tells of each change, until the returned function is called. */
export function watchAll(
  cluster: Cluster,
  stores: Record<KindName, Store>,
  onChange: (kind: KindName, object: KubeObject, before: KubeObject | undefined) => void,
): () => void {
  const names = Object.keys(kinds) as KindName[]
  const stops = names.map((name) =>
    cluster.watch(kinds[name], (type, object) => {
      const key = nameOf(object)
      const before = stores[name].get(key)
      if (type === "DELETED") stores[name].delete(key)
      else stores[name].set(key, object)
      onChange(name, object, before)
    }),
  )
  return () => {
    for (const stop of stops) stop()
  }
}
