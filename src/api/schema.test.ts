import { describe, expect, it } from "vitest"
import { canarySchema } from "./canary.ts"
import { fractionsIn, integer, list, map, number, object, wholeNumber } from "./schema.ts"

describe("numbers that must be whole", () => {
  it("are found wherever they stand [fix 15]", () => {
    const schema = object({
      top: wholeNumber(),
      steps: list(wholeNumber()),
      byName: map(object({ weight: wholeNumber() })),
    })
    expect(
      fractionsIn(schema, { top: 1.5, steps: [10, 20.5], byName: { a: { weight: 1 }, b: { weight: 0.1 } } }),
    ).toEqual(["top: 1.5", "steps[1]: 20.5", "byName.b.weight: 0.1"])
  })

  it("are no matter for numbers that may have fractions", () => {
    expect(fractionsIn(object({ max: number(), count: integer() }), { max: 99.5, count: 1 })).toEqual([])
  })

  it.each([undefined, null, "text", 1.5, []])("are not looked for in %j where an object belongs", (value) => {
    expect(fractionsIn(object({ top: wholeNumber() }), value)).toEqual([])
  })

  it("are named with their path in a canary", () => {
    const spec = {
      targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      service: { port: 80.5 },
      analysis: {
        interval: "1m",
        threshold: 1,
        stepWeights: [1.5, 2],
        metrics: [{ name: "latency", thresholdRange: { max: 0.5 } }],
        webhooks: [{ name: "load", url: "http://load", retries: 2.5 }],
      },
    }
    expect(fractionsIn(canarySchema, { spec })).toEqual([
      "spec.service.port: 80.5",
      "spec.analysis.stepWeights[0]: 1.5",
      "spec.analysis.webhooks[0].retries: 2.5",
    ])
  })
})
