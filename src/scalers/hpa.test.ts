import { describe, expect, it } from "vitest"
import type { Canary, CanarySpec } from "#api/canary.ts"
import type { KubeObject } from "#api/objects.ts"
import { differs, merged } from "#kube/apply.ts"
import { hpa } from "./hpa.ts"
import { scalerFor } from "./registry.ts"

type AutoscalerRef = NonNullable<CanarySpec["autoscalerRef"]>
const canaryWith = (autoscaler?: Partial<AutoscalerRef>): Canary => ({
  apiVersion: "flagger.app/v1beta1",
  kind: "Canary",
  metadata: { name: "app", namespace: "test", uid: "c-1" },
  spec: {
    targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "app" },
    service: { port: 80 },
    analysis: { interval: "10s", threshold: 2, stepWeight: 30 },
    ...(autoscaler && {
      autoscalerRef: { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", name: "app-hpa", ...autoscaler },
    }),
  },
})
const canary = canaryWith({})
const cpu = (averageUtilization: number) => ({
  type: "Resource",
  resource: { name: "cpu", target: { type: "Utilization", averageUtilization } },
})
const source = (spec: object = {}, metadata: object = {}): KubeObject => ({
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: { name: "app-hpa", namespace: "test", ...metadata },
  spec: {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "app" },
    minReplicas: 2,
    maxReplicas: 4,
    metrics: [cpu(80)],
    ...spec,
  },
})
const created = (of: Canary, from: KubeObject): KubeObject => hpa.primary(of, from, undefined).object
const updated = (live: KubeObject, from: KubeObject): KubeObject => merged(live, hpa.primary(canary, from, live))

describe("the primary's HorizontalPodAutoscaler", () => {
  it("scales the primary as the source scales the target, within bounds of its own", () => {
    const bounded = canaryWith({ primaryScalerReplicas: { minReplicas: 3, maxReplicas: 6 } })
    expect(created(bounded, source())).toEqual({
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: {
        name: "app-hpa-primary",
        namespace: "test",
        labels: {},
        ownerReferences: [
          {
            apiVersion: "flagger.app/v1beta1",
            kind: "Canary",
            name: "app",
            uid: "c-1",
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "app-primary" },
        minReplicas: 3,
        maxReplicas: 6,
        metrics: [cpu(80)],
      },
    })
  })
  it("takes bounds that are not overridden, and the behavior, from the source", () => {
    const behavior = { scaleDown: { stabilizationWindowSeconds: 5 } }
    const { spec } = created(canaryWith({ primaryScalerReplicas: { maxReplicas: 9 } }), source({ behavior }))
    expect(spec).toMatchObject({ minReplicas: 2, maxReplicas: 9, behavior })
  })
  it("carries the source's labels, except Flux's, and none of its annotations", () => {
    const labels = { team: "shop", "kustomize.toolkit.fluxcd.io/name": "apps" }
    const { metadata } = created(canary, source({}, { labels, annotations: { note: "hi" } }))
    expect(metadata.labels).toEqual({ team: "shop" })
    expect(metadata).not.toHaveProperty("annotations")
  })
  it("follows the source, and loses what the source lost", () => {
    const live = created(canary, source({ behavior: { scaleDown: {} } }))
    const { spec } = updated(live, source({ minReplicas: 3, maxReplicas: 8, metrics: [cpu(50)] }))
    expect(spec).toEqual({ ...live.spec, minReplicas: 3, maxReplicas: 8, metrics: [cpu(50)], behavior: undefined })
    expect(spec).not.toHaveProperty("behavior")
  })
  it("is left alone when only annotations of the source differ [fix 23]", () => {
    const live = created(canary, source())
    const annotated = source({}, { annotations: { note: "hi" } })
    expect(differs(live, hpa.primary(canary, annotated, live))).toBe(false)
  })
  it("keeps labels and annotations that others added", () => {
    const live = created(canary, source())
    const touched = { ...live, metadata: { ...live.metadata, labels: { mine: "1" }, annotations: { mine: "1" } } }
    const { metadata } = updated(touched, source({}, { labels: { team: "shop" } }))
    expect(metadata.labels).toEqual({ mine: "1", team: "shop" })
    expect(metadata.annotations).toEqual({ mine: "1" })
  })
  it("takes a minimum that nobody gave for one", () => {
    const live = { ...created(canary, source({ minReplicas: undefined })) }
    const stored = { ...live, spec: { ...live.spec, minReplicas: 1 } }
    expect(differs(stored, hpa.primary(canary, source({ minReplicas: undefined }), stored))).toBe(false)
    expect(differs(stored, hpa.primary(canary, source(), stored))).toBe(true)
  })
})

describe("the source HorizontalPodAutoscaler", () => {
  it("is found by autoscalerRef, in the newest API version", () => {
    const ref = { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", namespace: "test" }
    const old = canaryWith({ apiVersion: "autoscaling/v1" })
    expect(hpa.ref(old)).toEqual({ ...ref, name: "app-hpa" })
    expect(hpa.primaryRef(old)).toEqual({ ...ref, name: "app-hpa-primary" })
  })
  it("is never changed, since it idles while the target has no replicas", () => {
    expect(hpa.paused(source())).toBeUndefined()
    expect(hpa.resumed(source())).toBeUndefined()
  })
  it("says with how many replicas to start", () => {
    expect(hpa.minimumReplicas(source())).toBe(2)
    expect(hpa.minimumReplicas(source({ minReplicas: undefined }))).toBe(1)
  })
})

describe("the autoscaler of a canary", () => {
  it("is the one it names, or none", () => {
    expect(scalerFor(canary)).toBe(hpa)
    expect(scalerFor(canaryWith())).toBeUndefined()
  })
  it("is refused when its kind is not known, with the kinds that are", () => {
    expect(() => scalerFor(canaryWith({ apiVersion: "autoscaling.k8s.io/v1", kind: "Other" as never }))).toThrow(
      /^autoscalerRef autoscaling.k8s.io\/v1\/Other is not supported, the kinds that exist are: .*HorizontalPodAutoscaler/,
    )
  })
})
