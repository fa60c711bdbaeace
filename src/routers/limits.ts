import type { Canary } from "#api/canary.ts"
import { strategyOf } from "#api/release.ts"
import { type Can, RouteRefused, type Routes } from "./contract.ts"

/** What nearly every mesh and ingress does, and what many do not go beyond. */
export const weightsOnly: Can = {
  weights: true,
  matches: false,
  mirror: "no",
  mirrorPercent: false,
  sticky: false,
  byReference: false,
}

export function refuseMirror(provider: string, routes: Routes): void {
  if (routes.mirrored) throw new RouteRefused(`provider ${provider} cannot mirror traffic: remove analysis.mirror`)
}

/** The way back to the primary stays open: only the canary's share would reach users that were not meant. */
export function refuseMatches(provider: string, canary: Canary, routes: Routes): void {
  if (routes.canary === 0 || strategyOf(canary.spec.analysis) !== "ab-testing") return
  throw new RouteRefused(
    `provider ${provider} cannot do A/B testing, all users would get the canary: remove analysis.match`,
  )
}
