import { expect, it } from "vitest"
import { createUsage } from "./usage.ts"

it("tells the mean since it was last asked, and since its start the first time", () => {
  let nowMs = 10_000
  const ticks = new Map([[7, 500]])
  const usage = createUsage({ now: () => nowMs, after: () => () => {} }, () => new Map(ticks))
  const group = { pid: 7, startMs: 0 }
  expect(usage([group])).toEqual({ cpuMillicores: 500 })
  nowMs += 15_000
  ticks.set(7, 500 + 300)
  expect(usage([group])).toEqual({ cpuMillicores: 200 })
  nowMs += 15_000
  ticks.set(7, 500 + 300 + 1500)
  ticks.set(8, 200)
  expect(usage([group, { pid: 8, startMs: nowMs - 4000 }])).toEqual({ cpuMillicores: 1000 + 500 })
})

it("knows nothing where the system does not tell", () => {
  const usage = createUsage({ now: () => 0, after: () => () => {} }, () => undefined)
  expect(usage([{ pid: 7, startMs: 0 }])).toBeUndefined()
})
