import type { Canary } from "#api/canary.ts"
import type { KubeObject, ObjectRef } from "#api/objects.ts"
import { LAST_APPLIED, namesOf, namespaceOf, ORIGINAL_CONFIG } from "#api/release.ts"
import type { Wanted } from "#kube/contract.ts"
import { allToPrimary, type Found, type Router, RouteRefused, type RouterSettings, type Routes } from "../contract.ts"
import { apexMetadata, routeObject } from "../route-object.ts"
import { orWayBack } from "../way-back.ts"
import { destinationRuleRefs, destinationRules } from "./destination-rule.ts"
import { earlierSpec, isForeign, memoryOf } from "./earlier-spec.ts"
import { liveRoutes, turnedToPrimary } from "./live-routes.ts"
import { API_VERSION, virtualServiceSpec } from "./virtual-service.ts"

/** Istio: a VirtualService for the split, and a DestinationRule for each version. */
export const istio: Router = {
  names: ["istio"],
  can: {
    weights: true,
    matches: true,
    mirror: "yes",
    mirrorPercent: true,
    sticky: true,
    stickyPrimary: true,
    byReference: false,
  },
  reads: (canary) => [...destinationRuleRefs(canary), virtualServiceRef(canary)],
  desired: (canary, routes, found, settings) => [
    ...destinationRules(canary, settings),
    virtualService(canary, routes, found.get(virtualServiceRef(canary)), settings),
  ],
  observed,
  released,
}

const virtualServiceRef = (canary: Canary): ObjectRef => ({
  apiVersion: API_VERSION,
  kind: "VirtualService",
  namespace: namespaceOf(canary),
  name: namesOf(canary).apex,
})

/** Fields such as `tls` and `exportTo` are left to whoever set them. */
function virtualService(
  canary: Canary,
  routes: Routes,
  live: KubeObject | undefined,
  settings: RouterSettings,
): Wanted {
  const spec = orWayBack({
    routes,
    live: live && liveRoutes(canary, live),
    desired: () => virtualServiceSpec(canary, routes),
    retreat: () => turnedToPrimary(canary, live?.spec),
  })
  const { labels, annotations } = apexMetadata(canary, settings)
  const metadata = { ...(labels ? { labels } : {}), annotations: { ...annotations, ...memoryOf(canary, live, spec) } }
  return {
    object: routeObject(canary, virtualServiceRef(canary), settings, metadata, spec),
    owned: ["hosts", "gateways", "http", "tcp"].map((field) => ["spec", field]),
    labels: "replace",
    annotations: "replace",
    keepAnnotations: [LAST_APPLIED, ORIGINAL_CONFIG],
  }
}

function observed(canary: Canary, found: Found): Routes {
  const live = found.get(virtualServiceRef(canary))
  if (!live) return allToPrimary
  const routes = liveRoutes(canary, live)
  if (routes) return routes
  if (isForeign(canary, live)) return allToPrimary
  const { apex, primary, canary: canaryName } = namesOf(canary)
  throw new RouteRefused(
    `VirtualService ${apex}.${namespaceOf(canary)} does not contain routes for ${primary} and ${canaryName}`,
    { routes: allToPrimary },
  )
}

function released(canary: Canary, found: Found): ReturnType<Router["released"]> {
  const live = found.get(virtualServiceRef(canary))
  const spec = live && earlierSpec(live)
  if (!spec) return { write: [], remove: [] }
  const ref = virtualServiceRef(canary)
  const object = {
    apiVersion: ref.apiVersion,
    kind: ref.kind,
    metadata: { name: ref.name, namespace: ref.namespace },
    spec,
  }
  return { write: [{ object, owned: [["spec"]] }], remove: [] }
}
