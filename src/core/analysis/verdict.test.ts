import { describe, expect, it } from "vitest"
import type { Canary, Metric } from "#api/canary.ts"
import type { Check, Measurement } from "./checks.ts"
import { verdictOf } from "./verdict.ts"

const canary = {
  apiVersion: "flagger.app/v1beta1",
  kind: "Canary",
  metadata: { name: "shop", namespace: "prod" },
  spec: {
    targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "shop-app" },
    service: { port: 80 },
    analysis: {},
  },
} as Canary

const names = { successRate: "request-success-rate", duration: "request-duration" } as const

const judge = (form: Check["form"], metric: Partial<Metric>, measurement: Measurement | number) =>
  verdictOf(
    { form, metric: { name: form in names ? names[form as keyof typeof names] : "404s", ...metric } },
    typeof measurement === "number" ? { kind: "value", value: measurement } : measurement,
    canary,
    "gatewayapi:v1",
  )

const verdict = (form: Check["form"], metric: Partial<Metric>, value: number) => judge(form, metric, value).verdict
const text = (form: Check["form"], metric: Partial<Metric>, measurement: Measurement | number) =>
  judge(form, metric, measurement).why?.text

describe("a range", () => {
  it.each(["successRate", "duration", "inline", "template"] as const)("of %s includes its bounds", (form) => {
    const thresholdRange = { min: 10, max: 20 }
    expect([9, 10, 15, 20, 21].map((value) => verdict(form, { thresholdRange }, value))).toEqual([
      "fail",
      "pass",
      "pass",
      "pass",
      "fail",
    ])
  })

  it.each(["successRate", "duration", "inline", "template"] as const)("of %s may have one bound only", (form) => {
    expect([-1e9, 1e9].map((value) => verdict(form, { thresholdRange: { max: 0 } }, value))).toEqual(["pass", "fail"])
    expect([-1e9, 1e9].map((value) => verdict(form, { thresholdRange: { min: 0 } }, value))).toEqual(["fail", "pass"])
  })

  it.each(["successRate", "duration", "inline", "template"] as const)(
    "of %s without bounds lets everything pass and makes the threshold irrelevant",
    (form) => {
      const verdicts = [-1, 0, 1e9].map((value) => verdict(form, { thresholdRange: {}, threshold: 50 }, value))
      expect(verdicts).toEqual(["pass", "pass", "pass"])
    },
  )
})

describe("the deprecated threshold", () => {
  it("is a minimum for the success rate", () => {
    expect([98.9, 99, 100].map((value) => verdict("successRate", { threshold: 99 }, value))).toEqual([
      "fail",
      "pass",
      "pass",
    ])
  })

  it.each(["duration", "inline", "template"] as const)("is a maximum for %s", (form) => {
    expect([499, 500, 501].map((value) => verdict(form, { threshold: 500 }, value))).toEqual(["pass", "pass", "fail"])
  })
})

describe("a check without any bound", () => {
  it("accepts every success rate", () => expect(verdict("successRate", {}, 0)).toBe("pass"))
  it("only measures the duration", () => {
    expect(judge("duration", {}, 1515)).toMatchObject({ verdict: "pass", gauge: { value: 1.515 } })
  })
  it.each(["inline", "template"] as const)("fails for any %s result above zero", (form) => {
    expect([-1, 0, 0.01].map((value) => verdict(form, {}, value))).toEqual(["pass", "pass", "fail"])
  })
})

describe("durations", () => {
  it("are compared in whole milliseconds, bounds included", () => {
    expect(verdict("duration", { thresholdRange: { max: 500 } }, 500.9)).toBe("pass")
    expect(verdict("duration", { thresholdRange: { max: 500.9 } }, 501)).toBe("fail")
    expect(text("duration", { thresholdRange: { max: 0.5 } }, 1.7)).toBe(
      "Halt shop.prod advancement request duration 1ms > 0s",
    )
  })

  it("without end are too long", () => {
    expect(text("duration", { threshold: 500 }, Infinity)).toBe(
      "Halt shop.prod advancement request duration +Inf > 500ms",
    )
  })
})

