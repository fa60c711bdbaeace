import { expect, it } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import { podTargets } from "./pod-targets.ts"

const annotations = { "prometheus.io/scrape": "true", "prometheus.io/port": "9797" }

const pod = (rest: { metadata?: object; spec?: object; status?: object } = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "app-1", namespace: "test", labels: { app: "app" }, annotations, ...rest.metadata },
  spec: { containers: [{ name: "app", ports: [{ containerPort: 8080 }] }], ...rest.spec },
  status: { phase: "Running", podIP: "127.0.0.3", ...rest.status },
})

it("a running pod with the annotations is asked where they say, and carries its names", () => {
  expect(podTargets([pod()])).toEqual([
    {
      url: "http://127.0.0.3:9797/metrics",
      labels: {
        job: "kubernetes-pods",
        instance: "127.0.0.3:9797",
        kubernetes_namespace: "test",
        kubernetes_pod_name: "app-1",
        app: "app",
      },
    },
  ])
})

it.each([
  [{ ...annotations, "prometheus.io/path": "/stats/prometheus" }, "http://127.0.0.3:9797/stats/prometheus"],
  [{ ...annotations, "prometheus.io/path": "stats" }, "http://127.0.0.3:9797/stats"],
  [{ "prometheus.io/scrape": "true" }, "http://127.0.0.3:8080/metrics"],
])("with the annotations %j it is asked at %s", (given, url) => {
  expect(podTargets([pod({ metadata: { annotations: given } })])[0]!.url).toBe(url)
})

it.each([
  ["says no", { metadata: { annotations: { ...annotations, "prometheus.io/scrape": "false" } } }],
  ["says nothing", { metadata: { annotations: undefined } }],
  ["has no address yet", { status: { podIP: undefined } }],
  ["has ended", { status: { phase: "Succeeded" } }],
])("a pod that %s is left alone", (_, rest) => {
  expect(podTargets([pod(rest)])).toEqual([])
})
