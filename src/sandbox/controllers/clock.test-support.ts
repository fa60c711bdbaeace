import type { Clock } from "../contract.ts"

/** Time that passes only when it is told to. */
export interface TestClock extends Clock {
  /** Lets everything happen that is due by then, in its order. */
  pass(ms: number): Promise<void>
  /** What happens at the moment takes so long. */
  waste(ms: number): void
}

export function testClock(start = Date.parse("2026-01-01T00:00:00Z")): TestClock {
  let now = start
  let made = 0
  const plans = new Map<number, { at: number; act: () => void }>()
  const due = (until: number) =>
    [...plans].filter(([, { at }]) => at <= until).toSorted(([one, a], [other, b]) => a.at - b.at || one - other)[0]
  return {
    now: () => now,
    after(ms, act) {
      const id = made++
      plans.set(id, { at: now + Math.max(0, ms), act })
      return () => void plans.delete(id)
    },
    waste: (ms) => void (now += ms),
    async pass(ms) {
      const until = now + ms
      await Promise.resolve()
      for (let next = due(until); next; next = due(until)) {
        const [id, { at, act }] = next
        plans.delete(id)
        now = Math.max(now, at)
        act()
        await Promise.resolve()
      }
      now = Math.max(now, until)
    },
  }
}
