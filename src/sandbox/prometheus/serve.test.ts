import { request } from "node:http"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { createHttp } from "#net/http.ts"
import type { MetricRequest } from "#metrics/contract.ts"
import { prometheus as provider } from "#metrics/providers/prometheus.ts"
import { type Clock, systemClock } from "../contract.ts"
import { type Prometheus, startPrometheus } from "./serve.ts"

const NOW_MS = 1_700_000_000_000
const stillClock: Clock = { now: () => NOW_MS, after: () => () => {} }

let server: Prometheus
beforeAll(async () => {
  server = await startPrometheus({
    clock: stillClock,
    host: "127.0.0.1",
    port: 0,
    sources: [{ targets: () => [{ url: "http://127.0.0.1:1/metrics", labels: { job: "pods" } }] }],
  })
  for (let second = 60; second >= 0; second--)
    for (const [code, by] of [
      ["200", 9],
      ["500", 1],
    ] as const)
      server.store.append(
        [{ name: "requests_total", labels: { code }, value: by * (60 - second) }],
        NOW_MS - second * 1000,
      )
  await vi.waitFor(async () => expect((await get("/api/v1/query?query=up"))[1].data.result).toHaveLength(1), 10_000)
})
afterAll(() => server.close())

async function get(path: string, init?: RequestInit): Promise<[number, any]> {
  const response = await fetch(server.url + path, init)
  return [response.status, await response.json()]
}
const success = (data: unknown, rest = {}) => [200, { status: "success", data, ...rest }]
const badData = (error: string) => [400, { status: "error", errorType: "bad_data", error }]

describe("an instant query is answered", () => {
  it("with a vector", async () => {
    expect(await get('/api/v1/query?query=requests_total{code="500"}')).toEqual(
      success({
        resultType: "vector",
        result: [{ metric: { __name__: "requests_total", code: "500" }, value: [NOW_MS / 1000, "60"] }],
      }),
    )
  })

  it("with a scalar, a text and a matrix", async () => {
    expect(await get("/api/v1/query?query=1e21&time=5.5")).toEqual(
      success({ resultType: "scalar", result: [5.5, "1000000000000000000000"] }),
    )
    expect(await get('/api/v1/query?query="x"&time=1970-01-01T00:00:07.5Z')).toEqual(
      success({ resultType: "string", result: [7.5, "x"] }),
    )
    expect(await get('/api/v1/query?query=requests_total{code="500"}[2s]')).toEqual(
      success({
        resultType: "matrix",
        result: [
          {
            metric: { __name__: "requests_total", code: "500" },
            values: [
              [NOW_MS / 1000 - 1, "59"],
              [NOW_MS / 1000, "60"],
            ],
          },
        ],
      }),
    )
  })

  it("from a form too", async () => {
    const body = new URLSearchParams({ query: "vector(3)", time: "1" })
    expect(await get("/api/v1/query", { method: "POST", body })).toEqual(
      success({ resultType: "vector", result: [{ metric: {}, value: [1, "3"] }] }),
    )
  })

  it("with warnings and infos beside it", async () => {
    const [, answer] = await get('/api/v1/query?query=quantile(2,rate({code=~".*",__name__=~"requests.*"}[10s]))')
    expect(answer).toMatchObject({
      data: { result: [{ value: [NOW_MS / 1000, "+Inf"] }] },
      warnings: ["PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)"],
    })
    const [, noted] = await get('/api/v1/query?query=rate(label_replace(up,"a","","","")[1m:1s])')
    expect(noted).not.toHaveProperty("warnings")
  })

  it("with status 422 when it was understood and cannot be computed", async () => {
    expect(await get('/api/v1/query?query=-{code=~".%2b"} %2b on() requests_total')).toEqual([
      422,
      { status: "error", errorType: "execution", error: expect.stringContaining("found duplicate series") },
    ])
  })
})

it("a range query is answered with a matrix", async () => {
  const steps = `start=${NOW_MS / 1000 - 30}&end=${NOW_MS / 1000}&step=15s`
  expect(await get(`/api/v1/query_range?query=sum(requests_total)&${steps}`)).toEqual(
    success({
      resultType: "matrix",
      result: [
        {
          metric: {},
          values: [
            [NOW_MS / 1000 - 30, "300"],
            [NOW_MS / 1000 - 15, "450"],
            [NOW_MS / 1000, "600"],
          ],
        },
      ],
    }),
  )
})

