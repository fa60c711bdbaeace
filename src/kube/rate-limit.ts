export interface RateLimit {
  /** Takes a turn at once when one is free and nobody waits. */
  tryTake(): boolean
  /** Waits for a turn, in the order of asking. Rejects with the signal's reason when it is aborted. */
  take(signal: AbortSignal): Promise<void>
}

/** Token bucket: `burst` turns at once, refilled at `qps` per second. A `qps` of 0 or less does not limit. */
export function createRateLimit(
  { qps, burst }: { qps: number; burst: number },
  now: () => number = () => performance.now(),
): RateLimit {
  const size = Math.max(1, burst)
  const waiting = new Set<() => void>()
  let turns = size
  let filledAt = now()
  let timer: NodeJS.Timeout | undefined

  function refill(): void {
    const at = now()
    turns = Math.min(size, turns + ((at - filledAt) / 1000) * qps)
    filledAt = at
  }

  function serve(): void {
    timer = undefined
    refill()
    for (const proceed of waiting) {
      if (turns < 1) break
      turns--
      waiting.delete(proceed)
      proceed()
    }
    if (waiting.size > 0) timer = setTimeout(serve, Math.ceil(((1 - turns) / qps) * 1000))
  }

  return {
    tryTake() {
      if (qps <= 0) return true
      if (waiting.size > 0) return false
      refill()
      if (turns < 1) return false
      turns--
      return true
    },
    take: (signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason)
        const proceed = () => {
          signal.removeEventListener("abort", giveUp)
          resolve()
        }
        const giveUp = () => {
          waiting.delete(proceed)
          reject(signal.reason)
          if (waiting.size === 0) {
            clearTimeout(timer)
            timer = undefined
          }
        }
        signal.addEventListener("abort", giveUp, { once: true })
        waiting.add(proceed)
        if (!timer) serve()
      }),
  }
}

/**
 * One limit for each family of kinds, as the original has one per client: what is told in events delays no status, and
 * neither delays the routes.
 */
export function createRateLimits(options: { qps: number; burst: number }): (path: string) => RateLimit {
  const limits = new Map<string, RateLimit>()
  return (path) => {
    const family = familyOf(path)
    const limit = limits.get(family) ?? createRateLimit(options)
    limits.set(family, limit)
    return limit
  }
}

function familyOf(path: string): string {
  if (/\/events(\/|$)/.test(path)) return "events"
  if (path.startsWith("/apis/flagger.app/")) return "flagger"
  if (path.startsWith("/api/") || /^\/apis\/(apps|autoscaling|networking\.k8s\.io)\//.test(path)) return "workloads"
  return "others"
}
