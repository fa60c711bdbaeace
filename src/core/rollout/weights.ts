import type { Analysis } from "#api/canary.ts"
import type { Split } from "./step.ts"

const TOTAL = 100

/**
 * How much weight the next step adds. Zero means that the weight can never move.
 * A weight that is not in `stepWeights`, because the list was edited in mid-run, goes on with the next larger one.
 */
export function stepFrom(weight: number, analysis: Analysis): number {
  const weights = analysis.stepWeights ?? []
  if ((analysis.stepWeight ?? 0) > 0 || weights.length === 0) return analysis.stepWeight ?? 0
  const next = weights.map((listed) => Math.min(TOTAL, listed)).find((listed) => listed > weight)
  return (next ?? TOTAL) - weight || 1
}

export function advanced(split: Split, step: number): Split {
  const canary = Math.min(TOTAL, split.canary + step)
  return { primary: TOTAL - canary, canary, mirrored: false }
}

/** One step of moving traffic back to the promoted primary. */
export function withdrawn(split: Split, step: number): Split {
  const primary = Math.min(TOTAL, split.primary + step)
  return { primary, canary: TOTAL - primary, mirrored: false }
}
