import { describe, expect, it } from "vitest"
import { plain, type ReleaseView, screen } from "./screen.ts"

const release = (change: Partial<ReleaseView> = {}): ReleaseView => ({
  name: "shop.demo",
  phase: "Progressing",
  weights: { primary: 80, canary: 20 },
  versions: { primary: "1.0.0", canary: "2.0.0" },
  failedChecks: 0,
  threshold: 5,
  ...change,
})
const lineOf = (change: Partial<ReleaseView>, columns = 120) =>
  screen([release(change)], [], { paint: { ...plain, canary: (text) => text.replaceAll("█", "▒") }, columns })[0]!

describe("the line of a release", () => {
  it("shows how much of the traffic the new version has", () => {
    expect(lineOf({})).toBe(`shop.demo  Progressing       ${"█".repeat(24)}${"▒".repeat(6)}  1.0.0 80 %  2.0.0 20 %`)
  })
  it("names one version while there is no other", () => {
    const change = { weights: { primary: 100, canary: 0 }, versions: { primary: "2.0.0", canary: "2.0.0" } }
    expect(lineOf(change)).toMatch(/█ {2}2\.0\.0 100 %$/)
  })
  it("tells failed checks", () => expect(lineOf({ failedChecks: 2 })).toMatch(/ {2}failed checks 2 of 5$/))
  it.each([60, 80, 100, 200])("fits into %d columns", (columns) => {
    expect(lineOf({}, columns).length).toBeLessThan(Math.max(columns, 68))
  })
})

it("a version is shown with what clients got from it", () => {
  const version = { version: "2.0.0", requestsPerSecond: 12.4, successPercent: 98.76, p99Ms: 41.6 }
  expect(screen([], [version], { paint: plain, columns: 80 })).toEqual([
    "  2.0.0      12 requests/s  98.8 % successful  99 % within 42 ms",
  ])
})
