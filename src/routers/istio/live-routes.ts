import type { Canary } from "#api/canary.ts"
import type { KubeObject } from "#api/objects.ts"
import { namesOf } from "#api/release.ts"
import { allToPrimary, type Routes } from "../contract.ts"
import { splitOf } from "../split.ts"
import type { HttpRule, Rule, VirtualServiceSpec } from "./virtual-service.ts"

/** The split that a VirtualService makes between primary and canary; undefined where it makes none. */
export function liveRoutes(canary: Canary, live: KubeObject): Routes | undefined {
  const spec = live.spec as VirtualServiceSpec | undefined
  const names = namesOf(canary)
  const rules: HttpRule[] = [...(spec?.tcp ?? []), ...(spec?.http ?? [])]
  const forCanary = rules.findLast((rule) => leadsTo(rule, names.primary) && leadsTo(rule, names.canary))
  if (!forCanary) return undefined
  // What is left of an A/B test that was taken out of the spec: its users must not become everybody.
  const isTested = (canary.spec.analysis.match ?? []).length > 0
  const last = rules.findLast((rule) => leadsTo(rule, names.primary))
  if (last !== forCanary && !isTested) return allToPrimary

  const routes = splitOf(weightOf(forCanary, names.primary), weightOf(forCanary, names.canary))
  return routes && { ...routes, mirrored: forCanary.mirror?.host === names.canary }
}

/** The same rules with everybody on the primary. */
export function turnedToPrimary(canary: Canary, spec: VirtualServiceSpec): VirtualServiceSpec {
  const names = namesOf(canary)
  const turned = <R extends Rule>(rule: R): R => {
    if (!leadsTo(rule, names.canary)) return rule
    const { mirror: _, mirrorPercentage: __, ...rest } = rule as HttpRule
    const weight = (host: string) => (host === names.primary ? 100 : 0)
    return { ...rest, route: rule.route?.map((to) => ({ ...to, weight: weight(to.destination.host) })) } as R
  }
  return {
    ...spec,
    ...(spec.http ? { http: spec.http.map(turned) } : {}),
    ...(spec.tcp ? { tcp: spec.tcp.map(turned) } : {}),
  }
}

const leadsTo = (rule: Rule, host: string): boolean => (rule.route ?? []).some((to) => to.destination?.host === host)
const weightOf = (rule: Rule, host: string): number | undefined =>
  rule.route?.find((to) => to.destination?.host === host)?.weight
