import { once } from "node:events"
import { setTimeout as sleep } from "node:timers/promises"
import { Pool } from "undici"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import { createTestSource } from "./fake-api-source.test-server.ts"
import { startFakeApi, type FakeApi } from "./fake-api.test-server.ts"
import { createListWatch, type ListWatch, type Time, type WatchSource } from "./list-watch.ts"

const collection = { apiVersion: "flagger.app/v1beta1", kind: "Canary" }
const canary = (name: string): KubeObject => ({ ...collection, metadata: { name, namespace: "prod" } })
const listing = /GET \S+canaries\?(resourceVersion=0)?$/
const watching = /GET \S+watch=1/

let api: FakeApi
let pool: Pool
let listWatch: ListWatch | undefined
let pauses: number[]
let told: string[]
let logged: string[]

beforeEach(async () => {
  api = await startFakeApi()
  pool = new Pool(api.origin, { connections: 8 })
  pauses = []
  told = []
  logged = []
})
afterEach(async () => {
  await listWatch?.stop()
  await pool.destroy()
  await api.close()
})

/** Pauses are noted, and are over at once. */
const quick: Time = {
  now: () => performance.now(),
  random: () => 0.5,
  async pause(ms, signal) {
    pauses.push(ms)
    await sleep(1, undefined, { signal })
  },
}

function start(
  options: { metadataOnly?: boolean; idleMs?: number; source?: WatchSource; time?: Partial<Time> } = {},
): ListWatch {
  listWatch = createListWatch({
    collection,
    source: options.source ?? createTestSource(pool, collection, options.idleMs),
    metadataOnly: options.metadataOnly ?? false,
    into: {
      listed: (objects) => void told.push(`listed ${objects.map(({ metadata }) => metadata.name).join(" ")}`.trim()),
      changed: ({ metadata }) => void told.push(`changed ${metadata.name}`),
      deleted: ({ metadata }) => void told.push(`deleted ${metadata.name}`),
      troubled: ({ why }) => void told.push(`troubled ${why}`),
    },
    log: (message) => void logged.push(message),
    time: { ...quick, ...options.time },
  })
  return listWatch
}

const until = (met: () => boolean): Promise<void> =>
  vi.waitFor(() => expect(met()).toBe(true), { interval: 2, timeout: 5_000 })
const watchIsOpen = (): Promise<void> => until(() => api.openWatches() === 1)
const urls = (match: RegExp): URL[] =>
  api.requests.filter(({ method, url }) => match.test(`${method} ${url}`)).map(({ url }) => new URL(url, api.origin))
const lastWatch = (): URLSearchParams => urls(watching).at(-1)!.searchParams
const countOf = (match: RegExp): number => urls(match).length

