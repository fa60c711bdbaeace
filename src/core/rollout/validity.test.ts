import { describe, expect, it } from "vitest"
import type { Canary, CanarySpec } from "#api/canary.ts"
import { invalidity } from "./validity.ts"

const spec: CanarySpec = {
  targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
  service: { port: 80 },
  analysis: { interval: "10s", threshold: 2, stepWeight: 20 },
}
const knative = { apiVersion: "serving.knative.dev/v1", kind: "Service", name: "web" } as const
const problem = (change: object, noCrossNamespaceRefs = false): string | undefined =>
  invalidity({ metadata: { name: "web", namespace: "shop" }, spec: { ...spec, ...change } } as unknown as Canary, {
    noCrossNamespaceRefs,
  })
const analysis = (change: object) => ({ analysis: { ...spec.analysis, ...change } })

it("a usual canary is valid", () => expect(problem({}, true)).toBeUndefined())

describe("a canary is told what to change when", () => {
  it.each([
    ["it has no target", { targetRef: undefined }, "spec.targetRef and spec.analysis are required"],
    ["it has no analysis", { analysis: undefined }, "spec.targetRef and spec.analysis are required"],
    [
      "it has fractions, all of which are named [fix 15]",
      { ...analysis({ stepWeight: 2.5, iterations: 1.5 }) },
      "whole numbers are needed, not fractions: spec.analysis.iterations: 1.5, spec.analysis.stepWeight: 2.5",
    ],
    [
      "its Knative target has another provider",
      { targetRef: knative, provider: "istio" },
      "can't use istio provider with Knative Service as target",
    ],
    [
      "its Knative target relies on the default provider",
      { targetRef: knative },
      "can't use  provider with Knative Service as target",
    ],
    [
      "its provider is knative and its target is not",
      { provider: "knative" },
      "can't use apps/v1/Deployment as target if provider is set to knative",
    ],
    [
      "its Knative target is to be scaled",
      { targetRef: knative, provider: "knative", autoscalerRef: { apiVersion: "v1", kind: "x", name: "y" } },
      "can't use autoscaler with Knative Service",
    ],
    [
      "its session cookies have one name",
      analysis({ sessionAffinity: { cookieName: "a", primaryCookieName: "a" } }),
      "can't use the same cookie name for both primary and cookie name; please update them to be different",
    ],
    [
      "it has no service",
      { service: undefined },
      "spec.service is missing: its port is needed to create the Services of Deployment web",
    ],
  ])("%s", (_, change, text) => expect(problem(change)).toBe(text))
  it("lets a Knative Service do without a service", () => {
    expect(problem({ targetRef: knative, provider: "knative", service: undefined })).toBeUndefined()
  })
})

describe("references to other namespaces", () => {
  const elsewhere = { name: "it", namespace: "elsewhere" }
  const references = [
    ["gloo upstream", (ref: object) => ({ upstreamRef: ref })],
    ["metric template", (ref: object) => analysis({ metrics: [{ name: "m", templateRef: ref }] })],
    ["alert provider", (ref: object) => analysis({ alerts: [{ name: "a", providerRef: ref }] })],
  ] as const
  it.each(references)("to a %s are refused where they are forbidden", (what, referring) => {
    expect(problem(referring(elsewhere), true)).toBe(
      `can't access ${what} it.elsewhere, cross-namespace references are blocked`,
    )
    expect(problem(referring(elsewhere))).toBeUndefined()
  })
  it.each(references)("to a %s may name the canary's own, or none", (_, referring) => {
    expect(problem(referring({ name: "it", namespace: "shop" }), true)).toBeUndefined()
    expect(problem(referring({ name: "it" }), true)).toBeUndefined()
  })
})
