import { describe, expect, it } from "vitest"
import type { Canary } from "#api/canary.ts"
import { createOwnMetrics } from "./own-metrics.ts"

const about = { version: "1.2.3", meshProvider: "istio" }
const canary = (over: { status?: Canary["status"]; target?: string } = {}): Canary => ({
  apiVersion: "flagger.app/v1beta1",
  kind: "Canary",
  metadata: { name: "shop", namespace: "prod" },
  spec: {
    targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: over.target ?? "web" },
    service: { port: 80 },
    analysis: { interval: "10s", threshold: 5, stepWeight: 10 },
  },
  status: over.status,
})
const linesOf = async (metrics: ReturnType<typeof createOwnMetrics>, start: string) =>
  (await metrics.text()).split("\n").filter((line) => line.startsWith(start))

describe("own metrics", () => {
  it("have the original's names, types and help texts", async () => {
    const text = await createOwnMetrics(about).text()
    const described = (name: string, type: string, help: string) =>
      expect(text).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`)
    described("flagger_info", "gauge", "Flagger version and mesh provider information")
    described("flagger_canary_total", "gauge", "Total number of canary object")
    described("flagger_canary_status", "gauge", "Last canary analysis result")
    described("flagger_canary_weight", "gauge", "The virtual service destination weight current value")
    described("flagger_canary_metric_analysis", "gauge", "Last canary analysis result per metric")
    described("flagger_canary_duration_seconds", "histogram", "Seconds spent performing canary analysis.")
    described("flagger_canary_successes_total", "counter", "Total number of canary successes")
    described("flagger_canary_failures_total", "counter", "Total number of canary failures")
    expect(text).toContain('flagger_info{version="1.2.3",mesh_provider="istio"} 1')
  })

  it("name the series after the target, and the weights after the two workloads", async () => {
    const metrics = createOwnMetrics(about)
    metrics.weights(canary(), { primary: 90, canary: 10 })
    metrics.measured(canary(), "request-duration", 0.25)
    metrics.finished(canary(), { result: "succeeded", analysis: "skipped" })
    metrics.finished(canary(), { result: "failed", analysis: "completed" })
    expect(await linesOf(metrics, "flagger_canary_")).toEqual([
      'flagger_canary_weight{workload="web-primary",namespace="prod"} 90',
      'flagger_canary_weight{workload="web",namespace="prod"} 10',
      'flagger_canary_metric_analysis{name="web",namespace="prod",metric="request-duration"} 0.25',
      'flagger_canary_successes_total{name="web",namespace="prod",deployment_strategy="canary",analysis_status="skipped"} 1',
      'flagger_canary_failures_total{name="web",namespace="prod",deployment_strategy="canary",analysis_status="completed"} 1',
    ])
  })

  it.each([
    ["Progressing", 0],
    ["Failed", 2],
    ["Succeeded", 1],
    ["Waiting", 1],
    ["Finalising", 1],
  ] as const)("show the phase %s as %i", async (phase, value) => {
    const metrics = createOwnMetrics(about)
    metrics.phase(canary(), phase)
    expect(await linesOf(metrics, "flagger_canary_status{")).toEqual([
      `flagger_canary_status{name="web",namespace="prod"} ${value}`,
    ])
  })

  it("count the seconds of a check in the original's buckets", async () => {
    const metrics = createOwnMetrics(about)
    metrics.analysed(canary(), 0.3)
    const buckets = await linesOf(metrics, "flagger_canary_duration_seconds_bucket")
    expect(buckets.map((line) => /le="([^"]+)"/.exec(line)?.[1])).toEqual([
      "0.005",
      "0.01",
      "0.025",
      "0.05",
      "0.1",
      "0.25",
      "0.5",
      "1",
      "2.5",
      "5",
      "10",
      "+Inf",
    ])
    expect(buckets.map((line) => line.endsWith(" 1"))).toEqual([...Array(6).fill(false), ...Array(6).fill(true)])
  })

  it("show an idle canary's weights from the first sight on, without a run [fix 35]", async () => {
    const metrics = createOwnMetrics(about)
    metrics.seen(canary({ status: { phase: "Succeeded", canaryWeight: 0 } }))
    expect(await linesOf(metrics, "flagger_canary_weight{")).toEqual([
      'flagger_canary_weight{workload="web-primary",namespace="prod"} 100',
      'flagger_canary_weight{workload="web",namespace="prod"} 0',
    ])
  })

  it("do not go back to what the resource says once something newer was told", async () => {
    const metrics = createOwnMetrics(about)
    metrics.weights(canary(), { primary: 70, canary: 30 })
    metrics.seen(canary({ status: { phase: "Progressing", canaryWeight: 20 } }))
    expect(await linesOf(metrics, 'flagger_canary_weight{workload="web"')).toEqual([
      'flagger_canary_weight{workload="web",namespace="prod"} 30',
    ])
  })

  it("lose all series of a canary that goes [fix 35]", async () => {
    const metrics = createOwnMetrics(about)
    metrics.phase(canary(), "Failed")
    metrics.weights(canary(), { primary: 100, canary: 0 })
    metrics.measured(canary(), "error-rate", 1)
    metrics.analysed(canary(), 1)
    metrics.finished(canary(), { result: "failed", analysis: "completed" })
    metrics.forget({ namespace: "prod", name: "shop" })
    expect(await linesOf(metrics, "flagger_canary_")).toEqual([])
  })

  it("lose the former target's series when a canary points to another", async () => {
    const metrics = createOwnMetrics(about)
    metrics.phase(canary(), "Progressing")
    metrics.phase(canary({ target: "api" }), "Progressing")
    expect(await linesOf(metrics, "flagger_canary_status{")).toEqual([
      'flagger_canary_status{name="api",namespace="prod"} 0',
    ])
  })

  it("show no canaries in a namespace that has become empty [fix 35]", async () => {
    const metrics = createOwnMetrics(about)
    metrics.totals(
      new Map([
        ["prod", 2],
        ["test", 1],
      ]),
    )
    metrics.totals(new Map([["test", 1]]))
    expect(await linesOf(metrics, "flagger_canary_total{")).toEqual([
      'flagger_canary_total{namespace="prod"} 0',
      'flagger_canary_total{namespace="test"} 1',
    ])
  })

  it("tell of the operator itself: API requests, deliveries, caches and its process", async () => {
    const metrics = createOwnMetrics(about)
    metrics.apiRequest("PATCH", 200)
    metrics.deliveryFailed("alert")
    metrics.deliveryDropped("event")
    let objects = 12
    metrics.holding(() => [["Deployment", { objects, watches: 3 }]])
    await metrics.text()
    objects = 11
    const text = await metrics.text()
    expect(text).toContain('flagger_kubernetes_requests_total{verb="PATCH",code="200"} 1')
    expect(text).toContain('flagger_delivery_failures_total{type="alert"} 1')
    expect(text).toContain('flagger_deliveries_dropped_total{type="event"} 1')
    expect(text).toContain('flagger_cached_objects{kind="Deployment"} 11')
    expect(text).toContain('flagger_watches_total{kind="Deployment"} 3')
    expect(text).toMatch(/^process_cpu_seconds_total \d+(\.\d+)?$/m)
    expect(text).toMatch(/^process_resident_memory_bytes \d{7,}$/m)
  })
})
