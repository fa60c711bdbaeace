import { describe, expect, it } from "vitest"
import { testClock } from "../controllers/clock.test-support.ts"
import type { Verdict } from "./probe-attempt.ts"
import { keepProbing } from "./probing.ts"

const failure: Verdict = { says: "failure", text: "no" }
const success: Verdict = { says: "success" }

/** Probes for so many seconds; tells when it was tried, and what it said when. */
async function probed(seconds: number, probe: object, verdictAt: (second: number) => Verdict, eager = false) {
  const clock = testClock(0)
  const stop = new AbortController()
  const tried: number[] = []
  const said: [number, boolean][] = []
  const troubles: number[] = []
  const second = () => clock.now() / 1000
  const probing = keepProbing({
    probe,
    clock,
    eager,
    signal: stop.signal,
    attempt: () => Promise.resolve((tried.push(second()), verdictAt(second()))),
    onResult: (passes) => said.push([second(), passes]),
    onTrouble: () => troubles.push(second()),
  })
  for (let step = 0; step < seconds * 20; step++) {
    await clock.pass(50)
    for (let turn = 0; turn < 5; turn++) await Promise.resolve()
  }
  stop.abort()
  await probing
  return { tried, said, troubles }
}

describe("a probe", () => {
  it("is tried every period after its delay", async () => {
    const { tried } = await probed(35, { initialDelaySeconds: 5, periodSeconds: 10 }, () => success)
    expect(tried).toEqual([15, 25, 35])
  })

  it("fails only after enough failures in a row", async () => {
    const { said, troubles } = await probed(8, { periodSeconds: 1 }, (second) => (second === 3 ? success : failure))
    expect(said).toEqual([
      [3, true],
      [6, false],
      [7, false],
      [8, false],
    ])
    expect(troubles).toEqual([1, 2, 4, 5, 6, 7, 8])
  })

  it("passes again only after enough successes in a row", async () => {
    const probe = { periodSeconds: 1, failureThreshold: 1, successThreshold: 2 }
    const { said } = await probed(5, probe, (second) => (second === 2 ? failure : success))
    expect(said).toEqual([
      [2, false],
      [4, true],
      [5, true],
    ])
  })

  it("that errs says nothing about the container", async () => {
    const { said, troubles } = await probed(5, { periodSeconds: 1 }, () => ({ says: "error", text: "cannot try" }))
    expect(said).toEqual([])
    expect(troubles).toHaveLength(5)
  })

  it("that is eager is tried before, quietly, until it passes", async () => {
    const { said, tried, troubles } = await probed(
      20,
      { periodSeconds: 10 },
      (second) => (second > 0.3 ? success : failure),
      true,
    )
    expect(said[0]![0]).toBeLessThan(1)
    expect(said[0]![1]).toBe(true)
    expect(tried.at(-1)! - tried.at(-2)!).toBeCloseTo(10, 0)
    expect(troubles).toEqual([])
  })

  it("that is eager in vain fails no sooner than another one", async () => {
    const { said } = await probed(35, { periodSeconds: 10 }, () => failure, true)
    expect(said).toHaveLength(1)
    expect(said[0]![0]).toBeCloseTo(30, 0)
  })
})
