import type { Canary } from "#api/canary.ts"
import { intervalMs } from "#api/release.ts"
import { createMemo, type Memo } from "./memo.ts"

/**
 * What is kept about a canary between two looks. All of it may be lost: a restart costs at most a repeated message or an
 * early look, never a decision.
 */
export interface Memory {
  /** When the interval is over and checks may be made again. */
  nextDueMs: number
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
    nextDueMs: goesOn ? last + intervalMs(canary.spec.analysis) : nowMs,
    fresh: canary.status?.phase === "Progressing",
    preRolloutPassed: false,
    told: new Set(),
    scope: scopeOf(canary),
    memo: createMemo(),
  }
}

/** Forgets what belonged to another phase or revision. */
export function remembered(memory: Memory, canary: Canary): Memory {
  const scope = scopeOf(canary)
  if (scope === memory.scope) return memory
  return { ...memory, fresh: true, preRolloutPassed: false, told: new Set(), scope }
}
