const STRATA = 100

/**
 * Choices by weight, as positions in the list; -1 when nothing has a weight. Of each hundred choices every hundredth part
 * of the whole is drawn once, in random order: whole percentages are met exactly, and no client meets a rhythm.
 */
export function stratified(weights: readonly number[], random: () => number = Math.random): () => number {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  if (total === 0) return () => -1
  const only = weights.findIndex((weight) => weight === total)
  if (only >= 0) return () => only
  let sum = 0
  const bounds = weights.map((weight) => ((sum += weight) * STRATA) / total)
  const last = weights.findLastIndex((weight) => weight > 0)
  const strata = Uint8Array.from({ length: STRATA }, (_, stratum) => stratum)
  let drawn = STRATA

  return () => {
    if (drawn === STRATA) drawn = 0
    const other = drawn + Math.floor(random() * (STRATA - drawn))
    const stratum = strata[other]!
    strata[other] = strata[drawn]!
    strata[drawn++] = stratum
    const point = stratum + random()
    const choice = bounds.findIndex((bound) => point < bound)
    return choice < 0 ? last : choice
  }
}

/** The one with the least to do; among equals they take turns, beginning at `turn`. */
export function leastBusy<T>(
  candidates: readonly T[],
  turn: number,
  busyness: (candidate: T) => number,
): T | undefined {
  let best: T | undefined
  let least = Infinity
  for (let step = 0; step < candidates.length; step++) {
    const candidate = candidates[(turn + step) % candidates.length]!
    const load = busyness(candidate)
    if (load < least) {
      least = load
      best = candidate
    }
  }
  return best
}
