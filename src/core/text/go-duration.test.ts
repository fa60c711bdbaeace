import { expect, it } from "vitest"
import { goDuration } from "./go-duration.ts"

it.each([
  [0, "0s"],
  [1, "1ms"],
  [999, "999ms"],
  [1000, "1s"],
  [1515, "1.515s"],
  [60_000, "1m0s"],
  [61_000, "1m1s"],
  [3_600_000, "1h0m0s"],
  [3_661_001, "1h1m1.001s"],
  [36_000_000, "10h0m0s"],
  [-1500, "-1.5s"],
  [0.5, "500µs"],
  [1.25, "1.25ms"],
  [0.000001, "1ns"],
  [Infinity, "+Inf"],
])("%d ms is written %s", (ms, text) => expect(goDuration(ms)).toBe(text))
