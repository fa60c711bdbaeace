import type { Canary } from "#api/canary.ts"
import type { KubeObject } from "#api/objects.ts"
import { namesOf } from "#api/release.ts"
import { allToPrimary, type Routes } from "../contract.ts"
import { splitOf } from "../split.ts"
import type { Backend, HttpRouteSpec, Rule } from "./http-route.ts"

/** The split that an HTTPRoute makes; all to the primary where it makes none, as nobody is sent to the canary then. */
export function liveRoutes(canary: Canary, live: KubeObject): Routes {
  const names = namesOf(canary)
  const { rules = [] } = (live.spec ?? {}) as HttpRouteSpec
  const forCanary = rules.findLast((rule) => rule.backendRefs?.length === 2 && backendOf(rule, names.canary))
  if (!forCanary) return allToPrimary
  // What is left of an A/B test that was taken out of the spec: its users must not become everybody.
  const isTested = (canary.spec.analysis.match ?? []).length > 0
  const last = rules.findLast((rule) => backendOf(rule, names.primary))
  if (last !== forCanary && !isTested) return allToPrimary

  const weights = [names.primary, names.canary].map((name) => weightOf(backendOf(forCanary, name)))
  const routes = splitOf(weights[0], weights[1])
  return routes ? { ...routes, mirrored: isMirrored(forCanary, names.canary) } : allToPrimary
}

/** The same rules with everybody on the primary. */
export function turnedToPrimary(canary: Canary, spec: HttpRouteSpec): HttpRouteSpec {
  const names = namesOf(canary)
  const turned = (rule: Rule): Rule => {
    if (!backendOf(rule, names.canary)) return rule
    const filters = rule.filters?.filter((filter) => filter.requestMirror?.backendRef.name !== names.canary)
    const backendRefs = rule.backendRefs?.map((to) => ({ ...to, weight: to.name === names.primary ? 100 : 0 }))
    return { ...rule, ...(filters ? { filters } : {}), backendRefs }
  }
  return { ...spec, rules: (spec.rules ?? []).map(turned) }
}

const isMirrored = (rule: Rule, name: string): boolean =>
  (rule.filters ?? []).some((filter) => filter.requestMirror?.backendRef?.name === name)

const backendOf = (rule: Rule, name: string): Backend | undefined => rule.backendRefs?.find((to) => to.name === name)

/** An HTTPRoute backend without a weight has weight 1. */
const weightOf = (backend: Backend | undefined): number => (backend ? (backend.weight ?? 1) : 0)
