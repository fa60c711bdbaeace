import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { createRateLimit, type RateLimit } from "./rate-limit.ts"

const forever = new AbortController().signal

/** Takes turns one after the other and notes who got one. */
function takers(limit: RateLimit) {
  const served: string[] = []
  return {
    served,
    take: (name: string, signal = forever) => limit.take(signal).then(() => void served.push(name)),
  }
}

describe("the client's rate limit", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it("lets a burst through at once and then one every 1/qps seconds", async () => {
    const limit = createRateLimit({ qps: 10, burst: 3 })
    expect([1, 2, 3, 4].map(() => limit.tryTake())).toEqual([true, true, true, false])
    await vi.advanceTimersByTimeAsync(100)
    expect([1, 2].map(() => limit.tryTake())).toEqual([true, false])
  })

  it("never saves up more than a burst", async () => {
    const limit = createRateLimit({ qps: 10, burst: 2 })
    await vi.advanceTimersByTimeAsync(60_000)
    expect([1, 2, 3].map(() => limit.tryTake())).toEqual([true, true, false])
  })

  it("serves in the order of asking, and nobody overtakes those who wait", async () => {
    const limit = createRateLimit({ qps: 10, burst: 1 })
    const { served, take } = takers(limit)
    expect(limit.tryTake()).toBe(true)
    for (const name of ["a", "b", "c"]) void take(name)
    await vi.advanceTimersByTimeAsync(101)
    expect(served).toEqual(["a"])
    expect(limit.tryTake()).toBe(false)
    await vi.advanceTimersByTimeAsync(202)
    expect(served).toEqual(["a", "b", "c"])
  })

  it("gives the turn of one who stopped waiting to the next", async () => {
    const limit = createRateLimit({ qps: 10, burst: 1 })
    const { served, take } = takers(limit)
    limit.tryTake()
    const impatient = new AbortController()
    const left = take("impatient", impatient.signal)
    void take("patient")
    impatient.abort(new Error("enough"))
    await expect(left).rejects.toThrow("enough")
    await vi.advanceTimersByTimeAsync(101)
    expect(served).toEqual(["patient"])
  })

  it("leaves no timer behind when everybody stopped waiting", async () => {
    const limit = createRateLimit({ qps: 10, burst: 1 })
    limit.tryTake()
    const impatient = new AbortController()
    const left = limit.take(impatient.signal)
    impatient.abort(new Error("enough"))
    await expect(left).rejects.toThrow("enough")
    expect(vi.getTimerCount()).toBe(0)
  })

  it("does not limit at all with a rate of zero", () => {
    const limit = createRateLimit({ qps: 0, burst: 1 })
    expect(Array.from({ length: 100 }, () => limit.tryTake()).every(Boolean)).toBe(true)
  })
})
