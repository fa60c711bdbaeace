import { createServer, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import { describe, expect, it, onTestFinished } from "vitest"
import { reportText } from "./report-text.ts"
import type { Result } from "./tally.ts"
import { startTraffic, type TrafficOptions } from "./traffic.ts"

async function load(handler: RequestListener, options: Partial<TrafficOptions> = {}) {
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const results: Result[] = []
  const traffic = startTraffic({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ratePerSecond: 500,
    timeoutMs: 1000,
    onResult: (result) => results.push(result),
    ...options,
  })
  onTestFinished(() => void traffic.stop())
  const after = async (count: number) => {
    await expect.poll(() => results.length, { timeout: 10_000, interval: 5 }).toBeGreaterThanOrEqual(count)
    return traffic.stop()
  }
  return { traffic, results, after }
}

describe("load", () => {
  it("keeps its rate however slow the server is, and counts from when a request was due", async () => {
    const { after } = await load((_, response) => setTimeout(() => response.end(), 150), { ratePerSecond: 200 })
    const report = await after(100)
    expect(report.requests / report.seconds).toBeGreaterThan(100)
    expect(report.failed).toBe(0)
    expect(report.latency.minMs).toBeGreaterThan(145)
  })

  it("tells versions apart by header or by JSON, and users by profile", async () => {
    const { after, results } = await load(
      ({ headers, url }, response) => {
        if (headers["x-user"]) response.writeHead(200, { "x-version": "v2" }).end()
        else response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ version: "v1", url }))
      },
      { profiles: [{ name: "insiders", share: 20, headers: { "x-user": "insider" } }], paths: ["/a", "/b"] },
    )
    const report = await after(200)
    const part = (count = 0) => count / report.requests
    expect(part(report.byProfile["insiders"]?.requests)).toBeCloseTo(0.2, 1)
    expect(report.byVersion["v2"]?.requests).toBe(report.byProfile["insiders"]?.requests)
    expect(report.byVersion["v1"]?.requests).toBe(report.byProfile["everyone"]?.requests)
    expect(report.byStatus).toEqual({ 200: results.length })
  })

  it("sends what it is told to", async () => {
    const seen = new Set<string>()
    const { after } = await load(
      ({ method, url, headers }, response) => {
        seen.add(`${method} ${url} ${headers.host} ${String(headers["x-a"])}`)
        response.end()
      },
      { method: "POST", host: "shop.example.com", headers: { "x-a": "1" }, paths: ["/a", "/b?c=1"] },
    )
    await after(20)
    expect(seen).toEqual(new Set(["POST /a shop.example.com 1", "POST /b?c=1 shop.example.com 1"]))
  })

  it("counts errors, broken connections and late answers as failed", async () => {
    let count = 0
    const { after } = await load(
      (_, response) => {
        const turn = count++ % 4
        if (turn === 0) response.writeHead(500, { "x-version": "v2" }).end()
        else if (turn === 1) response.socket?.destroy()
        else if (turn === 2) response.writeHead(404).end()
      },
      { timeoutMs: 60, ratePerSecond: 400 },
    )
    const report = await after(80)
    expect(report.byVersion["v2"]).toMatchObject({ requests: report.byStatus["500"], failed: report.byStatus["500"] })
    const { timeout, ...others } = report.troubles
    expect(timeout).toBeGreaterThan(0)
    expect(Object.keys(others).length).toBeGreaterThan(0)
    expect(report.failed).toBe(report.requests - report.byStatus["404"]!)
  })

  it("drops what would have to wait, and counts it as failed", async () => {
    const { after } = await load(() => {}, { maxConcurrent: 5, timeoutMs: 200 })
    const report = await after(50)
    expect(report.troubles["dropped"]).toBeGreaterThanOrEqual(40)
    expect(report.failed).toBe(report.requests)
    expect(report.latency.maxMs).toBe(0)
  })

  it("fails without a server, and stops all the same", async () => {
    const { after } = await load((_, response) => response.end(), { url: "http://127.0.0.1:1" })
    const report = await after(10)
    expect(report.troubles["ECONNREFUSED"]).toBe(report.requests)
  })

  it("refuses more users than there are", () => {
    const profiles = [
      { name: "a", share: 60, headers: {} },
      { name: "b", share: 50, headers: {} },
    ]
    const start = () => startTraffic({ url: "http://127.0.0.1:1", ratePerSecond: 1, timeoutMs: 1, profiles })
    expect(start).toThrow("shares of profiles are 110 percent together")
  })
})

it("can be read in a terminal", () => {
  const latency = {
    minMs: 0.5,
    meanMs: 2.25,
    maxMs: 120.4,
    p10Ms: 0.6,
    p25Ms: 1,
    p50Ms: 2,
    p75Ms: 3,
    p90Ms: 4,
    p95Ms: 5,
    p99Ms: 99.95,
  }
  const figures = { requests: 90, failed: 0, latency }
  const text = reportText({
    seconds: 10,
    answersPerSecond: 9.9,
    requests: 100,
    failed: 2,
    latency,
    byStatus: { 200: 98, 500: 1 },
    troubles: { timeout: 1 },
    byVersion: { "1.0.0": figures, "2.0.0": { ...figures, requests: 9, failed: 1 } },
    byProfile: {},
  })
  expect(text).toContain("  Failed      2 (2.0 %)\n")
  expect(text).toContain("  99 % within  100.0 ms\n")
  expect(text).toContain("Answers:\n  200      98\n  500      1\n  timeout  1\n")
  expect(text).toContain(
    "Versions:\n  1.0.0  90 (90.0 %)  0 failed  p99 100.0 ms\n  2.0.0  9 (9.0 %)    1 failed  p99 100.0 ms",
  )
  expect(text).not.toContain("Users")
})
