import { once } from "node:events"
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises"
import { Pool } from "undici"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { refOf, type KubeObject, type ObjectRef } from "#api/objects.ts"
import { createCaches, type CachesOptions, type WatchedCaches } from "./caches.ts"
import { createTestSource } from "./fake-api-source.test-server.ts"
import { startFakeApi, type FakeApi } from "./fake-api.test-server.ts"
import type { Time, WatchSource } from "./list-watch.ts"

const services = { apiVersion: "v1", kind: "Service" }
const canaries = { apiVersion: "flagger.app/v1beta1", kind: "Canary" }
const service = (name: string, color = "green"): KubeObject => ({
  ...services,
  metadata: { name, namespace: "prod" },
  spec: { color },
})
const canary = (name: string): KubeObject => ({ ...canaries, metadata: { name, namespace: "prod" } })
const web = refOf(service("web"))
const other = refOf(service("other"))

const listing = /GET \S+s\?(resourceVersion=0)?$/
const watching = /GET \S+watch=1/
const reading = /GET [^?]+$/

let api: FakeApi
let pool: Pool
let caches: WatchedCaches
let told: string[]
let logged: string[]

beforeEach(async () => {
  api = await startFakeApi()
  pool = new Pool(api.origin, { connections: 16 })
  told = []
  logged = []
})
afterEach(async () => {
  await caches.close()
  await pool.destroy()
  await api.close()
})

const quick: Time = {
  now: () => performance.now(),
  random: () => 0.5,
  pause: (_, signal) => sleep(1, undefined, { signal }),
}

function start(options: Partial<CachesOptions> = {}): WatchedCaches {
  caches = createCaches({
    source: (collection) => createTestSource(pool, collection),
    metadataOnly: (kind) => kind === "Secret",
    onChange: (followers, ref) => void told.push(`${[...followers].join(" ")}: ${ref.name}`),
    log: (message) => void logged.push(message),
    time: quick,
    ...options,
  })
  return caches
}

const until = (met: () => boolean): Promise<void> =>
  vi.waitFor(() => expect(met()).toBe(true), { interval: 2, timeout: 5_000 })
const countOf = (match: RegExp): number =>
  api.requests.filter(({ method, url }) => match.test(`${method} ${url}`)).length
const colorOf = (ref: ObjectRef): unknown => caches.get(ref)?.spec.color
const watchesAreOpen = (count = 1): Promise<void> => until(() => api.openWatches() === count)
/** Events come in order, so what was sent before this one has been seen. */
async function eventsAreSeen(): Promise<void> {
  await caches.follow("marker", [refOf(service("marker"))])
  const { metadata } = api.put(service("marker"))
  await until(() => caches.get(refOf(service("marker")))?.metadata.resourceVersion === metadata.resourceVersion)
  told = told.filter((text) => text !== "marker: marker")
}

