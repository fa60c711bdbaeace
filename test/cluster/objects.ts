import type { Analysis, CanarySpec } from "#api/canary.ts"
import type { KubeObject } from "#api/objects.ts"

/** What people deploy: two replicas of version 1.0.0. */
export function deployment(name = "app", spec: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, labels: { app: name } },
    spec: {
      replicas: 2,
      progressDeadlineSeconds: 60,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [{ name: "web", image: imageOf("1.0.0"), ports: [{ name: "http", containerPort: 9898 }] }],
        },
      },
      ...spec,
    },
  }
}

export const imageOf = (version: string): string => `shop/web:${version}`

type Changes = { [K in keyof CanarySpec]?: unknown } & { analysis?: { [K in keyof Analysis]?: unknown } }

/** A canary that moves traffic in two steps, 30 and 60 percent, and looks every ten seconds. */
export function canary(name = "app", { analysis, ...spec }: Changes = {}): KubeObject {
  return {
    apiVersion: "flagger.app/v1beta1",
    kind: "Canary",
    metadata: { name },
    spec: {
      provider: "istio",
      targetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
      progressDeadlineSeconds: 60,
      service: { port: 80, targetPort: 9898 },
      ...spec,
      analysis: {
        interval: "10s",
        threshold: 2,
        maxWeight: 60,
        stepWeight: 30,
        metrics: [
          { name: "request-success-rate", thresholdRange: { min: 99 }, interval: "1m" },
          { name: "request-duration", thresholdRange: { max: 500 }, interval: "30s" },
        ],
        ...analysis,
      },
    },
  }
}

/** Analysis of a fixed number of rounds instead of weights. */
export const rounds = (iterations: number): Changes["analysis"] => ({
  iterations,
  maxWeight: undefined,
  stepWeight: undefined,
})