describe("a bad question is told as Prometheus tells it", () => {
  const ranged = "/api/v1/query_range?query=up"
  it.each([
    ["/api/v1/query", `invalid parameter "query": unknown position: parse error: no expression found in input`],
    ["/api/v1/query?query=sum(", `invalid parameter "query": 1:5: parse error: unclosed left parenthesis`],
    ["/api/v1/query?query=no(up)", `invalid parameter "query": 1:1: parse error: unknown function with name "no"`],
    [
      "/api/v1/query?query=up&time=x",
      `invalid parameter "time": invalid time value for 'time': cannot parse "x" to a valid timestamp`,
    ],
    [ranged, `invalid parameter "start": cannot parse "" to a valid timestamp`],
    [`${ranged}&start=2&end=1&step=1`, `invalid parameter "end": end timestamp must not be before start time`],
    [`${ranged}&start=1&end=2&step=x`, `invalid parameter "step": cannot parse "x" to a valid duration`],
    [
      `${ranged}&start=1&end=2&step=0`,
      `invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer`,
    ],
    [
      `${ranged}&start=1&end=11003&step=1`,
      "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
    ],
    [
      "/api/v1/query_range?query=up[1m]&start=1&end=2&step=1",
      `invalid parameter "query": invalid expression type "range vector" for range query, must be Scalar or instant Vector`,
    ],
    ["/api/v1/series", "no match[] parameter provided"],
    [
      "/api/v1/labels?match[]={",
      `invalid parameter "match[]": 1:2: parse error: unexpected end of input inside braces`,
    ],
    ["/api/v1/label/%zz/values", `invalid label name: "%zz"`],
  ])("%s", async (path, error) => {
    expect(await get(path)).toEqual(badData(error))
  })
})

describe("there are also", () => {
  it("series, labels and their values", async () => {
    expect(await get('/api/v1/series?match[]=requests_total{code="500"}&match[]=up')).toEqual(
      success([
        { __name__: "requests_total", code: "500" },
        { __name__: "up", job: "pods" },
      ]),
    )
    expect(await get("/api/v1/labels")).toEqual(success(["__name__", "code", "job"]))
    expect(await get("/api/v1/labels?match[]=up")).toEqual(success(["__name__", "job"]))
    expect(await get("/api/v1/label/code/values")).toEqual(success(["200", "500"]))
    expect(await get("/api/v1/label/code/values?end=1")).toEqual(success([]))
  })

  it("targets, with what is wrong with them", async () => {
    const [, { data }] = await get("/api/v1/targets")
    expect(data.activeTargets).toMatchObject([
      {
        labels: { job: "pods" },
        scrapeUrl: "http://127.0.0.1:1/metrics",
        health: "down",
        lastError: expect.stringContaining("refused"),
        lastScrape: new Date(NOW_MS).toISOString(),
      },
    ])
  })

  it("its version, its readiness and a word at the front door", async () => {
    expect(await get("/api/v1/status/buildinfo")).toMatchObject(success({ version: expect.any(String) }) as any)
    for (const path of ["/-/ready", "/-/healthy", "/"]) expect((await fetch(server.url + path)).status).toBe(200)
  })

  it.each(["/api/v1/nope", "/graph", "/api/v1/label/a/b/values"])("nothing at %s", async (path) => {
    expect((await fetch(server.url + path)).status).toBe(404)
  })

  it("no other methods", async () => {
    expect((await fetch(`${server.url}/api/v1/query`, { method: "DELETE" })).status).toBe(405)
  })

  it("an answer to a request line that is no address", async () => {
    const { hostname, port } = new URL(server.url)
    const status = await new Promise((done, fail) => {
      const asked = request({ hostname, port, path: "//" }, (response) => done(response.resume().statusCode))
      asked.once("error", fail).end()
    })
    expect(status).toBe(400)
  })
})

it("the operator's provider gets its number, and finds the server well", async () => {
  const http = createHttp({ env: {} })
  const query = `sum( rate( requests_total{ code!~"5.*" }[30s] ) ) / sum( rate( requests_total{ }[30s] ) ) * 100`
  const asked: MetricRequest = {
    provider: { type: "prometheus", address: server.url },
    credentials: {},
    query,
    intervalMs: 60_000,
  }
  const { signal } = new AbortController()
  const answer = await provider.query(asked, http, signal)
  expect(answer).toEqual({ kind: "value", value: expect.closeTo(90) })
  expect(await provider.query({ ...asked, query: "sum(nope)" }, http, signal)).toMatchObject({ kind: "noValues" })
  expect(await provider.query({ ...asked, query: "sum(" }, http, signal)).toMatchObject({
    kind: "error",
    why: expect.stringContaining("unclosed left parenthesis"),
  })
  expect(await provider.offline(asked, http, signal)).toBeUndefined()
  await http.close()
})

it("a port that is taken is an error, and nothing is left running", async () => {
  const port = Number(new URL(server.url).port)
  await expect(startPrometheus({ clock: systemClock, host: "127.0.0.1", port, sources: [] })).rejects.toMatchObject({
    code: "EADDRINUSE",
  })
})
