import type { Routes } from "./contract.ts"

/** Two shares of any size in whole percent; undefined when neither is a share. Ours add up to 100 already. */
export function splitOf(primary: unknown, canary: unknown): Routes | undefined {
  const [ours, theirs] = [shareOf(primary), shareOf(canary)]
  if (ours + theirs === 0) return undefined
  const percent = Math.round((100 * theirs) / (ours + theirs))
  return { primary: 100 - percent, canary: percent, mirrored: false }
}

/** Text is read too: some APIs write a share as a quantity. */
function shareOf(value: unknown): number {
  const share = typeof value === "string" || typeof value === "number" ? Number(value) : 0
  return Number.isInteger(share) && share > 0 ? share : 0
}
