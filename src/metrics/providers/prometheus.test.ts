import { describe, expect, it } from "vitest"
import type { MetricProviderSpec } from "#api/metric-template.ts"
import { type Http, type HttpRequest, type HttpResponse, NoAnswer } from "#net/contract.ts"
import type { MetricRequest } from "../contract.ts"
import { prometheus } from "./prometheus.ts"

const signal = new AbortController().signal
const ok: HttpResponse = { status: 200, statusText: "OK", headers: {}, body: "", truncated: false }

function answering(response: Partial<HttpResponse> | Error): Http & { requests: HttpRequest[] } {
  const requests: HttpRequest[] = []
  return {
    requests,
    async send(request) {
      requests.push(request)
      if (response instanceof Error) throw response
      return { ...ok, ...response }
    },
  }
}

const requestOf = (provider: Partial<MetricProviderSpec> = {}, rest: Partial<MetricRequest> = {}): MetricRequest => ({
  provider: { type: "prometheus", address: "http://prometheus:9090", ...provider },
  credentials: {},
  query: "up",
  intervalMs: 60_000,
  ...rest,
})

const measuredIn = (response: Partial<HttpResponse> | Error) =>
  prometheus.query(requestOf(), answering(response), signal)
const measured = (body: unknown) => measuredIn({ body: JSON.stringify(body) })
const vector = (...values: unknown[]) => ({
  status: "success",
  data: { resultType: "vector", result: values.map((value) => ({ metric: {}, value: [1_700_000_000.1, value] })) },
})
const noValues = { kind: "noValues", why: "no values found" }

