import { createServer, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest"
import type { Canary, CanarySpec, Metric } from "#api/canary.ts"
import type { MetricTemplate } from "#api/metric-template.ts"
import { type Check, checksOf } from "#core/analysis/checks.ts"
import { verdictOf } from "#core/analysis/verdict.ts"
import type { Http, HttpRequest } from "#net/contract.ts"
import { createHttp } from "#net/http.ts"
import { type Asking, measure, offlineReason } from "./ask.ts"
import { observerFor } from "./builtin/observer.ts"
import { prometheus } from "./providers/prometheus.ts"

const canaryOf = (metric: Metric, spec: Partial<CanarySpec> = {}): Canary => ({
  apiVersion: "flagger.app/v1beta1",
  kind: "Canary",
  metadata: { name: "shop", namespace: "prod" },
  spec: {
    targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "app" },
    analysis: { metrics: [metric] },
    ...spec,
  },
})

const templateOf = (query: string, provider: Partial<MetricTemplate["spec"]["provider"]> = {}): MetricTemplate => ({
  apiVersion: "flagger.app/v1beta1",
  kind: "MetricTemplate",
  metadata: { name: "errors", namespace: "monitoring" },
  spec: { provider: { type: "prometheus", address: "http://custom:9090", ...provider }, query },
})

interface Story {
  metric: Metric
  provider?: string
  spec?: Partial<CanarySpec>
  asking?: Partial<Asking>
}

function storyOf({ metric, provider = "istio", spec, asking }: Story) {
  const canary = canaryOf(metric, spec)
  const check = checksOf(canary)[0]!
  const observer = observerFor(provider, canary)
  return { canary, check, asking: { canary, observer, metricsServer: "http://prometheus:9090", ...asking } }
}

const vector = (...values: string[]) =>
  JSON.stringify({ data: { resultType: "vector", result: values.map((value) => ({ value: [1, value] })) } })

function answering(body: string | Error, status = 200): Http & { asked: HttpRequest[]; queries(): string[] } {
  const asked: HttpRequest[] = []
  return {
    asked,
    queries: () => asked.map(({ url }) => new URL(url).searchParams.get("query")!),
    async send(request) {
      asked.push(request)
      if (body instanceof Error) throw body
      return { status, statusText: "Oops", headers: {}, body, truncated: false }
    },
  }
}

const signal = new AbortController().signal

async function measured(story: Story, http = answering(vector("1"))) {
  const { check, asking } = storyOf(story)
  return { measurement: await measure(check, asking, http, signal), http }
}

/** What the canary's event says after asking a backend. */
async function told(story: Story, http: Http): Promise<string | undefined> {
  const { canary, check, asking } = storyOf(story)
  const measurement = await measure(check, asking, http, signal)
  return verdictOf(check, measurement, canary, asking.observer.name).why?.text
}

const successRate: Metric = { name: "request-success-rate", interval: "2m" }
const duration: Metric = { name: "request-duration", interval: "30s" }
const inline: Metric = { name: "404s", query: "rate(x[{{ interval }}])" }
const templated: Metric = { name: "errors", templateRef: { name: "errors", namespace: "monitoring" } }
const template = (query: string, provider?: Partial<MetricTemplate["spec"]["provider"]>) => ({
  template: { template: templateOf(query, provider), credentials: {} },
})

