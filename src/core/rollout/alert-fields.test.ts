import { describe, expect, it } from "vitest"
import type { Analysis, Canary } from "#api/canary.ts"
import { alertFields, alertFor } from "./alert-fields.ts"

const canaryWith = (analysis: Partial<Analysis>, spec: Partial<Canary["spec"]> = {}): Canary => ({
  apiVersion: "flagger.app/v1beta1",
  kind: "Canary",
  metadata: { name: "podinfo", namespace: "test", uid: "u-1" },
  spec: {
    targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "app" },
    analysis: { interval: "1m", ...analysis },
    ...spec,
  },
})

const routingOf = (analysis: Partial<Analysis>) =>
  alertFields(canaryWith(analysis), "", true).find(({ name }) => name === "Traffic routing")?.value

describe("the fields of an alert", () => {
  it("start with the cluster, where it has a name", () => {
    expect(alertFields(canaryWith({}), "c1", false)).toEqual([{ name: "Cluster", value: "c1" }])
    expect(alertFields(canaryWith({}), "", false)).toEqual([])
  })

  it("tell on demand what is released and how", () => {
    const canary = canaryWith({ threshold: 2, stepWeight: 30, maxWeight: 60 }, { progressDeadlineSeconds: 60 })
    expect(alertFields(canary, "rig", true)).toEqual([
      { name: "Cluster", value: "rig" },
      { name: "Target", value: "Deployment/app.test" },
      { name: "Failed checks threshold", value: "2" },
      { name: "Progress deadline", value: "60s" },
      { name: "Traffic routing", value: "Weight step: 30 max: 60" },
    ])
  })

  it("show the values in force where none are given", () => {
    expect(alertFields(canaryWith({}), "", true)).toEqual([
      { name: "Target", value: "Deployment/app.test" },
      { name: "Failed checks threshold", value: "1" },
      { name: "Progress deadline", value: "600s" },
    ])
  })

  it.each([
    [{ iterations: 5, match: [{ headers: {} }] }, "A/B Testing"],
    [{ iterations: 5 }, "Blue/Green"],
    [{ stepWeight: 10 }, "Weight step: 10 max: 0"],
    [{ stepWeights: [1, 2, 10, 80], maxWeight: 80 }, "Weight steps: 1,2,10,80 max: 80"],
    [{ stepWeights: [1, 2] }, "Weight steps: 1,2 max: 0"],
    [{}, undefined],
  ])("describe %o as %s", (analysis, routing) => {
    expect(routingOf(analysis)).toBe(routing)
  })
})

it("an alert carries all that notifiers may want to show", () => {
  const about = { cluster: "c1", timeMs: 7, phase: "Failed", revision: "4cb74184589" }
  const text = { kind: "threshold", severity: "error", text: "Failed checks threshold reached 5" } as const
  expect(alertFor(canaryWith({}), text, about)).toEqual({
    ...text,
    ...about,
    canary: "podinfo",
    namespace: "test",
    uid: "u-1",
    target: "Deployment/app",
    fields: [{ name: "Cluster", value: "c1" }],
  })
  expect(alertFor(canaryWith({}), { ...text, metadata: true }, about).fields).toHaveLength(4)
})
