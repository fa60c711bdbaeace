import { expect, it } from "vitest"
import { humanDuration, sinceText } from "./age.ts"

const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000]

it.each([
  [-1.9 * second, "0s"],
  [-2 * second, "<invalid>"],
  [0, "0s"],
  [999, "0s"],
  [119 * second, "119s"],
  [2 * minute, "2m"],
  [2 * minute + second, "2m1s"],
  [9 * minute + 59 * second, "9m59s"],
  [10 * minute + 30 * second, "10m"],
  [179 * minute, "179m"],
  [3 * hour, "3h"],
  [3 * hour + 5 * minute, "3h5m"],
  [8 * hour + 5 * minute, "8h"],
  [47 * hour, "47h"],
  [2 * day, "2d"],
  [2 * day + hour, "2d1h"],
  [8 * day + hour, "8d"],
  [729 * day, "729d"],
  [730 * day, "2y"],
  [731 * day, "2y1d"],
  [8 * 365 * day + day, "8y"],
])("%d ms are shown as %s", (ms, text) => {
  expect(humanDuration(ms)).toBe(text)
})

it("shows the age of a time, and that there is none", () => {
  expect(sinceText("2026-01-01T00:00:00Z", Date.parse("2026-01-01T00:00:05Z"))).toBe("5s")
  expect(sinceText(null, 0)).toBe("<unknown>")
})