describe("following", () => {
  it("costs one list however many objects are followed at start", async () => {
    for (let i = 0; i < 1_000; i++) api.put(service(`web-${i}`))
    start()
    const refs = Array.from({ length: 1_000 }, (_, i) => refOf(service(`web-${i}`)))
    await Promise.all(refs.map((ref, i) => caches.follow(`canary-${i}`, [ref, web])))
    expect(refs.every((ref) => caches.get(ref) !== undefined)).toBe(true)
    expect(caches.get(web)).toBeUndefined()
    await watchesAreOpen()
    expect([countOf(listing), countOf(watching), countOf(reading)]).toEqual([1, 1, 0])
    expect(told).toEqual([])
  })

  it("costs one look for an object followed later, none when it is held already", async () => {
    api.put(service("web"))
    start()
    await caches.follow("a", [other])
    await Promise.all([caches.follow("b", [web]), caches.follow("c", [web])])
    expect(colorOf(web)).toBe("green")
    await caches.follow("d", [web])
    await caches.follow("b", [web, other])
    expect(countOf(reading)).toBe(1)
    expect(told).toEqual([])
  })

  it("knows that an object does not exist, and tells when it comes", async () => {
    start()
    await caches.follow("a", [other])
    await caches.follow("b", [web])
    expect(caches.get(web)).toBeUndefined()
    await caches.follow("c", [web])
    expect(countOf(reading)).toBe(1)
    api.put(service("web"))
    await until(() => told.length === 1)
    expect(told).toEqual(["b c: web"])
    expect(colorOf(web)).toBe("green")
  })

  it("tells the followers of an object of each change, and of nothing else", async () => {
    api.put(service("web"))
    start()
    await caches.follow("a", [web])
    await caches.follow("b", [web, other])
    api.put(service("nobody-cares"))
    api.put(service("web", "blue"))
    api.bookmark()
    api.remove(web)
    await until(() => told.length === 2)
    expect(told).toEqual(["a b: web", "a b: web"])
    expect(caches.get(web)).toBeUndefined()
  })

  it("replaces what was followed before", async () => {
    api.put(service("web"))
    api.put(service("other"))
    start()
    await caches.follow("a", [web])
    await caches.follow("a", [other])
    expect(caches.get(web)).toBeUndefined()
    api.put(service("web", "blue"))
    api.put(service("other", "blue"))
    await until(() => told.length === 1)
    expect(told).toEqual(["a: other"])
    expect(caches.counts().objects).toBe(1)
  })

  it("holds only what somebody follows", async () => {
    for (let i = 0; i < 50; i++) api.put(service(`web-${i}`))
    api.put(service("web"))
    start()
    await Promise.all([caches.follow("a", [web]), caches.follow("b", [web])])
    expect(caches.counts().objects).toBe(1)
    caches.unfollow("a")
    expect(colorOf(web)).toBe("green")
    caches.unfollow("b")
    expect(caches.counts().objects).toBe(0)
  })

  it("gives objects their kind, and leaves out what only the server needs", async () => {
    api.put(service("web"))
    start()
    await caches.follow("a", [web])
    expect(caches.get(web)).toEqual({
      ...service("web"),
      metadata: { name: "web", namespace: "prod", uid: "uid-101", resourceVersion: "101" },
    })
    api.put(service("web", "blue"))
    await until(() => told.length === 1)
    expect(caches.get(web)?.metadata).not.toHaveProperty("managedFields")
  })

  it("holds the metadata alone of kinds whose content is none of its business", async () => {
    const secret = (name: string): KubeObject => ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name, namespace: "prod" },
      data: { password: "aHVudGVyMg==" },
    })
    const metadataOf = (name: string, version: string) => ({
      ...secret(name),
      metadata: { name, namespace: "prod", uid: expect.any(String), resourceVersion: version },
      data: undefined,
    })
    const { metadata } = api.put(secret("listed"))
    start()
    await caches.follow("a", [refOf(secret("listed"))])
    expect(caches.get(refOf(secret("listed")))).toEqual(metadataOf("listed", metadata.resourceVersion!))
    const read = api.put(secret("read")).metadata.resourceVersion!
    await caches.follow("a", [refOf(secret("listed")), refOf(secret("read"))])
    expect(caches.get(refOf(secret("read")))).toEqual(metadataOf("read", read))
    const wrote = api.put(secret("read"))
    caches.wrote(wrote)
    expect(caches.get(refOf(secret("read")))).toEqual(metadataOf("read", wrote.metadata.resourceVersion!))
    expect(api.requests.every(({ accept }) => accept.includes("as=PartialObjectMetadata"))).toBe(true)
  })
})

