import { describe, expect, it } from "vitest"
import { exposition } from "./exposition.ts"
import { createMetrics } from "./metrics.ts"

const pod = { namespace: "demo", pod: "shop-7d4-abc" }
const answer = { ...pod, method: "GET", status: 200, durationMs: 30 }

function started() {
  let now = 1_000_000_000
  const metrics = createMetrics(() => now)
  return { metrics, pass: (ms: number) => void (now += ms) }
}

describe("what the gateway counts", () => {
  it("is a histogram of seconds per pod, method and status", () => {
    const { metrics } = started()
    for (const durationMs of [0.5, 1, 30, 30, 20_000]) metrics.answered({ ...answer, durationMs })
    metrics.answered({ ...answer, status: 503 })
    const labels = { kubernetes_namespace: "demo", kubernetes_pod_name: "shop-7d4-abc", method: "GET", status: "200" }
    const own = metrics.samples().filter((sample) => sample.labels["status"] === "200")
    const bucket = (le: string) => own.find((sample) => sample.labels["le"] === le)?.value
    expect(["0.001", "0.02", "0.05", "10", "+Inf"].map(bucket)).toEqual([2, 2, 4, 4, 5])
    expect(own.filter((sample) => !("le" in sample.labels))).toEqual([
      { name: "http_request_duration_seconds_sum", labels, value: expect.closeTo(20.0615) },
      { name: "http_request_duration_seconds_count", labels, value: 5 },
    ])
    expect(own[0]?.labels).toEqual({ ...labels, le: "0.001" })
  })

  it("keeps the very labels of a series, so that readers may go by them", () => {
    const { metrics } = started()
    metrics.answered(answer)
    const first = metrics.samples()
    metrics.answered(answer)
    for (const [index, { labels }] of metrics.samples().entries()) expect(labels).toBe(first[index]?.labels)
  })

  it("is forgotten when nobody has added to it for long", () => {
    const { metrics, pass } = started()
    metrics.answered(answer)
    metrics.served({ route: "demo/shop", backend: "demo/shop", status: 200 })
    pass(14 * 60_000)
    metrics.answered({ ...answer, pod: "young" })
    pass(2 * 60_000)
    const pods = metrics.samples().map(({ labels }) => labels["kubernetes_pod_name"])
    expect(new Set(pods)).toEqual(new Set(["young"]))
  })

  it("can be read by Prometheus", () => {
    const { metrics } = started()
    expect(exposition(metrics.samples())).toBe("")
    metrics.served({ route: "demo/shop", backend: 'a"b\\c', status: 200 })
    metrics.served({ route: "demo/shop", backend: 'a"b\\c', status: 200 })
    metrics.retried(pod, "connect")
    expect(exposition(metrics.samples())).toBe(
      [
        "# HELP gateway_requests_total Requests that clients got an answer to.",
        "# TYPE gateway_requests_total counter",
        'gateway_requests_total{route="demo/shop",backend="a\\"b\\\\c",status="200"} 2',
        "# HELP gateway_retries_total Requests that a pod did not take and that were sent again.",
        "# TYPE gateway_retries_total counter",
        'gateway_retries_total{kubernetes_namespace="demo",kubernetes_pod_name="shop-7d4-abc",reason="connect"} 1',
        "",
      ].join("\n"),
    )
  })
})

describe("requests per second of a pod", () => {
  it("are those of the last ten whole seconds", () => {
    const { metrics, pass } = started()
    const rate = () => metrics.requestsPerSecond("demo/shop-7d4-abc")
    expect(rate()).toBe(0)
    for (let second = 0; second < 30; second++) {
      for (let request = 0; request < 5; request++) metrics.answered(answer)
      if (second === 4) expect(rate()).toBe(5)
      pass(1000)
    }
    expect(rate()).toBe(5)
    pass(5000)
    expect(rate()).toBe(2.5)
    pass(60_000)
    expect(rate()).toBe(0)
    expect(metrics.requestsPerSecond("demo/other")).toBe(0)
  })

  it("count a young pod by its own age", () => {
    const { metrics, pass } = started()
    for (let request = 0; request < 8; request++) metrics.answered(answer)
    pass(1000)
    expect(metrics.requestsPerSecond("demo/shop-7d4-abc")).toBe(8)
    pass(1000)
    expect(metrics.requestsPerSecond("demo/shop-7d4-abc")).toBe(4)
  })
})
