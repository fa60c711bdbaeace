import { describe, expect, it } from "vitest"
import { parseSchedule } from "./schedule.ts"

const next = (schedule: string, after: string, zone?: string) => {
  const ms = parseSchedule(schedule, zone).nextAfter(Date.parse(after))
  return ms === undefined ? undefined : new Date(ms).toISOString().slice(0, 16)
}

describe("the next time of a schedule", () => {
  it.each([
    ["* * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:01"],
    ["* * * * *", "2026-01-01T00:00:59Z", "2026-01-01T00:01"],
    ["*/15 * * * *", "2026-01-01T00:46:00Z", "2026-01-01T01:00"],
    ["5/20 * * * *", "2026-01-01T00:26:00Z", "2026-01-01T00:45"],
    ["0 9-17/4 * * *", "2026-01-01T10:00:00Z", "2026-01-01T13:00"],
    ["30 2 * * MON-FRI", "2026-01-02T03:00:00Z", "2026-01-05T02:30"],
    ["0 0 29 feb *", "2026-01-01T00:00:00Z", "2028-02-29T00:00"],
    ["0 0 13 * 5", "2026-01-01T00:00:00Z", "2026-01-02T00:00"],
    ["0 0 1,15 * *", "2026-01-02T00:00:00Z", "2026-01-15T00:00"],
    ["@every 1h30m", "2026-01-01T00:10:30Z", "2026-01-01T01:40"],
    ["@monthly", "2026-01-02T00:00:00Z", "2026-02-01T00:00"],
    ["0 0 31 2 *", "2026-01-01T00:00:00Z", undefined],
  ])("%s after %s", (schedule, after, want) => {
    expect(next(schedule, after)).toBe(want)
  })

  it("is that of the time zone, in summer and in winter", () => {
    expect(next("0 9 * * *", "2026-01-01T00:00:00Z", "Europe/Berlin")).toBe("2026-01-01T08:00")
    expect(next("0 9 * * *", "2026-07-01T00:00:00Z", "Europe/Berlin")).toBe("2026-07-01T07:00")
  })
})

it.each(["* * * *", "60 * * * *", "* 24 * * *", "a * * * *", "5-2 * * * *", "*/0 * * * *", "* * 0 * *"])(
  "refuses %s",
  (text) => {
    expect(() => parseSchedule(text)).toThrow()
  },
)
