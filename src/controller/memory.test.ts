import { describe, expect, it } from "vitest"
import type { Canary, CanaryStatus } from "#api/canary.ts"
import { canary } from "#test/cluster/objects.ts"
import { dueInMs, firstMemory, remembered } from "./memory.ts"

const NOW = Date.UTC(2026, 0, 1)
const at = (secondsAgo: number) => `${new Date(NOW - secondsAgo * 1000).toISOString().slice(0, 19)}Z`
const withStatus = (status: CanaryStatus): Canary =>
  ({ ...canary("app", { analysis: { interval: "30s" } }), status }) as unknown as Canary

describe("the first memory of a canary", () => {
  it.each(["Progressing", "WaitingPromotion", "Promoting", "Finalising"] as const)(
    "in %s goes on with the interval that had begun",
    (phase) => {
      const memory = firstMemory(withStatus({ phase, lastTransitionTime: at(10) }), NOW)
      expect(dueInMs(memory, withStatus({ phase }), NOW)).toBe(20_000)
    },
  )
  it.each(["Initializing", "Initialized", "Waiting", "Succeeded", "Failed"] as const)(
    "in %s is due at once, so that gates are asked and obstacles told",
    (phase) => {
      const memory = firstMemory(withStatus({ phase, lastTransitionTime: at(10) }), NOW)
      expect(dueInMs(memory, withStatus({ phase }), NOW)).toBe(0)
    },
  )
  it("is due at once when nobody says when the interval began", () => {
    const seen = withStatus({ phase: "Progressing" })
    expect(dueInMs(firstMemory(seen, NOW), seen, NOW)).toBe(0)
  })
  it("does not know whether the pre-rollout hooks have passed", () => {
    expect(firstMemory(withStatus({ phase: "Progressing" }), NOW).preRolloutPassed).toBe(false)
  })
})

describe("what is remembered", () => {
  const before = { phase: "Progressing", lastAppliedSpec: "r1", trackedConfigs: { "configmap/a": "1" } } as const
  const experienced = () => {
    const memory = firstMemory(withStatus(before), NOW)
    memory.told.add("once")
    return { ...memory, fresh: false, preRolloutPassed: true, lastMs: NOW - 25_000 }
  }

  it("stays while weight and counters move", () => {
    const memory = experienced()
    expect(remembered(memory, withStatus({ ...before, canaryWeight: 30, failedChecks: 1 }))).toBe(memory)
  })
  it.each([
    ["phase", { phase: "Promoting" }],
    ["revision", { lastAppliedSpec: "r2" }],
    ["config", { trackedConfigs: { "configmap/a": "2" } }],
  ] as const)("belongs to a %s: another one is news again", (_, change) => {
    const memory = remembered(experienced(), withStatus({ ...before, ...change }))
    expect(memory).toMatchObject({ fresh: true, preRolloutPassed: false })
    expect(memory.told.size).toBe(0)
  })
  it("of the clock goes on, so that a new phase does not come due early", () => {
    const promoting = withStatus({ ...before, phase: "Promoting" })
    expect(dueInMs(remembered(experienced(), promoting), promoting, NOW)).toBe(5000)
  })
})

describe("the clock of a canary", () => {
  const seen = (interval: string) =>
    ({ ...canary("app", { analysis: { interval } }), status: { phase: "Progressing" } }) as unknown as Canary

  it("counts by the interval as it is today, not as it was when the interval began", () => {
    const memory = { ...firstMemory(seen("1h"), NOW), lastMs: NOW - 15_000 }
    expect(dueInMs(memory, seen("1h"), NOW)).toBe(3_585_000)
    expect(dueInMs(memory, seen("20s"), NOW)).toBe(5000)
  })
  it("makes nobody wait for a wall clock that was set back", () => {
    const memory = { ...firstMemory(seen("10s"), NOW), lastMs: NOW }
    expect(dueInMs(memory, seen("10s"), NOW - 6 * 3_600_000)).toBe(0)
  })
  it("makes nobody wait for a status time that lies in the future", () => {
    const ahead = { ...seen("10s"), status: { phase: "Progressing", lastTransitionTime: at(-3600) } } as Canary
    expect(dueInMs(firstMemory(ahead, NOW), ahead, NOW)).toBe(10_000)
  })
})