describe("a look that races with the watch", () => {
  it("loses against a deletion that came in between", async () => {
    api.put(service("web"))
    start()
    await caches.follow("a", [other])
    await watchesAreOpen()
    const release = api.hold(reading)
    const known = caches.follow("a", [other, web])
    await until(() => countOf(reading) === 1)
    api.remove(web)
    api.put(service("other"))
    await until(() => told.includes("a: other"))
    release()
    await known
    expect(caches.get(web)).toBeUndefined()
  })

  it("loses against a newer version", async () => {
    api.put(service("web"))
    start()
    await caches.follow("a", [other])
    await watchesAreOpen()
    const release = api.hold(reading)
    const known = caches.follow("a", [other, web])
    await until(() => countOf(reading) === 1)
    api.put(service("web", "blue"))
    await until(() => told.length === 1)
    release()
    await known
    expect(colorOf(web)).toBe("blue")
    expect(told).toEqual(["a: web"])
  })

  it("wins against older events that come later", async () => {
    api.put(service("web"))
    start()
    await caches.follow("a", [other])
    await watchesAreOpen()
    api.silence()
    api.put(service("web", "blue"))
    api.put(service("web", "red"))
    await caches.follow("a", [other, web])
    expect(colorOf(web)).toBe("red")
    api.speak()
    await eventsAreSeen()
    expect(colorOf(web)).toBe("red")
    expect(told).toEqual([])
  })

  it("that found nothing does not hide an object created since", async () => {
    start()
    await caches.follow("a", [other])
    await watchesAreOpen()
    const release = api.hold(reading)
    const known = caches.follow("a", [other, web])
    await until(() => countOf(reading) === 1)
    api.put(service("web"))
    await until(() => told.length === 1)
    release()
    await known
    await eventsAreSeen()
    expect(colorOf(web)).toBe("green")
  })

  it("loses against a list that was made in between", async () => {
    api.put(service("web"))
    start()
    await caches.follow("a", [other])
    await watchesAreOpen()
    const release = api.hold(reading)
    const known = caches.follow("a", [other, web])
    await until(() => countOf(reading) === 1)
    api.silence()
    api.remove(web)
    api.compact()
    api.closeWatches()
    api.speak()
    await until(() => countOf(listing) === 2)
    await watchesAreOpen()
    release()
    await known
    expect(caches.get(web)).toBeUndefined()
  })

  it("loses against the watch where versions are no numbers, so that nobody can tell which is newer", async () => {
    const at = (resourceVersion: string): KubeObject => ({ ...service("web"), metadata: { ...web, resourceVersion } })
    let say: (line: string) => void = () => undefined
    let answer: (object: KubeObject) => void = () => undefined
    const source: WatchSource = {
      list: async () => ({ items: [], resourceVersion: "m" }),
      watch: (_, { signal }, onLine) => {
        say = onLine
        return once(signal, "abort").then(() => undefined)
      },
      get: () => new Promise((resolve) => (answer = resolve)),
    }
    start({ source: () => source })
    await caches.follow("a", [other])
    const known = caches.follow("a", [other, web])
    await turn()
    say(JSON.stringify({ type: "ADDED", object: at("z") }))
    answer(at("a"))
    await known
    expect(caches.get(web)?.metadata.resourceVersion).toBe("z")
  })

  it("does not count when the object was let go and followed anew meanwhile", async () => {
    api.put(service("web"))
    start()
    await caches.follow("a", [other])
    await watchesAreOpen()
    const release = api.hold(reading)
    const first = caches.follow("a", [other, web])
    await until(() => countOf(reading) === 1)
    void caches.follow("a", [other])
    api.remove(web)
    api.put(service("other"))
    await until(() => told.length === 1)
    const second = caches.follow("a", [other, web])
    await until(() => countOf(reading) === 2)
    release()
    await Promise.all([first, second])
    expect(caches.get(web)).toBeUndefined()
  })

  it("is told as an error when it fails, and made anew by the next follow", async () => {
    api.put(service("web"))
    start()
    await caches.follow("a", [other])
    api.refuse(reading, 500, { times: 1 })
    await expect(caches.follow("a", [web])).rejects.toThrow("refused with 500")
    await caches.follow("a", [web])
    expect(colorOf(web)).toBe("green")
  })
})