describe("an answer", () => {
  it.each([
    ["99.5", 99.5],
    ["0", 0],
    ["1e-05", 0.00001],
    ["+Inf", Infinity],
    ["-Inf", -Infinity],
  ])("with the value %s gives %d", async (text, value) => {
    expect(await measured(vector(text))).toEqual({ kind: "value", value })
  })

  it("with several series gives the last one, and says so", async () => {
    expect(await measured(vector("10", "20"))).toEqual({
      kind: "value",
      value: 20,
      note: "the query returned 2 series, the last one is used",
    })
  })

  it("gives the last text: numbers are not what Prometheus sends", async () => {
    expect(await measured(vector("10", 20))).toMatchObject({ value: 10 })
  })

  it("with a scalar gives it", async () => {
    expect(await measured({ data: { resultType: "scalar", result: [1, "42"] } })).toEqual({ kind: "value", value: 42 })
    expect(await measured({ data: { resultType: "scalar", result: [1, "NaN"] } })).toEqual(noValues)
  })

  it("with warnings repeats them", async () => {
    const warnings = ["no metric ends in _total", "partial response"]
    expect(await measured({ ...vector("1", "2"), warnings })).toMatchObject({
      value: 2,
      note: "the query returned 2 series, the last one is used; warning: no metric ends in _total; warning: partial response",
    })
  })

  it.each([
    ["no series", vector()],
    ["NaN", vector("NaN")],
    ["a number", vector(5)],
    ["NaN behind a value", vector("1", "NaN")],
    [
      "a native histogram",
      { data: { resultType: "vector", result: [{ metric: {}, histogram: [1, { count: "3" }] }] } },
    ],
    ["a short sample", { data: { resultType: "vector", result: [{ metric: {}, value: [1] }] } }],
    ["no sample", { data: { resultType: "vector", result: [{ metric: {} }, null, 5] } }],
    ["no result", { data: {} }],
    ["an empty result", { data: { result: null } }],
    ["no data", { status: "success" }],
    ["null", null],
  ])("with %s has no values", async (_, body) => expect(await measured(body)).toEqual(noValues))

  it("uses the value beside a native histogram", async () => {
    const result = [
      { metric: {}, value: [1, "7"] },
      { metric: {}, histogram: [1, { count: "3" }] },
    ]
    expect(await measured({ data: { resultType: "vector", result } })).toMatchObject({ value: 7 })
  })

  it.each([
    ["values", { values: [[1, "1"]] }],
    ["histograms", { histograms: [[1, {}]] }],
  ])("with a range of %s is refused", async (_, series) => {
    const data = { resultType: "matrix", result: [{ metric: {}, ...series }] }
    expect(await measured({ data })).toEqual({ kind: "error", why: "query returned multiple values" })
  })

  it.each([
    [vector("abc"), 'strconv.ParseFloat: parsing "abc": invalid syntax'],
    [vector("", "1"), 'strconv.ParseFloat: parsing "": invalid syntax'],
    [
      { data: { resultType: "string", result: [1, "x"] } },
      "error unmarshaling result: the query returned no numbers but string",
    ],
    [{ data: { result: {} } }, "error unmarshaling result: the query returned no numbers but object"],
    [{ status: "error", errorType: "bad_data", error: "parse error" }, "error response: bad_data: parse error"],
    [[1], "error unmarshaling result: this is no answer of Prometheus: '[1]'"],
    ["text", "error unmarshaling result: this is no answer of Prometheus: '\"text\"'"],
  ])("like %j is an error", async (body, why) => expect(await measured(body)).toEqual({ kind: "error", why }))

  it("that is not JSON is an error that shows its beginning", async () => {
    const why = "error unmarshaling result: this is no answer of Prometheus: '<html>login</html>'"
    expect(await measuredIn({ body: "<html>login</html>" })).toEqual({ kind: "error", why })
    const long = await measuredIn({ body: "x".repeat(100_000) })
    expect(long.kind === "error" && long.why.length).toBeLessThan(1200)
  })

  it.each([
    [503, "Service Unavailable", "down", "error response: Status 503 Service Unavailable: down"],
    [400, "Bad Request", '{"status":"error"}', 'error response: Status 400 Bad Request: {"status":"error"}'],
    [599, "", "", "error response: Status 599: "],
  ])("with status %d is an error", async (status, statusText, body, why) => {
    expect(await measuredIn({ status, statusText, body })).toEqual({ kind: "error", why })
  })

  it("with a bad status shows only the beginning of a long page", async () => {
    const answer = await measuredIn({
      status: 502,
      statusText: "Bad Gateway",
      body: "x".repeat(1_000_000),
      truncated: true,
    })
    expect(answer).toEqual({ kind: "error", why: `error response: Status 502 Bad Gateway: ${"x".repeat(1024)}…` })
  })

  it("that is too long is not judged by its beginning", async () => {
    const body = JSON.stringify(vector("1"))
    const why = `error reading body: more than ${body.length} bytes`
    expect(await measuredIn({ body, truncated: true })).toEqual({ kind: "error", why })
  })

  it("that does not come is an error", async () => {
    const failure = new NoAnswer('Get "http://prometheus:9090": connection refused', false)
    const why = 'request failed: Get "http://prometheus:9090": connection refused'
    expect(await measuredIn(failure)).toEqual({ kind: "error", why })
  })
})

