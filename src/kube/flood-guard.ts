export interface FloodGuard {
  /** False when there was too much about this within the minute. */
  allows(what: string): boolean
  /** Tells what was held back until here. */
  report(): void
}

const WINDOW_MS = 60_000

/** Lets `limit` things through per subject and minute. The rest is counted, and told when the minute is over. */
export function createFloodGuard(
  limit: number,
  now: () => number,
  tell: (what: string, heldBack: number) => void,
): FloodGuard {
  let counts = new Map<string, number>()
  let startedAt = now()

  function report(): void {
    for (const [what, count] of counts) if (count > limit) tell(what, count - limit)
    counts = new Map()
    startedAt = now()
  }
  return {
    allows(what) {
      if (now() - startedAt >= WINDOW_MS) report()
      const count = (counts.get(what) ?? 0) + 1
      counts.set(what, count)
      return count <= limit
    },
    report,
  }
}
