import type { CanaryStatus, HookType, Phase } from "#api/canary.ts"
import type { Say } from "./say.ts"

/** The traffic split, as routers read and write it. */
export interface Split {
  primary: number
  canary: number
  mirrored: boolean
}

/** Parts of the scenery that must exist and look right before anything else is done. */
export type Part = "services" | "primary" | "scaler" | "apex" | "routes"

/** Idempotent descriptions; doing one twice is the same as doing it once. */
export type Action =
  | { do: "make"; part: Part }
  | { do: "route"; to: Split }
  | { do: "stopTarget" }
  | { do: "startTarget" }
  | { do: "pauseScaler" }
  | { do: "resumeScaler" }
  /** Copies the target, and its configs, onto the primary. */
  | { do: "promote" }
  | { do: "updateScaler" }
  /** Puts the target's replicas, the apex Service and the routes back as they were before the canary. */
  | { do: "restoreTarget" }
  | { do: "restoreApex" }
  | { do: "restoreRoutes" }
  | { do: "addFinalizer" }
  | { do: "removeFinalizer" }

/** Costly facts, or facts with side effects: fetched only when the decision asks. */
export type Question =
  | { ask: "online" }
  | { ask: "hooks"; type: HookType; phase: Phase; whileWaiting?: boolean }
  | { ask: "checks" }

/** How a run ended, for the counters. */
export interface Outcome {
  result: "succeeded" | "failed"
  analysis: "completed" | "skipped"
}

/** A JSON merge patch of the status. */
export type StatusPatch = { [K in Exclude<keyof CanaryStatus, "trackedConfigs">]?: CanaryStatus[K] | null } & {
  trackedConfigs?: Record<string, string | null> | null
}

export interface Change {
  kind: "change"
  /** Done in order. A failure stops the step; it is begun again later. */
  actions: Action[]
  /** One patch, after the actions. */
  status?: StatusPatch
  /** Told before the actions: what is about to happen and why. */
  before?: Say[]
  /** Told once the status is written. */
  say?: Say[]
  /** Hooks that are called after the status is written, and what is told after them; their answer changes nothing. */
  afterwards?: { hooks: Phase; say: Say[] }
  outcome?: Outcome
  /** Look again at once instead of waiting to be woken. */
  again?: boolean
}

export type Step =
  | { kind: "wait"; why: string; say: Say[] }
  | { kind: "ask"; question: Question; before?: Say[] }
  | Change

export const wait = (why: string, say: Say[] = []): Step => ({ kind: "wait", why, say })
export const ask = (question: Question, before: Say[] = []): Step => ({ kind: "ask", question, before })
export const change = (actions: Action[], rest: Omit<Change, "kind" | "actions"> = {}): Step => ({
  kind: "change",
  actions,
  ...rest,
})
