import { createServer, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, describe, expect, it, vi } from "vitest"
import { createHttp } from "#net/http.ts"
import type { Clock } from "../contract.ts"
import { queryAt } from "./promql/query.ts"
import { type Scraping, type Source, startScraping } from "./scrape.ts"
import { createStore, type Sample } from "./store.ts"

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

/** A clock that stands still until it is told to go on. */
function manualClock(): Clock & { advance(ms: number): void } {
  let nowMs = 1_700_000_000_000
  let timers: { atMs: number; act: () => void }[] = []
  return {
    now: () => nowMs,
    after(ms, act) {
      const timer = { atMs: nowMs + ms, act }
      timers.push(timer)
      return () => (timers = timers.filter((other) => other !== timer))
    },
    advance(ms) {
      nowMs += ms
      const due = timers.filter(({ atMs }) => atMs <= nowMs)
      timers = timers.filter((timer) => !due.includes(timer))
      for (const { act } of due) act()
    },
  }
}

async function exporter(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
  ends.push(() => {
    server.closeAllConnections()
    return new Promise((done) => server.close(done))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`
}

/** Also the time that a busy machine has for an answer. */
const INTERVAL_MS = 5000

function scraping(sources: Source[], intervalMs = INTERVAL_MS) {
  const [clock, store, http] = [manualClock(), createStore(), createHttp({ env: {} })]
  const started: Scraping = startScraping({ clock, store, sources, intervalMs, http })
  ends.push(() => started.stop(), http.close)
  const ask = (query: string) => {
    const { value } = queryAt(query, clock.now(), store)
    return value.type === "vector"
      ? value.elements.map(({ labels, value: of }) => [Object.fromEntries(labels), of] as const)
      : []
  }
  return { ...started, clock, store, ask }
}

const settled = (check: () => void) => vi.waitFor(check, 10_000)

const count = (value: number): Sample => ({ name: "requests_total", labels: { code: "200" }, value })

describe("a source in this process", () => {
  it("is asked at once and then in every interval", () => {
    let requests = 0
    const { clock, ask } = scraping([{ job: "gateway", samples: () => [count((requests += 50))] }])
    expect(ask("requests_total")).toEqual([[{ __name__: "requests_total", code: "200" }, 50]])
    for (let round = 0; round < 60; round++) clock.advance(INTERVAL_MS)
    expect(ask("rate(requests_total[1m])")[0]![1]).toBeCloseTo(10)
    expect(ask("up")).toEqual([[{ __name__: "up", job: "gateway" }, 1]])
  })

  it("that fails is down, and its series are gone", () => {
    let broken = false
    const samples = () => {
      if (broken) throw new Error("no")
      return [count(1)]
    }
    const { clock, ask } = scraping([{ job: "gateway", samples }])
    broken = true
    clock.advance(INTERVAL_MS)
    expect(ask("requests_total")).toEqual([])
    expect(ask("up")).toEqual([[{ __name__: "up", job: "gateway" }, 0]])
  })

  it("is asked once when several intervals have passed unseen", () => {
    const samples = vi.fn(() => [count(1)])
    const { clock } = scraping([{ job: "gateway", samples }])
    clock.advance(10.5 * INTERVAL_MS)
    expect(samples).toHaveBeenCalledTimes(2)
    clock.advance(INTERVAL_MS / 2)
    expect(samples).toHaveBeenCalledTimes(3)
  })
})

describe("a target", () => {
  const labels = { job: "pods", instance: "x" }

  it("is scraped over HTTP; its series carry its labels, and what they say themselves is kept", async () => {
    const url = await exporter((_, response) => response.end('requests_total{job="own",code="200"} 5\n'))
    const { ask, health } = scraping([{ targets: () => [{ url, labels }] }])
    await settled(() => expect(ask("requests_total")).toHaveLength(1))
    expect(ask("requests_total")[0]).toEqual([
      { __name__: "requests_total", code: "200", exported_job: "own", instance: "x", job: "pods" },
      5,
    ])
    expect(ask("up")).toEqual([[{ __name__: "up", ...labels }, 1]])
    expect(health()).toMatchObject([{ url, health: "up", lastError: "" }])
  })

  it.each([
    [
      "answers 500",
      (_: unknown, response: any) => response.writeHead(500).end("no"),
      "server returned HTTP status 500 Internal Server Error",
    ],
    [
      "answers something else",
      (_: unknown, response: any) => response.end("<html>"),
      'expected a sample, got "<html>"',
    ],
  ] as const)("that %s is down, and its series are gone until it is well again", async (_, broken, problem) => {
    let answer: RequestListener = (request, response) => response.end("a 1\n")
    const url = await exporter((request, response) => answer(request, response))
    const { clock, ask, health } = scraping([{ targets: () => [{ url, labels }] }])
    await settled(() => expect(ask("a")).toHaveLength(1))
    const [well, ill] = [answer, broken as RequestListener]
    answer = ill
    clock.advance(INTERVAL_MS)
    await settled(() => expect(ask("up")[0]![1]).toBe(0))
    expect(ask("a")).toEqual([])
    expect(health()[0]!.lastError).toBe(problem)
    answer = well
    clock.advance(INTERVAL_MS)
    await settled(() => expect(ask("a")).toHaveLength(1))
  })

  it("that does not answer is not asked a second time meanwhile, and does not hold up the others", async () => {
    const silent = vi.fn<RequestListener>()
    const [url, other] = [await exporter(silent), await exporter((_, response) => response.end("a 1\n"))]
    const targets = [
      { url, labels: { instance: "silent" } },
      { url: other, labels: { instance: "well" } },
    ]
    const { clock, ask } = scraping([{ targets: () => targets }], 1000)
    await settled(() => expect(silent).toHaveBeenCalled())
    clock.advance(1000)
    await settled(() => expect(ask("count_over_time(a[1m])")[0]?.[1]).toBe(2))
    expect(silent).toHaveBeenCalledTimes(1)
    await settled(() => expect(ask('up{instance="silent"} == 0')).toHaveLength(1))
  })

  it("that is gone takes its series and its `up` with it", async () => {
    const url = await exporter((_, response) => response.end("a 1\n"))
    const targets = [{ url, labels }]
    const { clock, ask, health } = scraping([{ targets: () => targets }])
    await settled(() => expect(ask("a")).toHaveLength(1))
    targets.pop()
    clock.advance(INTERVAL_MS)
    expect([ask("a"), ask("up"), health()]).toEqual([[], [], []])
  })

  it("is not asked any more after the end", async () => {
    const asked = vi.fn<RequestListener>((_, response) => void response.end("a 1\n"))
    const url = await exporter(asked)
    const { clock, ask, stop } = scraping([{ targets: () => [{ url, labels }] }])
    await settled(() => expect(ask("a")).toHaveLength(1))
    stop()
    clock.advance(INTERVAL_MS)
    expect(asked).toHaveBeenCalledTimes(1)
  })
})

it("targets that cannot be listed are none", () => {
  const targets = () => {
    throw new Error("no pods")
  }
  const { ask } = scraping([{ targets }, { job: "gateway", samples: () => [] }])
  expect(ask("up")).toHaveLength(1)
})