describe("our own writes", () => {
  it("are seen by the next look and told to nobody", async () => {
    start()
    await caches.follow("a", [web])
    await watchesAreOpen()
    api.silence()
    caches.wrote(api.put(service("web")))
    expect(colorOf(web)).toBe("green")
    caches.wrote(api.put(service("web", "blue")))
    expect(colorOf(web)).toBe("blue")
    api.speak()
    await eventsAreSeen()
    expect(colorOf(web)).toBe("blue")
    expect(told).toEqual([])
    api.put(service("web", "red"))
    await until(() => told.length === 1)
  })

  it("are taken in before the first list, which may be older", async () => {
    start()
    api.freezeCache()
    const known = caches.follow("a", [web])
    caches.wrote(api.put(service("web")))
    await known
    expect(colorOf(web)).toBe("green")
    await eventsAreSeen()
    expect(colorOf(web)).toBe("green")
  })

  it("do not bring back what was deleted before their answer came", async () => {
    start()
    await caches.follow("a", [web])
    await watchesAreOpen()
    const answer = api.put(service("web"))
    api.remove(web)
    await eventsAreSeen()
    caches.wrote(answer)
    expect(caches.get(web)).toBeUndefined()
  })

  it("of objects that nobody follows leave no trace", async () => {
    start()
    await caches.follow("a", [web])
    caches.wrote(api.put(service("other")))
    caches.wrote(api.put(canary("web")))
    expect(caches.counts().objects).toBe(0)
  })

  it("that delete an object are not undone by older events, nor told", async () => {
    api.put(service("web"))
    start()
    await caches.follow("a", [web])
    await watchesAreOpen()
    api.silence()
    api.put(service("web", "blue"))
    api.remove(web)
    caches.gone(web)
    expect(caches.get(web)).toBeUndefined()
    api.speak()
    await eventsAreSeen()
    expect(caches.get(web)).toBeUndefined()
    expect(told).toEqual([])
    api.put(service("web", "red"))
    await until(() => told.length === 1)
    expect(colorOf(web)).toBe("red")
  })
})

describe("a new list", () => {
  it("tells exactly what became different while the watch was away [fix 16]", async () => {
    for (const name of ["same", "changed", "gone"]) api.put(service(name))
    start()
    const names = ["same", "changed", "gone", "new", "never"]
    await Promise.all(names.map((name) => caches.follow(`of-${name}`, [refOf(service(name))])))
    await watchesAreOpen()
    api.silence()
    api.put(service("changed", "blue"))
    api.put(service("new"))
    api.remove(refOf(service("gone")))
    api.compact()
    api.resetWatches()
    api.speak()
    await until(() => told.length === 3)
    await watchesAreOpen()
    expect(told.sort()).toEqual(["of-changed: changed", "of-gone: gone", "of-new: new"])
    expect(names.map((name) => colorOf(refOf(service(name))))).toEqual(["green", "blue", undefined, "green", undefined])
    expect(caches.counts()).toMatchObject({ lists: 2, objects: 3 })
  })
})

describe("a listener that throws", () => {
  it("is counted and logged, and the watch goes on", async () => {
    start({
      onChange() {
        throw new Error("a defect")
      },
    })
    await caches.follow("a", [web])
    api.put(service("web"))
    await until(() => caches.counts().listenerErrors === 1)
    api.put(service("web", "blue"))
    await until(() => colorOf(web) === "blue")
    expect(logged).toEqual(Array(2).fill("a listener to changes in the cluster failed"))
    expect(caches.counts().watches).toBe(1)
  })
})

