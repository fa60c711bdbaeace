/** When requests are due, in milliseconds since the start; the first one is at once. */
export interface Schedule {
  dueMs(request: number): number
  /** How many are due by then. */
  dueBy(elapsedMs: number): number
}

export function steady(ratePerSecond: number): Schedule {
  if (!(ratePerSecond > 0)) throw new RangeError(`a rate is more than zero requests per second, not ${ratePerSecond}`)
  const apartMs = 1000 / ratePerSecond
  const dueMs = (request: number) => request * apartMs
  return {
    dueMs,
    dueBy(elapsedMs) {
      if (elapsedMs < 0) return 0
      const count = Math.floor(elapsedMs / apartMs) + 1
      // Rounding may have hidden one that is due at this very moment.
      return dueMs(count) <= elapsedMs ? count + 1 : count
    },
  }
}
