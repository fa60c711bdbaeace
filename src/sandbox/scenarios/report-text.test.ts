import { expect, it } from "vitest"
import { reportText, verdict } from "./report-text.ts"
import { scenarios } from "./registry.ts"
import type { Report } from "./scenario.ts"

const totals = (version: string, requests: number, failed: number, insiders = 0) => ({
  version,
  requests,
  failed,
  insiders,
  firstMs: 1500,
  lastMs: 9000,
  firstFailureMs: failed > 0 ? 2500 : undefined,
})
const report = (change: Partial<Report> = {}): Report => ({
  phase: "Failed",
  beganMs: 1000,
  endedMs: 31_000,
  weights: [0, 20, 0],
  versions: { before: "1.0.0", after: "2.0.0" },
  totals: [totals("1.0.0", 900, 0), totals("2.0.0", 300, 60)],
  duringTest: [],
  afterwards: [totals("1.0.0", 100, 0)],
  mirrored: 0,
  phases: ["Progressing", "Failed"],
  events: [
    { atMs: 5000, text: "Halt shop.demo advancement success rate 80.00% < 99%", isWarning: true },
    { atMs: 6000, text: "Halt shop.demo advancement success rate 80.00% < 99%", isWarning: true },
    { atMs: 6500, text: "Advance shop.demo canary weight 20", isWarning: false },
  ],
  ...change,
})
const scenario = (name: string) => scenarios.get(name)!

it("a report tells what was seen, when, and by how many, each thing once", () => {
  expect(reportText(scenario("bad"), report())).toBe(`bad: version 2.0.0 was rolled back
  first answer after    0.5 s
  first bad answer      1.5 s
  decided after         30.0 s
  traffic on it         0 %, 20 %, 0 %
  version 1.0.0         900 requests, 0 failed
  version 2.0.0         300 requests, 60 failed
  seen                  Halt shop.demo advancement success rate 80.00% < 99%
  as told
`)
})

const promoted = { phase: "Succeeded", totals: [totals("2.0.0", 10, 0)], afterwards: [totals("2.0.0", 10, 0)] }
it.each<[string, Partial<Report>, string[]]>([
  ["bad", {}, []],
  ["bad", { phase: "Succeeded" }, ["it ended Succeeded instead of Failed"]],
  ["bad", { afterwards: [totals("2.0.0", 1, 0)] }, ["somebody still meets 2.0.0"]],
  ["slow", { afterwards: [totals("1.0.0", 5, 1)] }, ["requests still fail"]],
  ["good", promoted, []],
  ["good", { ...promoted, totals: [totals("2.0.0", 10, 1)] }, ["some requests failed"]],
  ["good", { ...promoted, afterwards: [totals("1.0.0", 1, 0)] }, ["somebody still meets the old version"]],
  ["ab", { ...promoted, duringTest: [totals("2.0.0", 5, 0, 5)] }, []],
  [
    "ab",
    { ...promoted, duringTest: [totals("2.0.0", 5, 0, 4)] },
    ["others than insiders met the new version before it was promoted"],
  ],
  ["ab", promoted, ["no insider met the new version during the test"]],
  ["bluegreen", { ...promoted, weights: [0, 100, 0] }, []],
  ["bluegreen", { ...promoted, weights: [0, 20, 100] }, ["traffic was split"]],
  ["mirror", { ...promoted, mirrored: 5 }, []],
  ["mirror", promoted, ["the new version got no copies of requests"]],
  [
    "mirror",
    { ...promoted, mirrored: 5, duringTest: [totals("2.0.0", 1, 0)] },
    ["somebody met the new version while it was tested"],
  ],
  ["gates", { ...promoted, phases: ["Waiting", "Progressing", "WaitingPromotion", "Succeeded"] }, []],
  ["gates", { ...promoted, phases: ["Progressing"] }, ["it was never Waiting", "it was never WaitingPromotion"]],
])("%s %#: what is not as told is said", (name, change, wrong) => {
  expect(verdict(scenario(name), report(change))).toEqual(wrong)
})
