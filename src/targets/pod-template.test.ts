import type { PodSpec } from "kubernetes-types/core/v1.js"
import type { LabelSelector } from "kubernetes-types/meta/v1.js"
import { describe, expect, it } from "vitest"
import { deploymentWith } from "./examples/objects.test-support.ts"
import { primaryTemplate, samePodTemplates, spreadAsPrimary } from "./pod-template.ts"

const labels = ["app", "name"]
const containers = [{ name: "web", image: "shop/web:1" }]
const topologyKey = "zone"

const places: [string, (labelSelector?: LabelSelector) => Partial<PodSpec>][] = [
  [
    "a topology spread constraint",
    (labelSelector) => ({
      topologySpreadConstraints: [{ maxSkew: 1, topologyKey, whenUnsatisfiable: "DoNotSchedule", labelSelector }],
    }),
  ],
  [
    "a required anti-affinity",
    (labelSelector) => ({
      affinity: {
        podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey, labelSelector }] },
      },
    }),
  ],
  [
    "a preferred anti-affinity",
    (labelSelector) => ({
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 1, podAffinityTerm: { topologyKey, labelSelector } },
          ],
        },
      },
    }),
  ],
]

describe.each(places)("%s of the primary", (_name, at) => {
  const rewritten = (selector?: LabelSelector) => spreadAsPrimary({ containers, ...at(selector) }, "podinfo", labels)
  const as = (selector?: LabelSelector) => ({ containers, ...at(selector) })
  const values = (...values: string[]): LabelSelector => ({
    matchExpressions: [{ key: "app", operator: "In", values }],
  })

  it("selects the primary's pods by label", () => {
    expect(rewritten({ matchLabels: { app: "podinfo" } })).toEqual(as({ matchLabels: { app: "podinfo-primary" } }))
  })
  it("selects the primary's pods by expression, of whose values only the first is renamed", () => {
    expect(rewritten(values("other", "podinfo", "podinfo"))).toEqual(as(values("other", "podinfo-primary", "podinfo")))
  })
  it("keeps labels that do not tell workloads apart, and other workloads", () => {
    const others: LabelSelector = {
      matchLabels: { tier: "podinfo", name: "podinfo-2" },
      matchExpressions: [
        { key: "tier", operator: "In", values: ["podinfo"] },
        { key: "app", operator: "Exists" },
      ],
    }
    expect(rewritten(others)).toEqual(as(others))
  })
  it("stays as it is without a selector", () => {
    expect(rewritten()).toEqual(as())
    expect(rewritten({})).toEqual(as({}))
  })
})

describe("affinity of the primary", () => {
  it("still seeks the pods that the target seeks", () => {
    const term = { topologyKey, labelSelector: { matchLabels: { app: "podinfo" } } }
    const affinity = {
      podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] },
      podAntiAffinity: {},
    }
    expect(spreadAsPrimary({ containers, affinity }, "podinfo", labels)).toEqual({ containers, affinity })
  })
})

describe("pods of the primary", () => {
  const target = deploymentWith()
  target.spec.template.metadata = {
    creationTimestamp: null,
    labels: { app: "podinfo", tier: "web", "helm.toolkit.fluxcd.io/name": "podinfo" },
    annotations: { a: "1", "helm.toolkit.fluxcd.io/driftDetection": "disabled", "flagger-id": "the target's" },
  }
  const selector = { label: "app", value: "podinfo-primary" }
  const template = primaryTemplate({ target, configs: [], id: "1" }, selector)

  it("carry the target's labels and annotations, except Flux's", () => {
    expect(template.metadata).toEqual({
      labels: { app: "podinfo-primary", tier: "web" },
      annotations: { a: "1", "flagger-id": "1" },
    })
  })
  it("are marked even when the target's have no metadata", () => {
    const bare = deploymentWith()
    delete bare.spec.template.metadata
    expect(primaryTemplate({ target: bare, configs: [], id: "1" }, selector).metadata).toEqual({
      labels: { app: "podinfo-primary" },
      annotations: { "flagger-id": "1" },
    })
  })
  it("are the same whenever they were promoted, and others with another annotation", () => {
    const again = primaryTemplate({ target, configs: [], id: "2" }, selector)
    expect(samePodTemplates(template, again)).toBe(true)
    const restarted = { ...template, metadata: { ...template.metadata, annotations: { "flagger-id": "1", a: "2" } } }
    expect(samePodTemplates(template, restarted)).toBe(false)
  })
})