describe("a request", () => {
  async function sent(provider: Partial<MetricProviderSpec>, rest: Partial<MetricRequest> = {}): Promise<HttpRequest> {
    const http = answering({ body: "{}" })
    await prometheus.query(requestOf(provider, rest), http, signal)
    return http.requests[0]!
  }

  it("asks for the query with every run of white space as one blank", async () => {
    const { url, method } = await sent({}, { query: "\n\tsum(\n  rate(x[1m])\n)  > 1\n" })
    expect(method).toBe("GET")
    expect(url.startsWith("http://prometheus:9090/api/v1/query?query=")).toBe(true)
    expect(new URL(url).searchParams.get("query")).toBe(" sum( rate(x[1m]) ) > 1 ")
  })

  it("encodes what would end the query", async () => {
    const query = 'a{b=~"c&d=e+f#g %"}'
    expect(new URL((await sent({}, { query })).url).searchParams.get("query")).toBe(query)
  })

  it.each([
    ["http://p:9090/", "http://p:9090/api/v1/query"],
    ["https://p/prefix/", "https://p/prefix/api/v1/query"],
    ["http://p/a/b?x=1#y", "http://p/a/b/api/v1/query"],
    ["http://u:s@p:1", "http://p:1/api/v1/query"],
  ])("to %s goes to %s", async (address, url) => expect((await sent({ address })).url.split("?")[0]).toBe(url))

  it("waits five seconds and reads a bounded answer", async () => {
    const { timeoutMs, maxBytes } = await sent({})
    expect(timeoutMs).toBe(5000)
    expect(maxBytes).toBeLessThan(10 * 1024 * 1024)
  })

  it("verifies certificates unless told otherwise", async () => {
    expect((await sent({})).insecure).toBeUndefined()
    expect((await sent({ insecureSkipVerify: true })).insecure).toBe(true)
  })

  const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`
  const headers = { "X-Scope-OrgID": ["a", "b"], authorization: ["own"] }
  it.each([
    ["nothing", {}, {}, {}],
    ["headers", { headers }, {}, headers],
    ["a token", {}, { token: "t", username: "u", password: "p" }, { Authorization: "Bearer t" }],
    ["a user", {}, { username: "u", password: "p" }, { Authorization: basic("u:p") }],
    ["an empty password", {}, { username: "u", password: "" }, {}],
    ["a user in the address", { address: "http://u%40x:p%3A@h" }, {}, { Authorization: basic("u@x:p:") }],
    ["both users", { address: "http://a:b@h" }, { username: "u", password: "p" }, { Authorization: basic("u:p") }],
    ["a header and an address", { address: "http://a:b@h", headers }, {}, headers],
    ["a header and a token", { headers }, { token: "t" }, { "X-Scope-OrgID": ["a", "b"], Authorization: "Bearer t" }],
  ])("with %s carries the right headers", async (_, provider, credentials, expected) => {
    expect((await sent(provider, { credentials })).headers).toEqual(expected)
  })

  it("does not change the template it is made from", async () => {
    const provider = { headers: { Authorization: ["own"] } }
    for (const token of ["one", "two"]) await sent(provider, { credentials: { token } })
    expect(provider).toEqual({ headers: { Authorization: ["own"] } })
  })
})

describe("a configuration", () => {
  const problem = (provider: Partial<MetricProviderSpec>, credentials = {}) =>
    prometheus.problem(requestOf(provider).provider, credentials)

  it.each(["", "prometheus", "prometheus:9090", "ftp://p", "http://", "http://p:99999"])(
    "refuses the address %j",
    (address) => expect(problem({ address })).toBe(`prometheus address ${address} is not a valid URL`),
  )

  it("refuses to have no address", () => {
    expect(problem({ address: undefined })).toBe("prometheus address  is not a valid URL")
  })

  it("does not tell the password of a bad address", () => {
    expect(problem({ address: "http://u:secret@p:x" })).not.toContain("secret")
  })

  it.each([
    [{ password: "p" }, "prometheus credentials does not contain a username"],
    [{ username: "u" }, "prometheus credentials does not contain a password"],
    [{ other: "" }, "prometheus credentials does not contain a username"],
    [{ token: "t" }, undefined],
    [{ username: "u", password: "" }, undefined],
    [{}, undefined],
  ])("with the Secret %j: %s", (credentials, why) => expect(problem({}, credentials)).toBe(why))
})

describe("the probe", () => {
  const probed = (response: Partial<HttpResponse> | Error) => {
    const http = answering(response)
    return { http, why: prometheus.offline(requestOf(), http, signal) }
  }

  it("asks for the constant one", async () => {
    const { http, why } = probed({ body: JSON.stringify(vector("1")) })
    expect(await why).toBeUndefined()
    expect(new URL(http.requests[0]!.url).searchParams.get("query")).toBe("vector(1)")
  })

  it.each([
    [{ body: JSON.stringify(vector("2")) }, "value is not 1 for query: vector(1)"],
    [{ body: JSON.stringify(vector()) }, "running query failed: no values found"],
    [{ status: 401, statusText: "Unauthorized" }, "running query failed: error response: Status 401 Unauthorized: "],
    [new NoAnswer("refused", false), "running query failed: request failed: refused"],
  ])("says what is wrong", async (response, why) => expect(await probed(response).why).toBe(why))
})