describe("a kind that cannot be watched", () => {
  it.each([404, 403])("is a problem and not a hindrance (%i), and its end wakes the followers", async (status) => {
    api.put(service("web"))
    api.refuse(listing, status)
    start()
    await caches.follow("a", [web])
    await caches.follow("b", [other])
    await caches.synced()
    expect(caches.get(web)).toBeUndefined()
    expect(caches.problemOf("v1", "Service")).toBe(`cannot watch v1 Service: refused with ${status}`)
    expect(caches.problemOf("apps/v1", "Deployment")).toBeUndefined()
    expect(countOf(reading)).toBe(0)
    api.accept()
    await until(() => told.length === 2)
    expect(told).toEqual(["a: web", "b: other"])
    expect(colorOf(web)).toBe("green")
    expect(caches.problemOf("v1", "Service")).toBeUndefined()
    await watchesAreOpen()
    api.compact()
    api.closeWatches()
    await until(() => caches.counts().lists === 2)
    expect(told).toHaveLength(2)
  })

  it("keeps nobody waiting for long when the server fails, and wakes the followers when it is back", async () => {
    api.put(service("web"))
    api.refuse(listing, 500)
    start()
    await expect(caches.follow("a", [web])).rejects.toThrow("cannot watch v1 Service: refused with 500")
    await expect(caches.follow("a", [web])).rejects.toThrow("cannot watch v1 Service: refused with 500")
    api.accept()
    await until(() => told.length === 1)
    expect(told).toEqual(["a: web"])
  })

  it("keeps what is known while the server is away, and wakes nobody when nothing has changed", async () => {
    api.put(service("web"))
    start()
    await caches.follow("a", [web])
    await watchesAreOpen()
    api.refuse(watching, 500)
    api.resetWatches()
    await until(() => caches.problemOf("v1", "Service") !== undefined)
    await caches.follow("b", [web, other])
    expect(colorOf(web)).toBe("green")
    api.accept()
    await watchesAreOpen()
    api.bookmark()
    await until(() => caches.problemOf("v1", "Service") === undefined)
    api.compact()
    api.closeWatches()
    await until(() => caches.counts().lists === 2)
    expect(told).toEqual([])
  })

  it("takes its objects with it when it is removed from the cluster", async () => {
    api.put(service("web"))
    start()
    await caches.follow("a", [web])
    await watchesAreOpen()
    api.refuse(watching, 404, { times: 1 })
    api.refuse(listing, 404)
    api.resetWatches()
    await until(() => told.length === 1)
    expect(caches.get(web)).toBeUndefined()
    expect(caches.problemOf("v1", "Service")).toBeDefined()
    api.accept()
    await until(() => caches.problemOf("v1", "Service") === undefined)
    expect(colorOf(web)).toBe("green")
    expect(new Set(told)).toEqual(new Set(["a: web"]))
  })

  it("leaves the last known state when the right to watch is withdrawn", async () => {
    api.put(service("web"))
    start()
    await caches.follow("a", [web])
    await watchesAreOpen()
    api.refuse(watching, 401, { times: 1 })
    api.refuse(listing, 403)
    api.resetWatches()
    await until(() => caches.problemOf("v1", "Service") !== undefined)
    await caches.follow("b", [other])
    expect(colorOf(web)).toBe("green")
    expect(countOf(reading)).toBe(0)
    api.put(service("web", "blue"))
    api.accept()
    await until(() => colorOf(web) === "blue")
  })
})

describe("a kind that nobody follows any more", () => {
  it("is watched for a while, and then not", async () => {
    start({ graceMs: 30 })
    await caches.follow("a", [web])
    await watchesAreOpen()
    caches.unfollow("a")
    expect(api.openWatches()).toBe(1)
    await until(() => api.openWatches() === 0)
    expect(caches.counts()).toMatchObject({ lists: 1, watches: 1 })
    api.put(service("web"))
    await caches.follow("a", [web])
    expect(colorOf(web)).toBe("green")
    expect(countOf(listing)).toBe(2)
  })

  it("keeps its watch when it is followed again in time", async () => {
    api.put(service("web"))
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
    try {
      start()
      await caches.follow("a", [web])
      caches.unfollow("a")
      vi.advanceTimersByTime(59_000)
      await caches.follow("a", [web])
      vi.advanceTimersByTime(59_000)
    } finally {
      vi.useRealTimers()
    }
    expect(colorOf(web)).toBe("green")
    expect([countOf(listing), countOf(reading)]).toEqual([1, 1])
  })
})

