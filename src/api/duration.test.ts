import { expect, it } from "vitest"
import { parseDurationMs } from "./duration.ts"

it.each([
  ["1m", 60_000],
  ["30s", 30_000],
  ["1h30m", 5_400_000],
  ["5m30s", 330_000],
  ["10ms", 10],
  ["1.5s", 1500],
  [".5s", 500],
  ["1.s", 1000],
  ["250us", 0.25],
  ["250µs", 0.25],
  ["250μs", 0.25],
  ["1000ns", 0.001],
  ["0", 0],
  ["0s", 0],
  ["-1m", -60_000],
  ["+1m", 60_000],
])("%s is read", (text, ms) => expect(parseDurationMs(text)).toBeCloseTo(ms, 9))

it.each(["", "10", "1min", "1d", "m", "+", "-", ".s", "1m ", " 1m", "1 m", "1e3s", "1m30", "00"])(
  "%j is no duration",
  (text) => expect(parseDurationMs(text)).toBeUndefined(),
)
