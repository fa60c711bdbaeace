/** How many per second, over the last whole seconds. */
export interface Rate {
  add(nowMs: number): void
  perSecond(nowMs: number): number
}

const WINDOW_SECONDS = 10

export function createRate(): Rate {
  // One more than the window, for the second that is not over.
  const counts = Array.from({ length: WINDOW_SECONDS + 1 }, () => 0)
  const seconds = Array.from({ length: WINDOW_SECONDS + 1 }, () => -1)
  let first = -1

  return {
    add(nowMs) {
      const second = Math.floor(nowMs / 1000)
      if (first < 0) first = second
      const place = second % counts.length
      if (seconds[place] !== second) counts[place] = 0
      seconds[place] = second
      counts[place]!++
    },
    perSecond(nowMs) {
      if (first < 0) return 0
      const second = Math.floor(nowMs / 1000)
      const sum = counts.reduce((total, count, place) => {
        const age = second - seconds[place]!
        return age >= 1 && age <= WINDOW_SECONDS ? total + count : total
      }, 0)
      return sum / Math.max(1, Math.min(WINDOW_SECONDS, second - first))
    },
  }
}