describe("following all of a kind", () => {
  it("holds every object and tells of each change", async () => {
    api.put(canary("a"))
    start()
    const seen: string[] = []
    const end = caches.onAny(
      canaries,
      (type, { metadata }, own) => void seen.push(`${own ? "own " : ""}${type} ${metadata.name}`),
    )
    await caches.followAll("scheduler", canaries)
    await watchesAreOpen()
    expect(caches.all(canaries).map(({ metadata }) => metadata.name)).toEqual(["a"])
    api.put(canary("b"))
    await until(() => told.length === 1)
    caches.wrote(api.put(canary("b")))
    caches.wrote(api.put(canary("c")))
    api.remove(refOf(canary("a")))
    await until(() => told.length === 2)
    api.remove(refOf(canary("c")))
    caches.gone(refOf(canary("c")))
    expect(seen).toEqual(["added a", "added b", "own modified b", "own added c", "deleted a", "own deleted c"])
    expect(told).toEqual(["scheduler: b", "scheduler: a"])
    expect(caches.all(canaries).map(({ metadata }) => metadata.name)).toEqual(["b"])
    end()
    api.put(canary("d"))
    await until(() => told.length === 3)
    expect(seen).toHaveLength(6)
  })

  it("waits for a server that is away", async () => {
    api.put(canary("a"))
    api.refuse(listing, 500)
    start()
    const known = caches.followAll("scheduler", canaries)
    await until(() => caches.problemOf(canaries.apiVersion, canaries.kind) !== undefined)
    api.accept()
    await known
    expect(caches.all(canaries)).toHaveLength(1)
  })

  it("does not wait for a kind that is refused", async () => {
    api.refuse(listing, 404)
    start()
    await caches.followAll("scheduler", canaries)
    expect(caches.all(canaries)).toEqual([])
  })

  it("finds the objects that were passed over while only some were followed", async () => {
    api.put(service("web"))
    api.put(service("other"))
    start()
    await caches.follow("a", [web])
    expect(caches.all(services)).toHaveLength(1)
    await caches.followAll("page", services)
    expect(caches.all(services)).toHaveLength(2)
    await watchesAreOpen()
    expect(told).toEqual([])
    caches.unfollow("page")
    expect(caches.all(services)).toHaveLength(1)
    expect(caches.counts()).toEqual({ objects: 1, lists: 2, watches: expect.any(Number), listenerErrors: 0 })
  })

  it("does not bring back a deleted object when the answer to a write comes late", async () => {
    start()
    await caches.followAll("scheduler", canaries)
    await watchesAreOpen()
    const answer = api.put(canary("a"))
    api.remove(refOf(canary("a")))
    await until(() => told.length === 2)
    caches.wrote(answer)
    expect(caches.all(canaries)).toEqual([])
  })

  it("remembers deleted objects in bounded memory", async () => {
    start()
    await caches.followAll("scheduler", canaries)
    for (let i = 0; i < 1_100; i++) {
      const object = {
        ...canary(`c-${i}`),
        metadata: { name: `c-${i}`, namespace: "prod", uid: `u-${i}`, resourceVersion: `${200 + i}` },
      }
      caches.wrote(object)
      caches.gone(refOf(object))
      if (i === 0 || i === 1_099) caches.wrote(object)
      expect(caches.all(canaries)).toEqual([])
    }
    caches.wrote({ ...canary("c-0"), metadata: { name: "c-0", namespace: "prod", uid: "u-0", resourceVersion: "200" } })
    expect(caches.all(canaries)).toHaveLength(1)
  })
})

describe("in one namespace", () => {
  it("asks only for the namespaces that are followed", async () => {
    const far = { ...web, namespace: "far" }
    api.put(service("web"))
    api.put({ ...service("web", "blue"), metadata: { name: "web", namespace: "far" } })
    api.put({ ...canary("elsewhere"), metadata: { name: "elsewhere", namespace: "far" } })
    api.put(canary("here"))
    start({ namespace: "prod" })
    await caches.followAll("scheduler", canaries)
    await caches.follow("a", [web, far])
    expect([colorOf(web), colorOf(far)]).toEqual(["green", "blue"])
    expect(caches.all(canaries).map(({ metadata }) => metadata.name)).toEqual(["here"])
    expect(api.requests.every(({ url }) => url.includes("/namespaces/"))).toBe(true)
    await watchesAreOpen(3)
    api.refuse(/namespaces\/far/, 403)
    api.closeWatches()
    await until(() => caches.problemOf("v1", "Service") !== undefined)
    expect(caches.problemOf("v1", "Service")).toContain("in namespace far")
  })
})

describe("closing", () => {
  it("ends every watch and lets nobody wait", async () => {
    start()
    await caches.follow("a", [web, refOf(canary("web"))])
    await watchesAreOpen(2)
    const release = api.hold(listing)
    const waiting = caches.follow("a", [{ apiVersion: "apps/v1", kind: "Deployment", namespace: "prod", name: "web" }])
    waiting.catch(() => undefined)
    const waitingForAll = caches.followAll("b", canaries)
    waitingForAll.catch(() => undefined)
    await caches.close()
    await expect(waiting).rejects.toThrow("apps/v1 Deployment is not watched any more")
    await expect(waitingForAll).rejects.toThrow("flagger.app/v1beta1 Canary is not watched any more")
    await expect(caches.follow("b", [web])).rejects.toThrow("the cluster is not watched any more")
    await expect(caches.followAll("b", canaries)).rejects.toThrow("the cluster is not watched any more")
    release()
    await watchesAreOpen(0)
  })
})
