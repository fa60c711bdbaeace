import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises"
import fc from "fast-check"
import { Pool } from "undici"
import { expect, it, vi } from "vitest"
import { keyOf, refOf, type KubeObject, type ObjectRef } from "#api/objects.ts"
import { createCaches, type WatchedCaches } from "./caches.ts"
import { createTestSource } from "./fake-api-source.test-server.ts"
import { startFakeApi, type FakeApi } from "./fake-api.test-server.ts"

const names = ["a", "b", "c", "d"]
const services = { apiVersion: "v1", kind: "Service" }
const canaries = { apiVersion: "flagger.app/v1beta1", kind: "Canary" }
const objectOf = (kind: typeof services, name: string): KubeObject => ({
  ...kind,
  metadata: { name, namespace: "prod" },
})

interface World {
  api: FakeApi
  caches: WatchedCaches
  /** What each follower last learnt of each object it follows: by asking, by being woken, or by writing itself. */
  learnt: Map<string, string | undefined>
  followed: ObjectRef[]
  pending: Promise<void>[]
}
type Happening = (world: World) => void

const versionIn = (objects: KubeObject[], ref: ObjectRef): string | undefined =>
  objects.find((object) => keyOf(refOf(object)) === keyOf(ref))?.metadata.resourceVersion

function look({ caches, learnt }: World, ref: ObjectRef): void {
  learnt.set(keyOf(ref), caches.get(ref)?.metadata.resourceVersion)
}

function follow(world: World, chosen: string[]): void {
  const refs = chosen.map((name) => refOf(objectOf(services, name)))
  world.followed = refs
  // Who is refused tries again, as a work queue would.
  const attempt = async (): Promise<void> => {
    if (world.followed !== refs) return
    try {
      await world.caches.follow("worker", refs)
      for (const ref of refs) look(world, ref)
    } catch {
      await sleep(2)
      await attempt()
    }
  }
  world.pending.push(attempt())
}

const anObject = fc.record({ kind: fc.constantFrom(services, canaries), name: fc.constantFrom(...names) })
const happening: fc.Arbitrary<[string, Happening]> = fc.oneof(
  {
    weight: 6,
    arbitrary: anObject.map(({ kind, name }) =>
      named(`put ${kind.kind} ${name}`, ({ api }) => void api.put(objectOf(kind, name))),
    ),
  },
  {
    weight: 4,
    arbitrary: anObject.map(({ kind, name }) =>
      named(`remove ${kind.kind} ${name}`, ({ api }) => api.remove(refOf(objectOf(kind, name)))),
    ),
  },
  {
    weight: 3,
    arbitrary: anObject.map(({ kind, name }) =>
      named(`write ${kind.kind} ${name}`, (world) => {
        world.caches.wrote(world.api.put(objectOf(kind, name)))
        look(world, refOf(objectOf(kind, name)))
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: anObject.map(({ kind, name }) =>
      named(`delete ${kind.kind} ${name}`, (world) => {
        world.api.remove(refOf(objectOf(kind, name)))
        world.caches.gone(refOf(objectOf(kind, name)))
        look(world, refOf(objectOf(kind, name)))
      }),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.subarray(names).map((chosen) => named(`follow ${chosen.join()}`, (world) => follow(world, chosen))),
  },
  fc.constantFrom(
    named("reset", ({ api }) => api.resetWatches()),
    named("close", ({ api }) => api.closeWatches()),
    named("410 in the stream", ({ api }) => api.failWatches(410)),
    named("500 in the stream", ({ api }) => api.failWatches(500)),
    named("forget the past", ({ api }) => api.compact()),
    named("410 on the next watch", ({ api }) => api.refuse(/watch=1/, 410, { times: 1 })),
    named("cut the next request", ({ api }) => api.refuse(/./, 0, { times: 1 })),
    named("429 on the next request", ({ api }) => api.refuse(/./, 429, { times: 1 })),
    named("404 on the next list", ({ api }) => api.refuse(/\?(resourceVersion=0)?$/, 404, { times: 1 })),
    named("403 on the next list", ({ api }) => api.refuse(/\?(resourceVersion=0)?$/, 403, { times: 1 })),
    named("bookmark", ({ api }) => api.bookmark()),
    named("old cache", ({ api }) => api.freezeCache()),
    named("silence", ({ api }) => api.silence()),
    named("speak", ({ api }) => api.speak()),
  ),
)
function named(name: string, act: Happening): [string, Happening] {
  return [name, act]
}

it("holds what the server holds, and has told of every change, after any sequence of events and failures", async () => {
  const steps = fc.array(fc.tuple(happening, fc.nat({ max: 3 })), { minLength: 5, maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(steps, async (happenings) => {
      const api = await startFakeApi()
      const pool = new Pool(api.origin, { connections: 8 })
      const world: World = { api, learnt: new Map(), followed: [], pending: [], caches: undefined as never }
      world.caches = createCaches({
        source: (collection) => createTestSource(pool, collection),
        metadataOnly: () => false,
        onChange: (_, ref) => look(world, ref),
        log: () => undefined,
        time: {
          now: () => performance.now(),
          random: Math.random,
          pause: (_, signal) => sleep(1, undefined, { signal }),
        },
        graceMs: 5,
      })
      try {
        world.pending.push(world.caches.followAll("scheduler", canaries).catch(() => undefined))
        for (const [[, act], turns] of happenings) {
          act(world)
          for (let i = 0; i < turns; i++) await turn()
        }
        api.speak()
        api.accept()
        await Promise.all(world.pending)
        await vi.waitFor(() => expect(stateOf(world)).toEqual(truthOf(world)), { interval: 2, timeout: 3_000 })
      } finally {
        await world.caches.close()
        await pool.destroy()
        await api.close()
      }
    }),
    { numRuns: 100, endOnFailure: true },
  )
}, 60_000)

const byName = (versions: [string, unknown][]) => Object.fromEntries(versions.sort(([a], [b]) => (a < b ? -1 : 1)))

function stateOf({ caches, learnt, followed }: World) {
  return {
    held: byName(followed.map((ref) => [ref.name, caches.get(ref)?.metadata.resourceVersion])),
    learnt: byName(followed.map((ref) => [ref.name, learnt.get(keyOf(ref))])),
    canaries: byName(caches.all(canaries).map(({ metadata }) => [metadata.name, metadata.resourceVersion])),
    objects: caches.counts().objects,
  }
}

function truthOf({ api, followed }: World) {
  const stored = api.stored()
  const versions = byName(followed.map((ref) => [ref.name, versionIn(stored, ref)]))
  const all = stored.filter(({ kind }) => kind === "Canary")
  return {
    held: versions,
    learnt: versions,
    canaries: byName(all.map(({ metadata }) => [metadata.name, metadata.resourceVersion])),
    objects: all.length + Object.values(versions).filter((version) => version !== undefined).length,
  }
}
