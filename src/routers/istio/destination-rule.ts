import type { Canary } from "#api/canary.ts"
import type { ObjectRef } from "#api/objects.ts"
import { namesOf, namespaceOf } from "#api/release.ts"
import type { Wanted } from "#kube/contract.ts"
import type { RouterSettings } from "../contract.ts"
import { routeObject } from "../route-object.ts"
import { API_VERSION } from "./virtual-service.ts"

export function destinationRuleRefs(canary: Canary): ObjectRef[] {
  const { canary: canaryName, primary } = namesOf(canary)
  return [canaryName, primary].map((name) => ({
    apiVersion: API_VERSION,
    kind: "DestinationRule",
    namespace: namespaceOf(canary),
    name,
  }))
}

/** Both versions are reached by the same policy. Subsets and whatever else users add stay theirs. */
export function destinationRules(canary: Canary, settings: RouterSettings): Wanted[] {
  const { trafficPolicy } = canary.spec.service ?? {}
  return destinationRuleRefs(canary).map((ref) => ({
    object: routeObject(canary, ref, settings, {}, { host: ref.name, ...(trafficPolicy ? { trafficPolicy } : {}) }),
    owned: [
      ["spec", "host"],
      ["spec", "trafficPolicy"],
    ],
  }))
}
