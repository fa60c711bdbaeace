import type { Canary, CanarySpec } from "#api/canary.ts"
import type { KubeObject } from "#api/objects.ts"
import type { TargetSettings } from "../contract.ts"

/** A valid canary of the Deployment below; a test says only what matters to it. */
export const canaryWith = (spec: Partial<CanarySpec> = {}): Canary => ({
  apiVersion: "flagger.app/v1beta1",
  kind: "Canary",
  metadata: { name: "podinfo", namespace: "test", uid: "c-1" },
  spec: {
    targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "podinfo" },
    service: { port: 80, targetPort: 9898 },
    analysis: { interval: "1m", threshold: 5, stepWeight: 10 },
    ...spec,
  },
})

export const deploymentWith = (spec: object = {}, pod: object = {}): KubeObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "podinfo", namespace: "test", generation: 1, labels: { app: "podinfo", team: "shop" } },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "podinfo" } },
    template: {
      metadata: { labels: { app: "podinfo" } },
      spec: { containers: [{ name: "web", image: "shop/web:1.0.0" }], ...pod },
    },
    ...spec,
  },
})

export const settings: TargetSettings = {
  selectorLabels: ["app", "name", "app.kubernetes.io/name"],
  includeLabelPrefixes: [],
}
