import type { Canary, HookType } from "#api/canary.ts"
import type { Part, Split } from "./step.ts"

/** Same shape as what targets answer; core knows no target. */
export type Readiness = { ready: true } | { ready: false; retriable: boolean; why: string }

/** How a part of the scenery looks: as wanted, not yet, or impossible to tell or make. */
export type Look = "good" | "differs" | { problem: string }

export interface TargetSeen {
  kind: string
  /** Identifies the pods that would run. */
  revision: string
  readiness: Readiness
  atZero: boolean
  /** Checksums of the configs it refers to; undefined when configs are not tracked. */
  configs: Record<string, string> | undefined
  /** Why its configs cannot be read. */
  problem?: string
  /** The primary runs the same pods; only looked at when the status was written by another implementation. */
  runsOnPrimary?: boolean
}

export interface HookAnswer {
  passed: string[]
  /** Rollback hooks that did not ask for a rollback, in the order in which they were called. */
  declined?: { name: string }[]
  failed?: { name: string; why: string; muted?: boolean }
}

export interface CheckAnswer {
  passed: boolean
  /** What to tell about it, the first failing check last. */
  told: { text: string; failure: boolean }[]
}

/** What was asked and answered since this look began. */
export interface Answers {
  online?: { offline?: string }
  hooks: { [T in HookType]?: HookAnswer }
  checks?: CheckAnswer
}

/** Everything a decision is made from. Plain and immutable: deciding needs no network, no clock and no memory. */
export interface Snapshot {
  nowMs: number
  canary: Canary
  /** The interval is over: checks may be made and gates asked. */
  due: boolean
  /** Nothing has been tried since the phase began, so the first step need not wait for the interval. */
  fresh: boolean
  /** The pre-rollout hooks of this run have passed already. */
  preRolloutPassed: boolean
  /** Why this canary cannot be served at all, with the reason for its condition. */
  refusal?: { reason: string; text: string }
  /** No router moves traffic: only the primary's pods change. */
  plain: boolean
  can: { mirror: "no" | "blueGreen" | "yes"; sticky: boolean; stickyPrimary: boolean }
  target?: TargetSeen
  primary: { exists: boolean; readiness: Readiness }
  scenery: Record<Part, Look>
  routes: Split | { problem: string }
  /** Parts that were made in this look already; what still differs then will not be made better by repeating. */
  made: readonly Part[]
  answers: Answers
}

export const toPrimary: Split = { primary: 100, canary: 0, mirrored: false }
export const toCanary: Split = { primary: 0, canary: 100, mirrored: false }
