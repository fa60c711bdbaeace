import type { Canary } from "#api/canary.ts"
import { intervalMs } from "#api/release.ts"
import { createMemo, type Memo } from "./memo.ts"

/**
 * What is kept about a canary between two looks. All of it may be lost: a restart costs at most a repeated message or an
 * early look, never a decision.
 */
export interface Memory {
  /** A canary that is created again under the same name is another one. */
  uid: string | undefined
  /** When the interval began. */
  lastMs: number
  /** What was told of a step that has not been done yet. */
  begun?: string
  /** The last step met a world that had moved on. */
  outran?: boolean
  /** The failure last told, and when. */
  failure?: { text: string; atMs: number }
  /** Nothing has been tried in this phase yet. */
  fresh: boolean
  preRolloutPassed: boolean
  /** Texts that are told only once. */
  told: Set<string>
  /** Phase and revision that all of the above belongs to. */
  scope: string
  memo: Memo
}

const active = new Set(["Progressing", "WaitingPromotion", "Promoting", "Finalising"])
export const isActive = (canary: Canary): boolean => active.has(canary.status?.phase ?? "")

const scopeOf = ({ status }: Canary): string =>
  `${status?.phase}/${status?.lastAppliedSpec}/${Object.values(status?.trackedConfigs ?? {}).join()}`

/** A canary seen for the first time, perhaps in mid-run after a restart: its clock goes on from its last status. */
export function firstMemory(canary: Canary, nowMs: number): Memory {
  const last = Date.parse(canary.status?.lastTransitionTime ?? "")
  const goesOn = isActive(canary) && Number.isFinite(last)
  return {
    uid: canary.metadata.uid,
    lastMs: goesOn ? Math.min(last, nowMs) : Number.NEGATIVE_INFINITY,
    fresh: canary.status?.phase === "Progressing",
    preRolloutPassed: false,
    told: new Set(),
    scope: scopeOf(canary),
    memo: createMemo(),
  }
}

/** How long until the interval is over and checks may be made again. Counts by the interval as it is today. */
export function dueInMs({ lastMs }: Memory, canary: Canary, nowMs: number): number {
  const interval = intervalMs(canary.spec?.analysis ?? {})
  // A clock that was set back must not make anybody wait for it.
  return nowMs < lastMs ? 0 : Math.max(0, lastMs + interval - nowMs)
}

/** Forgets what belonged to another phase or revision. */
export function remembered(memory: Memory, canary: Canary): Memory {
  const scope = scopeOf(canary)
  if (scope === memory.scope) return memory
  return { ...memory, fresh: true, preRolloutPassed: false, told: new Set(), scope }
}
