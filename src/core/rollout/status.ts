import type { CanaryStatus, Condition, Phase } from "#api/canary.ts"
import { cookiesFor } from "./cookies.ts"
import type { Snapshot } from "./snapshot.ts"
import type { StatusPatch } from "./step.ts"

const PROMOTED = "Promoted"
const READY = "Ready"

/** RFC 3339 with whole seconds, as Kubernetes writes times. */
const timeText = (nowMs: number): string => `${new Date(nowMs).toISOString().slice(0, 19)}Z`

/** Everything about a revision at once: phase, zero counters, what is applied now. */
export function synced(seen: Snapshot, phase: Phase, canaryWeight = 0): StatusPatch {
  const revision = seen.target?.revision
  return {
    ...written(seen, phase),
    canaryWeight,
    failedChecks: 0,
    iterations: 0,
    ...(revision ? { lastAppliedSpec: revision } : {}),
    trackedConfigs: trackedConfigs(seen),
    ...(phase === "Initialized" && revision ? { lastPromotedSpec: revision } : {}),
  }
}

/** A change of phase only; what was judged stays as it was. */
export function inPhase(seen: Snapshot, phase: Phase): StatusPatch {
  const before = seen.canary.status ?? {}
  const keepsCounters = phase === "Progressing" || phase === "Waiting" || phase === "Promoting"
  const promoted = phase === "Succeeded" && before.lastAppliedSpec ? { lastPromotedSpec: before.lastAppliedSpec } : {}
  return {
    ...written(seen, phase),
    ...(keepsCounters
      ? {}
      : { canaryWeight: 0, iterations: phase === "WaitingPromotion" ? iterationsBefore(seen) : 0 }),
    ...promoted,
  }
}

/** A change of one number. */
export const counted = (seen: Snapshot, change: Pick<StatusPatch, "canaryWeight" | "failedChecks" | "iterations">) => ({
  ...change,
  lastTransitionTime: timeText(seen.nowMs),
})

export function initializing(seen: Snapshot): StatusPatch {
  return { ...written(seen, "Initializing"), canaryWeight: 0, failedChecks: 0, iterations: 0 }
}

/** The session cookies that go with a canary weight; the routes are written with the same ones. */
export function cookies(seen: Snapshot, canaryWeight: number): StatusPatch {
  if (!seen.can.sticky || !seen.canary.spec.analysis.sessionAffinity) return {}
  return cookiesFor(seen.canary, canaryWeight, { primary: seen.can.stickyPrimary })
}

/** The Ready condition exists only while something about the object itself is wrong. */
export function refused(seen: Snapshot): StatusPatch | undefined {
  const before = conditionsOf(seen)
  const others = before.filter(({ type }) => type !== READY)
  const now = before.find(({ type }) => type === READY)
  if (!seen.refusal) return now ? { conditions: others } : undefined
  const { reason, text: message } = seen.refusal
  if (now?.reason === reason && now.message === message) return undefined
  return { conditions: [...others, condition(seen, { type: READY, status: "False", reason, message })] }
}

export const hasBegun = (status: CanaryStatus | undefined): boolean => Boolean(status?.phase)

/** The merge patch that makes `status.trackedConfigs` what it is now. */
export const trackedConfigs = (seen: Snapshot): Record<string, string | null> | null => {
  const now = seen.target?.configs
  if (!now) return null
  const before = Object.keys(seen.canary.status?.trackedConfigs ?? {})
  const removed = before.filter((key) => !(key in now)).map((key) => [key, null])
  return { ...now, ...Object.fromEntries(removed) }
}

function written(seen: Snapshot, phase: Phase): StatusPatch {
  return { phase, lastTransitionTime: timeText(seen.nowMs), conditions: promotedCondition(seen, phase) }
}

const conditionsOf = (seen: Snapshot): Condition[] => seen.canary.status?.conditions ?? []

function promotedCondition(seen: Snapshot, phase: Phase): Condition[] {
  const kind = seen.canary.spec.targetRef.kind
  const [status, message] = conditionTexts(kind)[phase] ?? ["Unknown", beginning(kind)]
  const before = conditionsOf(seen).find(({ type }) => type === PROMOTED)
  if (before?.status === status && before.reason === phase) return [before]
  const next = condition(seen, { type: PROMOTED, status, reason: phase, message })
  return [
    before?.status === status && before.lastTransitionTime
      ? { ...next, lastTransitionTime: before.lastTransitionTime }
      : next,
  ]
}

function condition(seen: Snapshot, is: Pick<Condition, "type" | "status" | "reason" | "message">): Condition {
  const at = timeText(seen.nowMs)
  return { lastTransitionTime: at, lastUpdateTime: at, ...is }
}

const beginning = (kind: string) => `New ${kind} detected, starting initialization.`
const conditionTexts = (kind: string): { [P in Phase]?: [status: string, message: string] } => ({
  Initialized: ["True", `${kind} initialization completed.`],
  Waiting: ["Unknown", "Waiting for approval."],
  WaitingPromotion: ["Unknown", "Waiting for approval."],
  Progressing: ["Unknown", "New revision detected, progressing canary analysis."],
  Promoting: ["Unknown", "Canary analysis completed, starting primary rolling update."],
  Finalising: ["Unknown", "Canary analysis completed, routing all traffic to primary."],
  Succeeded: ["True", "Canary analysis completed successfully, promotion finished."],
  Failed: ["False", `Canary analysis failed, ${kind} scaled to zero.`],
})

/** The number shown while promotion waits for approval, as the original shows it: -1 for a weighted canary. */
const iterationsBefore = (seen: Snapshot): number => (seen.canary.spec.analysis.iterations ?? 0) - 1