describe("what is asked", () => {
  it("is the mesh's query for a built-in check, of the metrics server", async () => {
    const { http } = await measured({ metric: successRate })
    expect(http.asked[0]!.url).toMatch(/^http:\/\/prometheus:9090\/api\/v1\/query\?/)
    expect(http.queries()[0]).toMatch(/^sum\( rate\( istio_requests_total\{.*destination_workload=~"app".*\[2m\]/)
  })

  it("is the inline query, filled in", async () => {
    const { http } = await measured({ metric: { ...inline, interval: "5m" } })
    expect(http.queries()).toEqual(["rate(x[5m])"])
  })

  it("is the template's query, filled in with everything the canary says", async () => {
    const query =
      "{{ name }} {{ namespace }} {{ target }} {{ service }} {{ ingress }} {{ route }} {{ interval }} {{ variables.a }}"
    const spec = {
      service: { name: "front", port: 80 },
      ingressRef: { apiVersion: "networking.k8s.io/v1", kind: "Ingress", name: "ing" },
      routeRef: { apiVersion: "apisix.apache.org/v2", kind: "ApisixRoute", name: "rou" },
    } as const
    const metric = { ...templated, interval: "3m", templateVariables: { a: 'x"y' } }
    const { http } = await measured({ metric, spec, asking: template(query) })
    expect(http.asked[0]!.url).toMatch(/^http:\/\/custom:9090\//)
    expect(http.queries()).toEqual(['shop prod app front ing rou 3m x"y'])
  })

  it("falls back to the target for every name that is not given", async () => {
    const asking = template("{{ service }} {{ ingress }} {{ route }}")
    expect((await measured({ metric: templated, asking })).http.queries()).toEqual(["app app app"])
  })

  it("names the latest revision of a Knative Service", async () => {
    const asking = { ...template("{{ route }}"), route: "app-00002" }
    expect((await measured({ metric: templated, asking })).http.queries()).toEqual(["app-00002"])
  })

  it.each([
    ["built-in", { metric: { name: "request-duration" } }],
    ["inline", { metric: inline }],
    ["template", { metric: templated, asking: template("rate(x[{{ interval }}])") }],
    [
      "template with an empty interval",
      { metric: { ...templated, interval: "" }, asking: template("rate(x[{{ interval }}])") },
    ],
  ] satisfies [string, Story][])("looks back one minute by default: %s [fix 34]", async (_, story) => {
    expect((await measured(story)).http.queries()[0]).toContain("[1m]")
  })

  it("repeats a window as it is written, even one that Go does not read", async () => {
    expect((await measured({ metric: { ...inline, interval: "1min" } })).http.queries()).toEqual(["rate(x[1min])"])
  })

  it("carries the Secret's data", async () => {
    const asking: Partial<Asking> = { template: { template: templateOf("up"), credentials: { token: "t" } } }
    const { http } = await measured({ metric: templated, asking })
    expect(http.asked[0]!.headers).toEqual({ Authorization: "Bearer t" })
  })
})

describe("a value", () => {
  it("of a success rate is a percentage", async () => {
    const { measurement } = await measured({ metric: successRate }, answering(vector("99.5")))
    expect(measurement).toEqual({ kind: "value", value: 99.5 })
  })

  it.each([
    ["istio", "250.7", 250.7],
    ["kubernetes", "0.2507", 250.7],
    ["gatewayapi:v1", "0.5", 500],
    ["nginx", "250.7", 250.7],
  ])("of a duration is in milliseconds, for %s", async (provider, text, value) => {
    const { measurement } = await measured({ metric: duration, provider }, answering(vector(text)))
    expect(measurement).toEqual({ kind: "value", value })
  })

  it("keeps the note about it", async () => {
    const { measurement } = await measured({ metric: duration, provider: "kubernetes" }, answering(vector("1", "2")))
    expect(measurement).toMatchObject({ value: 2000, note: expect.stringContaining("2 series") as string })
  })
})

describe("the event says", () => {
  const none = answering(vector())
  const broken = answering("down", 500)
  const noTraffic = "probably app.prod is not receiving traffic"

  it.each([
    [
      "istio",
      `Halt advancement no values found for istio metric request-success-rate ${noTraffic}: running query failed: no values found`,
    ],
    [
      "kubernetes",
      `Halt advancement no values found for kubernetes metric request-success-rate ${noTraffic}: no values found`,
    ],
  ])("that there is no traffic for the success rate of %s", async (provider, text) => {
    expect(await told({ metric: successRate, provider }, none)).toBe(text)
  })

  it("that there is no traffic for the duration, without a reason", async () => {
    const text = `Halt advancement no values found for kubernetes metric request-duration ${noTraffic}`
    expect(await told({ metric: duration, provider: "kubernetes" }, none)).toBe(text)
  })

  it("that there are no values otherwise", async () => {
    expect(await told({ metric: inline }, none)).toBe("Halt advancement no values found for metric: 404s")
    expect(await told({ metric: templated, asking: template("up") }, none)).toBe(
      "Halt advancement no values found for custom metric: errors: no values found",
    )
  })

  const response = "error response: Status 500 Oops: down"
  it.each([
    [{ metric: successRate }, `Prometheus query failed: running query failed: ${response}`],
    [{ metric: duration }, `Prometheus query failed: running query failed: ${response}`],
    [{ metric: successRate, provider: "kubernetes" }, `Prometheus query failed: ${response}`],
    [{ metric: duration, provider: "kubernetes" }, `Prometheus query failed: running query failed: ${response}`],
    [{ metric: inline }, `Prometheus query failed for 404s: ${response}`],
    [{ metric: templated, asking: template("up") }, `Metric query failed for errors: ${response}`],
  ] satisfies [Story, string][])("that the query failed: %j", async (story, text) => {
    expect(await told(story, broken)).toBe(text)
  })

  it.each([
    [
      { metric: { ...inline, query: "{{ nope }}" } },
      'Prometheus query failed for 404s: template parsing failed: template: tmpl:1: function "nope" not defined',
    ],
    [
      { metric: templated, asking: template("{{ variables.x }}") },
      'Metric template errors.monitoring query render error: template excution failed: template: tmpl:1:3: executing "tmpl" at <variables>: map has no entry for key "x"',
    ],
    [
      { metric: templated, asking: template("up", { address: "" }) },
      "Metric template errors.monitoring provider prometheus error: prometheus address  is not a valid URL",
    ],
    [
      { metric: templated, asking: { template: { problem: "Metric template errors.monitoring error: not found" } } },
      "Metric template errors.monitoring error: not found",
    ],
    [
      { metric: successRate, asking: { metricsServer: "nonsense" } },
      "Error building Prometheus client for nonsense prometheus address nonsense is not a valid URL",
    ],
    [
      { metric: inline, asking: { metricsServer: "http://u:secret@x:y" } },
      "Error building Prometheus client for http://***@x:y prometheus address http://***@x:y is not a valid URL",
    ],
    [{ metric: { name: "idle" } }, "Metric query failed for no usable metrics template and query were configured"],
  ] satisfies [Story, string][])("why nothing was asked: %j [fix 34]", async (story, text) => {
    const http = answering(vector("1"))
    expect(await told(story, http)).toBe(text)
    expect(http.asked).toEqual([])
  })

  it("which backends there are when a template names another", async () => {
    const asking = template("up", { type: "abacus" as "prometheus" })
    expect(await told({ metric: templated, asking }, none)).toMatch(
      /^Metric template errors\.monitoring provider abacus error: unknown metrics provider abacus: there are .*prometheus/,
    )
  })
})

describe("the probe of a new canary", () => {
  const probed = (story: Story, http: Http) => {
    const { check, asking } = storyOf(story)
    return offlineReason(check, asking, http, signal)
  }

  it("is content with backends that answer", async () => {
    const http = answering(vector("1"))
    expect(await probed({ metric: successRate }, http)).toBeUndefined()
    expect(await probed({ metric: templated, asking: template("{{ wrong") }, http)).toBeUndefined()
    expect(http.queries()).toEqual(["vector(1)", "vector(1)"])
  })

  it("leaves inline queries and entries that ask nothing alone", async () => {
    const http = answering(new Error("never"))
    expect(await probed({ metric: inline }, http)).toBeUndefined()
    expect(await probed({ metric: { name: "idle" } }, http)).toBeUndefined()
    expect(http.asked).toEqual([])
  })

  const refused = "running query failed: request failed: refused"
  it.each([
    [{ metric: duration }, `prometheus not avaiable: ${refused}`],
    [
      { metric: templated, asking: template("up") },
      `prometheus in metric template errors.monitoring not avaiable: ${refused}`,
    ],
    [
      { metric: templated, asking: template("up", { address: "" }) },
      "metric template errors.monitoring provider prometheus error: prometheus address  is not a valid URL",
    ],
    [
      { metric: successRate, asking: { metricsServer: "" } },
      "error building Prometheus client for  prometheus address  is not a valid URL",
    ],
    [
      { metric: templated, asking: { template: { problem: "Metric template errors.monitoring error: gone" } } },
      "metric template errors.monitoring error: gone",
    ],
  ] satisfies [Story, string][])("says what does not answer: %j", async (story, why) => {
    expect(await probed(story, answering(new Error("refused")))).toBe(why)
  })
})

describe("with a real server", () => {
  let behave: RequestListener = () => {}
  const server = createServer((request, response) => behave(request, response))
  const http = createHttp({ env: {} })
  let address = ""
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    address = `http://user:p%40ss@127.0.0.1:${(server.address() as AddressInfo).port}/prefix/`
  })
  afterAll(async () => {
    await http.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  const metricsServer = () => ({ metricsServer: address })

  it("asks below the prefix, as the user in the address, and reads the value", async () => {
    const seen: unknown[] = []
    behave = (request, response) => {
      const { pathname, searchParams } = new URL(request.url!, "http://x")
      seen.push([pathname, searchParams.get("query"), request.headers.authorization])
      response.end(vector("7.5"))
    }
    const metric = { ...inline, query: "a  +\n b" }
    const { check, asking } = storyOf({ metric, asking: metricsServer() })
    expect(await measure(check, asking, http, signal)).toEqual({ kind: "value", value: 7.5 })
    expect(seen).toEqual([["/prefix/api/v1/query", "a + b", `Basic ${Buffer.from("user:p@ss").toString("base64")}`]])
  })

  it("does not read an endless answer", async () => {
    behave = (_request, response) => {
      const chunk = "x".repeat(1024 * 1024)
      for (let sent = 0; sent < 10; sent++) response.write(chunk)
      response.end()
    }
    const { check, asking } = storyOf({ metric: inline, asking: metricsServer() })
    const answer = await measure(check, asking, http, signal)
    expect(answer).toEqual({ kind: "error", why: "error reading body: more than 4194304 bytes" })
  })

  it("stops at once when the operator stops", async () => {
    const stop = new AbortController()
    behave = () => stop.abort(new Error("the operator stops"))
    const { check, asking } = storyOf({ metric: inline, asking: metricsServer() })
    await expect(measure(check, asking, http, stop.signal)).rejects.toThrow("the operator stops")
  })

  it("gives up on a slow server, and does not tell the password", async () => {
    behave = () => {}
    const impatient: Http = { send: (request, stop) => http.send({ ...request, timeoutMs: 50 }, stop) }
    const text = await told({ metric: inline, asking: metricsServer() }, impatient)
    expect(text).toMatch(/^Prometheus query failed for 404s: request failed: Get "http:.*": context deadline exceeded/)
    expect(text).not.toContain("p%40ss")
  })
})

describe("a provider", () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })
  const asked = (metric: Metric) => measured({ metric }).then(({ measurement }) => measurement)

  it("may answer with no number: that is no value", async () => {
    vi.spyOn(prometheus, "query").mockResolvedValue({ kind: "value", value: NaN })
    expect(await asked(inline)).toEqual({ kind: "noValues", why: "no values found" })
  })

  it.each([
    [undefined, 60_000],
    ["", 60_000],
    ["30s", 30_000],
    ["5m30s", 330_000],
    ["10ms", 10],
    ["5min", 300_000],
    ["30seconds", 30_000],
  ])("is told how far to look back: %s", async (interval, intervalMs) => {
    const query = vi.spyOn(prometheus, "query").mockResolvedValue({ kind: "value", value: 1 })
    await asked({ ...inline, ...(interval === undefined ? {} : { interval }) })
    expect(query.mock.calls[0]![0].intervalMs).toBe(intervalMs)
  })
})

it("a provider that throws is an answer too", async () => {
  const check: Check = { metric: inline, form: "inline" }
  const http: Http = {
    send() {
      throw new TypeError("broken")
    },
  }
  const { asking } = storyOf({ metric: inline })
  expect(await measure(check, asking, http, signal)).toEqual({ kind: "error", why: "request failed: broken" })
})
