import { expect, it } from "vitest"
import { createBackOff, usualBackOff } from "./back-off.ts"

it("waits longer each time, up to five minutes, and begins anew after a long run", () => {
  const next = createBackOff(usualBackOff)
  const seconds = Array.from({ length: 8 }, () => next(1000) / 1000)
  expect(seconds).toEqual([0, 10, 20, 40, 80, 160, 300, 300])
  expect(next(600_001)).toBe(0)
  expect(next(1000)).toBe(10_000)
})
