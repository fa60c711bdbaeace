import { describe, expect, it } from "vitest"
import type { Canary } from "#api/canary.ts"
import type { MetricTemplate } from "#api/metric-template.ts"
import { checksOf } from "#core/analysis/checks.ts"
import type { HttpRequest } from "#net/contract.ts"
import { canary as canaryOf } from "#test/cluster/objects.ts"
import { createLog } from "./log.ts"
import { createMetricSource, type MetricSourceOptions } from "./metric-source.ts"
import { inShop, measured } from "./small-operator.test-support.ts"

const signal = new AbortController().signal
const settings = { metricsServer: "http://prometheus", meshProvider: "istio" }

/** With one metric that refers to a template. */
const canary = (templateRef: { name: string; namespace?: string }, spec: object = {}): Canary =>
  inShop(canaryOf("app", { analysis: { metrics: [{ name: "errors", templateRef }] }, ...spec })) as Canary
const template = (spec: object = {}): MetricTemplate => ({
  apiVersion: "flagger.app/v1beta1",
  kind: "MetricTemplate",
  metadata: { name: "errors", namespace: "metrics" },
  spec: { provider: { type: "prometheus", address: "http://own", ...spec }, query: "sum(errors{t='{{ target }}'})" },
})

function source(over: Partial<MetricSourceOptions> = {}) {
  const requests: HttpRequest[] = []
  const looked: unknown[] = []
  const http = {
    async send(request: HttpRequest) {
      requests.push(request)
      return { status: 200, statusText: "OK", headers: {}, truncated: false, ...(measured(1) as { body: string }) }
    },
  }
  const created = createMetricSource({
    http,
    settings,
    template: (ref) => {
      looked.push(ref)
      return ref.name === "errors" ? template() : undefined
    },
    secret: async () => undefined,
    ...over,
  })
  const measure = (of: Canary) => created.of(of).measure(checksOf(of)[0]!, signal)
  return { ...created, measure, requests, looked }
}

describe("a metric template", () => {
  it("is looked for in the canary's namespace, or in the one that is named", async () => {
    const { measure, looked } = source()
    const kind = { apiVersion: "flagger.app/v1beta1", kind: "MetricTemplate" }
    await measure(canary({ name: "errors" }))
    await measure(canary({ name: "errors", namespace: "metrics" }))
    expect(looked).toEqual([
      { ...kind, namespace: "shop", name: "errors" },
      { ...kind, namespace: "metrics", name: "errors" },
    ])
  })
  it("is asked at its own address", async () => {
    const { measure, requests } = source()
    expect(await measure(canary({ name: "errors" }))).toMatchObject({ kind: "value", value: 1 })
    expect(requests[0]?.url).toContain("http://own/api/v1/query?query=")
  })
  it("that is missing is named in the whole text of the event", async () => {
    const { measure, requests } = source()
    expect(await measure(canary({ name: "nowhere" }))).toEqual({
      kind: "error",
      why: 'Metric template nowhere.shop error: metrictemplate.flagger.app "nowhere" not found',
      whole: true,
    })
    expect(requests).toEqual([])
  })
})

describe("the Secret of a metric template", () => {
  const withSecret = { template: () => template({ secretRef: { name: "keys" } }) }

  it("is read in the template's namespace and used without the line ends of files", async () => {
    const read: string[] = []
    const secret = async (namespace: string, name: string) => {
      read.push(`${namespace}/${name}`)
      return { username: "me\n", password: "s3cr3t\r\n" }
    }
    const { measure, requests } = source({ ...withSecret, secret })
    await measure(canary({ name: "errors", namespace: "metrics" }))
    expect(read).toEqual(["metrics/keys"])
    expect(JSON.stringify(requests[0]?.headers)).toContain(Buffer.from("me:s3cr3t").toString("base64"))
  })
  it.each([
    ["is missing", async () => undefined, 'secrets "keys" not found'],
    ["cannot be read", async () => Promise.reject(new Error("secrets is forbidden")), "secrets is forbidden"],
  ])("that %s is named in the whole text of the event, and nothing is asked", async (_, secret, why) => {
    const { measure, requests } = source({ ...withSecret, secret })
    expect(await measure(canary({ name: "errors" }))).toEqual({
      kind: "error",
      why: `Metric template errors.shop secret keys error: ${why}`,
      whole: true,
    })
    expect(requests).toEqual([])
  })
})

describe("built-in checks", () => {
  const builtIn = (spec: object = {}) =>
    inShop(canaryOf("app", { analysis: { metrics: [{ name: "request-success-rate" }] }, ...spec })) as Canary

  it("ask the default metrics server, or the canary's own", async () => {
    const { measure, requests } = source()
    await measure(builtIn())
    await measure(builtIn({ metricsServer: "http://mine" }))
    expect(requests.map(({ url }) => new URL(url).host)).toEqual(["prometheus", "mine"])
  })
  it("read the series of the canary's own provider before those of the default one", () => {
    const { of } = source({ settings: { ...settings, meshProvider: "contour" } })
    expect(of(builtIn()).observer).toBe("istio")
    expect(of(builtIn({ provider: undefined })).observer).toBe("contour")
  })
})

describe("the probe of a canary's backends", () => {
  it("names the first that does not answer, in list order", async () => {
    const metrics = [
      { name: "request-success-rate" },
      { name: "one", templateRef: { name: "one" } },
      { name: "two", templateRef: { name: "two" } },
    ]
    const { of } = source()
    const why = await of(inShop(canaryOf("app", { analysis: { metrics } })) as Canary).offline(signal)
    expect(why).toBe('metric template one.shop error: metrictemplate.flagger.app "one" not found')
  })
  it("is content without metrics", async () => {
    const { of } = source()
    expect(await of(inShop(canaryOf("app", { analysis: { metrics: [] } })) as Canary).offline(signal)).toBeUndefined()
  })
})

describe("the probe at start", () => {
  it.each([
    [true, "info", "Connected to metrics server http://prometheus"],
    [
      false,
      "error",
      "Metrics server http://prometheus unreachable prometheus not avaiable: running query failed: request failed: no route",
    ],
  ])("says in the log whether the metrics server is there (%s)", async (there, level, msg) => {
    const lines: unknown[] = []
    const log = createLog({ level: "info", encoding: "json", write: (line) => lines.push(JSON.parse(line)) })
    const { probe } = source(there ? {} : { http: { send: () => Promise.reject(new Error("no route")) } })
    await probe(log)
    expect(lines).toEqual([expect.objectContaining({ level, msg })])
  })
})
