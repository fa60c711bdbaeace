import type { Canary } from "#api/canary.ts"
import type { ObjectRef } from "#api/objects.ts"
import { namesOf, namespaceOf } from "#api/release.ts"
import { allToPrimary, type Router, RouteRefused } from "../contract.ts"
import { apexMetadata, routeObject } from "../route-object.ts"
import { orWayBack } from "../way-back.ts"
import { whyNotAccepted } from "./acceptance.ts"
import { type Dialect, httpRouteSpec } from "./http-route.ts"
import { liveRoutes, turnedToPrimary } from "./live-routes.ts"
import { sameRoute } from "./same.ts"

/** Gateway API: one HTTPRoute. A name without a version means v1. */
export const gatewayApiV1: Router = gatewayApi(["gatewayapi:v1", "gatewayapi"], {
  apiVersion: "gateway.networking.k8s.io/v1",
  timeouts: true,
  cors: true,
  primaryCookies: true,
  awaitsAcceptance: true,
})

export const gatewayApiV1beta1: Router = gatewayApi(["gatewayapi:v1beta1"], {
  apiVersion: "gateway.networking.k8s.io/v1beta1",
  timeouts: false,
  cors: false,
  primaryCookies: false,
  awaitsAcceptance: false,
})

function gatewayApi(names: string[], dialect: Dialect): Router {
  const routeRef = (canary: Canary): ObjectRef => ({
    apiVersion: dialect.apiVersion,
    kind: "HTTPRoute",
    namespace: namespaceOf(canary),
    name: namesOf(canary).apex,
  })
  return {
    names,
    can: {
      weights: true,
      matches: true,
      mirror: "yes",
      mirrorPercent: false,
      sticky: true,
      stickyPrimary: dialect.primaryCookies,
      byReference: false,
    },
    reads: (canary) => [routeRef(canary)],
    desired(canary, routes, found, settings) {
      const live = found.get(routeRef(canary))
      const spec = orWayBack({
        routes,
        live: live && liveRoutes(canary, live),
        desired: () => httpRouteSpec(canary, routes, dialect),
        retreat: () => turnedToPrimary(canary, live?.spec),
      })
      return [
        {
          object: routeObject(canary, routeRef(canary), settings, apexMetadata(canary, settings), spec),
          owned: ["parentRefs", "hostnames", "rules"].map((field) => ["spec", field]),
          labels: "replace",
          annotations: "add",
          same: sameRoute,
        },
      ]
    },
    observed(canary, found) {
      const live = found.get(routeRef(canary))
      if (!live) return allToPrimary
      const routes = liveRoutes(canary, live)
      const why = dialect.awaitsAcceptance ? whyNotAccepted(live) : undefined
      if (why) throw new RouteRefused(why, { routes })
      return routes
    },
    released: () => ({ write: [], remove: [] }),
  }
}