describe("a list-watch", () => {
  it("lists once from the server's cache, in one piece, and then watches", async () => {
    api.put(canary("a"))
    start()
    await watchIsOpen()
    expect(urls(listing).map(({ search }) => search)).toEqual(["?resourceVersion=0"])
    expect(Object.fromEntries(lastWatch())).toEqual({
      watch: "1",
      allowWatchBookmarks: "true",
      timeoutSeconds: "450",
      resourceVersion: api.version(),
    })
    api.put(canary("b"))
    api.put(canary("a"))
    api.remove({ ...collection, namespace: "prod", name: "b" })
    await until(() => told.length === 4)
    expect(told).toEqual(["listed a", "changed b", "changed a", "deleted b"])
    expect(countOf(/./)).toBe(2)
  })

  it.each([
    [0, 300],
    [0.999, 599],
  ])("asks the server to end each watch after five to ten minutes (%f)", async (random, seconds) => {
    start({ time: { random: () => random } })
    await watchIsOpen()
    expect(lastWatch().get("timeoutSeconds")).toBe(String(seconds))
  })

  it("asks for metadata only where that is enough", async () => {
    start({ metadataOnly: true })
    await watchIsOpen()
    expect(api.requests.map(({ accept }) => accept)).toEqual([
      "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
      "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
    ])
  })

  it("goes on at once from the last event when the server closes the watch", async () => {
    start()
    await watchIsOpen()
    api.put(canary("a"))
    await until(() => told.includes("changed a"))
    const seen = api.version()
    api.closeWatches()
    await until(() => countOf(watching) === 2)
    expect(lastWatch().get("resourceVersion")).toBe(seen)
    expect(pauses).toEqual([])
    expect(countOf(listing)).toBe(1)
  })

  it("goes on from the last bookmark", async () => {
    start()
    await watchIsOpen()
    api.put({ ...canary("other"), kind: "MetricTemplate" })
    api.bookmark()
    const seen = api.version()
    api.closeWatches()
    await until(() => countOf(watching) === 2)
    expect(lastWatch().get("resourceVersion")).toBe(seen)
    expect(told).toEqual(["listed"])
  })

  it("pauses before it asks again when a watch ends as soon as it begins", async () => {
    start()
    await watchIsOpen()
    api.closeWatches()
    await until(() => countOf(watching) === 2)
    expect(pauses).toEqual([750])
  })

  it("resumes after a reset with a pause, in one watch, and misses nothing", async () => {
    start()
    await watchIsOpen()
    api.put(canary("a"))
    await until(() => told.includes("changed a"))
    const seen = api.version()
    api.resetWatches()
    api.put(canary("b"))
    await until(() => told.includes("changed b"))
    expect(lastWatch().get("resourceVersion")).toBe(seen)
    expect(pauses).toEqual([750])
    expect(api.openWatches()).toBe(1)
    expect(countOf(listing)).toBe(1)
  })

  it("takes a silent watch that its source gave up for a reset", async () => {
    start({ idleMs: 60 })
    await watchIsOpen()
    api.silence()
    api.put(canary("a"))
    await until(() => pauses.length > 0)
    api.speak()
    await until(() => told.includes("changed a"))
    expect(countOf(listing)).toBe(1)
    expect(api.openWatches()).toBeLessThanOrEqual(1)
  })

  it("pauses longer and longer, up to ten seconds, and says what is wrong from the third time on", async () => {
    api.refuse(listing, 500)
    start({ time: { random: () => 1 } })
    await until(() => pauses.length >= 9)
    expect(listWatch?.problem()).toEqual({
      why: "unreachable",
      text: "cannot watch flagger.app/v1beta1 Canary: refused with 500",
    })
    expect(told.filter((text) => text === "troubled unreachable")).toHaveLength(pauses.length - 2)
    api.accept()
    await watchIsOpen()
    expect(pauses.slice(0, 9)).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000, 10_000, 10_000])
    expect(listWatch?.problem()).toBeUndefined()
  })

  it("never pauses for less than half a second", async () => {
    api.refuse(listing, 500, { times: 3 })
    start({ time: { random: () => 0 } })
    await watchIsOpen()
    expect(pauses).toEqual([500, 500, 500])
  })

  it("begins with short pauses again once an event has come through", async () => {
    start()
    await watchIsOpen()
    for (const name of ["a", "b", "c"]) {
      api.put(canary(name))
      await until(() => told.includes(`changed ${name}`))
      api.resetWatches()
      await watchIsOpen()
    }
    await until(() => pauses.length === 3)
    expect(pauses).toEqual([750, 750, 750])
  })

  it("takes a watch for a good one when it lasted, though nothing happened in it", async () => {
    let now = 0
    start({ time: { now: () => now } })
    for (let watches = 1; watches <= 3; watches++) {
      await until(() => countOf(watching) === watches)
      await watchIsOpen()
      now += 90_000
      api.resetWatches()
    }
    await until(() => countOf(watching) === 4)
    expect(pauses).toEqual([750, 750, 750])
  })

  it.each(["stream", "http"])("lists again at once when its version is too old (%s)", async (way) => {
    api.put(canary("a"))
    start()
    await watchIsOpen()
    api.put(canary("b"))
    await until(() => told.includes("changed b"))
    if (way === "http") api.refuse(watching, 410, { times: 1 })
    else api.compact()
    api.closeWatches()
    await until(() => told.length === 3)
    await watchIsOpen()
    expect(told).toEqual(["listed a", "changed b", "listed a b"])
    expect(urls(listing).map(({ search }) => search)).toEqual(["?resourceVersion=0", ""])
    expect(pauses).toEqual([])
  })

  it("lists again when the server does not take its version", async () => {
    api.refuse(watching, 400, { times: 1 })
    start()
    await watchIsOpen()
    expect(countOf(listing)).toBe(2)
    expect(pauses).toEqual([750])
  })

  it("pauses when its version is too old again and again", async () => {
    api.refuse(watching, 410, { times: 4 })
    start()
    await watchIsOpen()
    expect(countOf(listing)).toBe(5)
    expect(pauses).toHaveLength(3)
  })

  it("pauses, reports and lists again after any other error in the stream", async () => {
    start()
    await watchIsOpen()
    api.failWatches(500)
    await until(() => countOf(watching) === 2)
    expect(pauses).toEqual([750])
    expect(logged).toEqual(["cannot watch flagger.app/v1beta1 Canary: stream failed with 500"])
    expect(countOf(listing)).toBe(2)
  })

  it("waits as long as an error in the stream asks for", async () => {
    start()
    await watchIsOpen()
    api.failWatches(504, { retryAfterSeconds: 9 })
    await until(() => countOf(watching) === 2)
    expect(pauses).toEqual([9_000])
  })

  it("waits as long as a busy server asks for, and then resumes", async () => {
    start()
    await watchIsOpen()
    api.put(canary("a"))
    await until(() => told.includes("changed a"))
    api.refuse(watching, 429, { times: 1, headers: { "retry-after": "7" } })
    api.closeWatches()
    await until(() => countOf(watching) === 3)
    expect(pauses).toEqual([7_000])
    expect(countOf(listing)).toBe(1)
  })

  it("resumes without a list when the server fails to start a watch", async () => {
    start()
    await watchIsOpen()
    api.put(canary("a"))
    await until(() => told.includes("changed a"))
    api.refuse(watching, 503, { times: 1 })
    api.closeWatches()
    await until(() => countOf(watching) === 3)
    expect(pauses).toEqual([750])
    expect(countOf(listing)).toBe(1)
  })

  it.each([
    [404, "absent"],
    [405, "absent"],
    [403, "forbidden"],
    [401, "forbidden"],
  ])("asks every half minute for a kind that the server refuses with %i", async (status, why) => {
    api.put(canary("a"))
    api.refuse(listing, status)
    start()
    await until(() => pauses.length >= 3)
    expect(listWatch?.problem()).toEqual({
      why,
      text: `cannot watch flagger.app/v1beta1 Canary: refused with ${status}`,
    })
    expect(new Set(pauses)).toEqual(new Set([30_000]))
    expect(new Set(told)).toEqual(new Set([`troubled ${why}`]))
    api.accept()
    await watchIsOpen()
    expect(told.at(-1)).toBe("listed a")
    expect(listWatch?.problem()).toBeUndefined()
    expect(logged).toHaveLength(1)
  })

  it("resumes when the stream breaks inside a line or says something that is not JSON", async () => {
    start()
    await watchIsOpen()
    api.writeToWatches(`{"type":"MODIFIED","object":{"meta`)
    api.resetWatches()
    await until(() => countOf(watching) === 2)
    await watchIsOpen()
    api.writeToWatches("not JSON\n")
    await until(() => countOf(watching) === 3)
    await watchIsOpen()
    api.put(canary("a"))
    await until(() => told.includes("changed a"))
    expect(countOf(listing)).toBe(1)
  })

  it("passes over an event without a name", async () => {
    start()
    await watchIsOpen()
    api.writeToWatches(`{"type":"MODIFIED","object":{}}\n\n`)
    api.put(canary("a"))
    await until(() => told.includes("changed a"))
    expect(countOf(watching)).toBe(1)
    expect(logged).toHaveLength(1)
  })

  it("passes over what a list holds without a name", async () => {
    const source: WatchSource = {
      list: async () => ({ items: [{} as KubeObject, canary("a")], resourceVersion: "1" }),
      watch: (_, { signal }) => once(signal, "abort").then(() => undefined),
      get: async () => undefined,
    }
    start({ source })
    await until(() => told.length > 0)
    expect(told).toEqual(["listed a"])
  })

  it("leaves no request behind when it is stopped, whatever it is doing", async () => {
    const watched = start()
    await watchIsOpen()
    await watched.stop()
    await until(() => api.openWatches() === 0)

    api.refuse(listing, 500)
    const pausing = start({ time: { pause: (ms, signal) => (pauses.push(ms), sleep(ms, undefined, { signal })) } })
    await until(() => pauses.length === 1)
    await pausing.stop()

    api.accept()
    const release = api.hold(listing)
    const listingOnes = start()
    await until(() => countOf(listing) === 3)
    await listingOnes.stop()
    release()
    expect(told).toEqual(["listed"])
  })

  it("does not tell of a list that arrives after it was stopped", async () => {
    let answer = (): void => undefined
    const source: WatchSource = {
      list: () => new Promise((resolve) => (answer = () => resolve({ items: [canary("a")], resourceVersion: "1" }))),
      watch: async () => undefined,
      get: async () => undefined,
    }
    const stopped = start({ source }).stop()
    answer()
    await stopped
    expect(told).toEqual([])
  })
})
