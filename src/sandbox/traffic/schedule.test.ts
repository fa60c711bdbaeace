import { expect, it } from "vitest"
import { steady } from "./schedule.ts"

it.each([1, 3, 7, 50, 333, 1000, 5000])("keeps a rate of %i per second, without drifting", (rate) => {
  const schedule = steady(rate)
  expect(schedule.dueMs(0)).toBe(0)
  expect(schedule.dueMs(rate * 3600)).toBeCloseTo(3_600_000, 3)
  expect(schedule.dueBy(999.999_999)).toBe(rate)
  expect(schedule.dueBy(1000)).toBe(rate + 1)
})

it("counts each request from the very moment it is due", () => {
  for (const rate of [3, 7, 60, 999]) {
    const { dueMs, dueBy } = steady(rate)
    const requests = Array.from({ length: 2000 }, (_, request) => request)
    expect(requests.filter((request) => dueBy(dueMs(request)) !== request + 1)).toEqual([])
    expect(requests.filter((request) => dueBy(dueMs(request) - 0.0001) !== request)).toEqual([])
  }
})

it.each([0, -1, NaN])("refuses a rate of %d", (rate) => {
  expect(() => steady(rate)).toThrow(`a rate is more than zero requests per second, not ${rate}`)
})