describe("the event", () => {
  it.each([
    ["successRate", { thresholdRange: { min: 99 } }, 98.689, "success rate 98.69% < 99%"],
    ["successRate", { threshold: 99.5 }, 98.689, "success rate 98.69% < 99.5%"],
    ["successRate", { thresholdRange: { max: 50 } }, 99.9, "success rate 99.90% > 50%"],
    ["duration", { thresholdRange: { max: 500 } }, 1515, "request duration 1.515s > 500ms"],
    ["duration", { threshold: 500 }, 61_000, "request duration 1m1s > 500ms"],
    ["duration", { thresholdRange: { min: 10 } }, 3, "request duration 3ms < 10ms"],
    ["inline", { thresholdRange: { max: 3 } }, 7.22, "404s 7.22 > 3"],
    ["inline", { thresholdRange: { min: 1e6 } }, 5, "404s 5.00 < 1e+06"],
    ["template", { threshold: 0.00001 }, 1, "404s 1.00 > 1e-05"],
    ["template", { thresholdRange: { min: 1 } }, -2.005, "404s -2.00 < 1"],
    ["template", {}, Infinity, "404s +Inf > 0"],
  ] as const)("of a bad %s says by how much", (form, metric, value, told) => {
    const result = judge(form, metric, value)
    expect(result.why).toEqual({ text: `Halt shop.prod advancement ${told}`, failure: false })
  })

  const noTraffic = (metric: string) =>
    `Halt advancement no values found for gatewayapi:v1 metric ${metric} probably shop-app.prod is not receiving traffic`
  it.each([
    ["successRate", `${noTraffic("request-success-rate")}: running query failed: no values found`],
    ["duration", noTraffic("request-duration")],
    ["inline", "Halt advancement no values found for metric: 404s"],
    ["template", "Halt advancement no values found for custom metric: 404s: running query failed: no values found"],
  ] as const)("of %s without values", (form, told) => {
    const why = "running query failed: no values found"
    expect(judge(form, {}, { kind: "noValues", why })).toEqual({
      verdict: "inconclusive",
      why: { text: told, failure: false },
    })
  })

  it.each([
    ["successRate", "Prometheus query failed: no route"],
    ["duration", "Prometheus query failed: no route"],
    ["inline", "Prometheus query failed for 404s: no route"],
    ["template", "Metric query failed for 404s: no route"],
  ] as const)("of %s whose backend failed is a failure", (form, told) => {
    expect(judge(form, {}, { kind: "error", why: "no route" })).toEqual({
      verdict: "error",
      why: { text: told, failure: true },
    })
  })

  it("repeats what kept the query from being asked", () => {
    const why = "Metric template errors.prod error: not found"
    expect(text("template", {}, { kind: "error", why, whole: true })).toBe(why)
  })

  it("says of an entry that asks nothing what is missing", () => {
    expect(judge("nothing", {}, 0)).toEqual({
      verdict: "error",
      why: { text: "Metric query failed for no usable metrics template and query were configured", failure: true },
    })
  })
})

describe("the own metric", () => {
  it("shows every value under the name of the check, whatever becomes of it", () => {
    expect(judge("template", { threshold: 1 }, 5).gauge).toEqual({ metric: "404s", value: 5 })
    expect(judge("successRate", {}, 99.5).gauge).toEqual({ metric: "request-success-rate", value: 99.5 })
  })
  it("shows durations in seconds", () => {
    expect(judge("duration", { threshold: 1 }, 250.7).gauge).toEqual({ metric: "request-duration", value: 0.25 })
  })
  it("shows nothing without a value", () => {
    expect(judge("template", {}, { kind: "noValues", why: "" }).gauge).toBeUndefined()
    expect(judge("template", {}, { kind: "error", why: "" }).gauge).toBeUndefined()
  })
})

it("a verdict tells what was judged and what it had to be", () => {
  expect(judge("successRate", { threshold: 99 }, 98)).toMatchObject({ value: 98, threshold: { min: 99 } })
  expect(judge("duration", { thresholdRange: { min: 1.9, max: 500.5 } }, 7.5)).toMatchObject({
    value: 7,
    threshold: { min: 1, max: 500 },
  })
})
