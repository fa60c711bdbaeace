import { describe, expect, it } from "vitest"
import { hookTimeoutMs } from "./timeout.ts"

describe("the time limit of a hook", () => {
  it.each([
    [undefined, 10_000],
    ["", 10_000],
    ["5", 10_000],
    ["5s", 5_000],
    ["10ms", 10],
    ["1m30s", 90_000],
    ["2h", 1_800_000],
    ["0s", 1_800_000],
  ])("%j is %i ms", (text, ms) => {
    expect(hookTimeoutMs(text)).toBe(ms)
  })

  it.each([
    ["10", 'time: missing unit in duration "10"'],
    ["1m30", 'time: missing unit in duration "1m30"'],
    ["1sec", 'time: unknown unit "sec" in duration "1sec"'],
    ["2m3x", 'time: unknown unit "x" in duration "2m3x"'],
    ["soon", 'time: invalid duration "soon"'],
    ["..s", 'time: invalid duration "..s"'],
    ["5m s", 'time: unknown unit "m s" in duration "5m s"'],
  ])("%j is told as Go does", (text, problem) => {
    expect(hookTimeoutMs(text)).toEqual({ problem })
  })
})
