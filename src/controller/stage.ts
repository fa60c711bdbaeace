import type { Canary } from "#api/canary.ts"
import { keyOf, type KubeObject, type ObjectRef } from "#api/objects.ts"
import { cookiesFor } from "#core/rollout/cookies.ts"
import { type Found, RouteRefused, type RouterSettings, type Routes } from "#routers/contract.ts"
import type { Selector, ServicePort, TargetSettings, TrackedConfig } from "#targets/contract.ts"
import { apexService, servicesOf } from "#targets/services.ts"
import type { Wanted } from "#kube/contract.ts"
import type { Adapters } from "./adapters.ts"
import { patched } from "./patched.ts"

/** A canary with its adapters and everything they look at; parts of the scenery are made from it. */
export interface Stage extends Adapters {
  canary: Canary
  found: Found
  /** The workload; parts can only be made when it exists. */
  workload: KubeObject
  selector: Selector
  ports: ServicePort[]
  /** Undefined when configs are not tracked, or cannot be read. */
  configs: TrackedConfig[] | undefined
  /** Why they cannot be read; nothing may be copied without them. */
  configProblem: string | undefined
  targetSettings: TargetSettings
  routerSettings: RouterSettings
}

export const servicesPart = (stage: Stage): Wanted[] => servicesOf(stage.canary, stage, stage.found).wanted
export const apexPart = (stage: Stage): Wanted[] => apexService(stage.canary, stage, stage.found).wanted
export const routesPart = (stage: Stage, routes: Routes): Wanted[] =>
  stage.router.desired(stage.canary, routes, stage.found, stage.routerSettings)

/** What the Services cannot be made to be; the canary works all the same. */
export const shortcomings = (stage: Stage): string[] => [
  ...servicesOf(stage.canary, stage, stage.found).problems,
  ...apexService(stage.canary, stage, stage.found).problems,
]

/** The live split, and the one that drift is repaired with: where the split cannot be read, the one last set. */
export function readRoutes(stage: Stage): { split: Routes | { problem: string }; repair: Routes } {
  try {
    const split = stage.router.observed(stage.canary, stage.found, stage.routerSettings)
    return { split, repair: split }
  } catch (error) {
    if (!(error instanceof RouteRefused)) throw error
    const canary = stage.canary.status?.canaryWeight ?? 0
    const lastSet = { primary: 100 - canary, canary, mirrored: false }
    return { split: { problem: error.message }, repair: error.routes ?? lastSet }
  }
}

/** The routes without drift and without moving weight. */
export function repairedRoutes(stage: Stage): Wanted[] {
  const { repair } = readRoutes(stage)
  return routesPart(withCookiesOf(stage, repair), repair)
}

/** A split that was set but not recorded was written with cookies that the status does not have yet. */
function withCookiesOf(stage: Stage, { canary: weight }: Routes): Stage {
  const { canary, router } = stage
  if (!router.can.sticky || weight === (canary.status?.canaryWeight ?? 0)) return stage
  const cookies = cookiesFor(canary, weight, { primary: router.can.stickyPrimary ?? false })
  return { ...stage, canary: patched(canary, cookies) }
}

/** The primary's autoscaler is made once; its content follows at promotion. */
export function scalerPart(stage: Stage): Wanted[] {
  const { scaler, canary, found } = stage
  if (!scaler || found.get(scaler.primaryRef(canary))) return []
  return [primaryScaler(stage)!]
}

export function primaryScaler({ scaler, canary, found }: Stage): Wanted | undefined {
  if (!scaler) return undefined
  const ref = scaler.ref(canary)
  const source = found.get(ref)
  if (!source) throw new Error(`${ref.kind} ${ref.name}.${ref.namespace} get query error: not found`)
  return scaler.primary(canary, source, found.get(scaler.primaryRef(canary)))
}

export const primaryOf = (stage: Stage): KubeObject | undefined =>
  stage.found.get(stage.target.primaryRef(stage.canary))

/** Each ref once. */
export const distinct = (refs: ObjectRef[]): ObjectRef[] => [...new Map(refs.map((ref) => [keyOf(ref), ref])).values()]
