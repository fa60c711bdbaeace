import { describe, expect, it } from "vitest"
import type { Canary, Metric } from "#api/canary.ts"
import { checksOf } from "./checks.ts"

const forms = (metrics: Metric[] | undefined) =>
  checksOf({ spec: { analysis: { metrics } } } as unknown as Canary).map(
    ({ metric, form }) => `${metric.name}: ${form}`,
  )

describe("the checks of a canary", () => {
  it("come in the order of the list, those with a template after all others", () => {
    expect(
      forms([
        { name: "errors", templateRef: { name: "errors" } },
        { name: "request-duration" },
        { name: "own", query: "up" },
        { name: "request-success-rate" },
        { name: "latency", templateRef: { name: "latency" } },
      ]),
    ).toEqual([
      "request-duration: duration",
      "own: inline",
      "request-success-rate: successRate",
      "errors: template",
      "latency: template",
    ])
  })
  it("are several for an entry that asks several things", () => {
    expect(forms([{ name: "request-success-rate", query: "up", templateRef: { name: "t" } }])).toEqual([
      "request-success-rate: successRate",
      "request-success-rate: inline",
      "request-success-rate: template",
    ])
  })
  it("include the complaint about an entry that asks nothing", () => {
    expect(forms([{ name: "mystery" }])).toEqual(["mystery: nothing"])
  })
  it("are none without metrics", () => expect([forms([]), forms(undefined)]).toEqual([[], []]))
})
