import { keyOf, refOf, type KubeObject, type ObjectRef } from "#api/objects.ts"
import type { Caches } from "./contract.ts"
import type { ChangeType } from "./followed-objects.ts"
import { realTime, type Collection, type Time, type WatchSource } from "./list-watch.ts"
import type { Log } from "./watch-troubles.ts"
import { createWatchedKind, type WatchedKind } from "./watched-kind.ts"

export interface CachesOptions {
  source(collection: Collection): WatchSource
  /** When given, each collection is watched in the namespaces that are followed, never in all of them. `followAll` takes this one. */
  namespace?: string
  /** Kinds of which only the metadata is read and held. */
  metadataOnly(kind: string): boolean
  /** An object changed, and not by a write that was taken in, so these followers cannot know of it yet. */
  onChange(followers: Iterable<string>, ref: ObjectRef): void
  log: Log
  /** How long a kind that nobody follows is still watched. */
  graceMs?: number
  time?: Time
}

/** All of a kind. */
export type KindRef = Pick<ObjectRef, "apiVersion" | "kind">

/** Is told of every change of what is held, the first list included. `own` says that the change is a write of ours. */
export type KindListener = (type: ChangeType, object: KubeObject, own: boolean) => void

export interface WatchedCaches extends Caches {
  /** Resolves when all objects are known, or refused. A server that is away is waited for. */
  followAll(follower: string, kind: KindRef): Promise<void>
  all(kind: KindRef): KubeObject[]
  /** Only objects that somebody follows are told of. Returns what ends it. */
  onAny(kind: KindRef, listener: KindListener): () => void
  /** Resolves when every kind followed so far has been listed, or cannot be. */
  synced(): Promise<void>
  /** Why a kind cannot be watched. */
  problemOf(apiVersion: string, kind: string): string | undefined
  /** Why nothing can be concluded from an object of a kind not being held. */
  blindTo(apiVersion: string, kind: string): string | undefined
  counts(): CacheCounts
  /** What is held of each kind, and how many watches it took so far. */
  kinds(): Map<string, KindCounts>
  close(): Promise<void>
}

export interface CacheCounts {
  objects: number
  lists: number
  watches: number
  listenerErrors: number
}

export type KindCounts = Pick<CacheCounts, "objects" | "watches">

interface Following {
  refs: Map<string, ObjectRef>
  kinds: Map<string, KindRef>
}

const GRACE_MS = 60_000

export function createCaches(options: CachesOptions): WatchedCaches {
  const { namespace, log, graceMs = GRACE_MS, time = realTime } = options
  const watched = new Map<string, { collection: Collection; kind: WatchedKind }>()
  const following = new Map<string, Following>()
  const listeners = new Map<string, Set<KindListener>>()
  const ended = new Map<string, { lists: number; watches: number }>()
  let listenerErrors = 0
  let closed = false

  const safely = (tell: () => void): void => {
    try {
      tell()
    } catch (error) {
      listenerErrors++
      log("a listener to changes in the cluster failed", error)
    }
  }

  const startWatching = (collection: Collection): WatchedKind => {
    const kind = createWatchedKind({
      collection,
      source: options.source(collection),
      metadataOnly: options.metadataOnly(collection.kind),
      changed(type, object, own) {
        for (const listener of listeners.get(kindKey(collection)) ?? []) safely(() => listener(type, object, own))
      },
      wake: (followers, ref) => safely(() => options.onChange(followers, ref)),
      idle: () => void stopWatching(collection),
      graceMs,
      log,
      time,
    })
    watched.set(collectionKey(collection), { collection, kind })
    return kind
  }

  const stopWatching = async (collection: Collection): Promise<void> => {
    const kind = find(collection)
    watched.delete(collectionKey(collection))
    if (!kind) return
    const before = endedOf(collection.kind)
    const { lists, watches } = kind.counts()
    ended.set(collection.kind, { lists: before.lists + lists, watches: before.watches + watches })
    await kind.close()
  }

  const endedOf = (kind: string) => ended.get(kind) ?? { lists: 0, watches: 0 }
  const find = (collection: Collection): WatchedKind | undefined => watched.get(collectionKey(collection))?.kind
  const findOrStart = (collection: Collection): WatchedKind => {
    if (closed) throw new Error("the cluster is not watched any more")
    return find(collection) ?? startWatching(collection)
  }

  const holding = ({ apiVersion, kind, namespace: own }: ObjectRef): Collection =>
    namespace === undefined || own === undefined ? { apiVersion, kind } : { apiVersion, kind, namespace: own }
  const allOf = ({ apiVersion, kind }: KindRef): Collection =>
    namespace === undefined ? { apiVersion, kind } : { apiVersion, kind, namespace }

  const followingOf = (follower: string): Following => {
    const found = following.get(follower) ?? { refs: new Map(), kinds: new Map() }
    following.set(follower, found)
    return found
  }

  const follow = async (follower: string, refs: ObjectRef[]): Promise<void> => {
    const own = followingOf(follower)
    const before = own.refs
    own.refs = new Map(refs.map((ref) => [keyOf(ref), ref]))
    const known = Promise.all([...own.refs.values()].map((ref) => findOrStart(holding(ref)).follow(ref, follower)))
    for (const [key, ref] of before) if (!own.refs.has(key)) find(holding(ref))?.unfollow(ref, follower)
    await known
  }

  const firstOf = (asked: KindRef, tell: (kind: WatchedKind) => string | undefined): string | undefined => {
    const same = [...watched.values()].filter(({ collection }) => kindKey(collection) === kindKey(asked))
    return same.map((one) => tell(one.kind)).find((text) => text !== undefined)
  }

  return {
    get: (ref) => find(holding(ref))?.get(ref),
    follow,
    unfollow(follower) {
      const own = following.get(follower)
      following.delete(follower)
      for (const ref of own?.refs.values() ?? []) find(holding(ref))?.unfollow(ref, follower)
      for (const kind of own?.kinds.values() ?? []) find(allOf(kind))?.unfollowAll(follower)
    },
    wrote: (object) => find(holding(refOf(object)))?.wrote(object),
    gone: (ref) => find(holding(ref))?.gone(ref),
    async followAll(follower, kind) {
      followingOf(follower).kinds.set(kindKey(kind), kind)
      await findOrStart(allOf(kind)).followAll(follower)
    },
    all: (kind) => find(allOf(kind))?.all() ?? [],
    onAny(kind, listener) {
      const told = listeners.get(kindKey(kind)) ?? new Set()
      listeners.set(kindKey(kind), told.add(listener))
      return () => void told.delete(listener)
    },
    async synced() {
      await Promise.all([...watched.values()].map(({ kind }) => kind.settled()))
    },
    problemOf: (apiVersion, kind) => firstOf({ apiVersion, kind }, (watching) => watching.problem()),
    blindTo: (apiVersion, kind) => firstOf({ apiVersion, kind }, (watching) => watching.blindness()),
    counts() {
      const sum = { objects: 0, lists: 0, watches: 0, listenerErrors }
      for (const { lists, watches } of ended.values()) {
        sum.lists += lists
        sum.watches += watches
      }
      for (const { kind } of watched.values()) {
        const { objects, lists, watches } = kind.counts()
        sum.objects += objects
        sum.lists += lists
        sum.watches += watches
      }
      return sum
    },
    kinds() {
      const kinds = new Map<string, KindCounts>()
      for (const [kind, { watches }] of ended) kinds.set(kind, { objects: 0, watches })
      for (const { collection, kind } of watched.values()) {
        const before = kinds.get(collection.kind) ?? { objects: 0, watches: 0 }
        const { objects, watches } = kind.counts()
        kinds.set(collection.kind, { objects: before.objects + objects, watches: before.watches + watches })
      }
      return kinds
    },
    async close() {
      closed = true
      await Promise.all([...watched.values()].map(({ collection }) => stopWatching(collection)))
    },
  }
}

const kindKey = ({ apiVersion, kind }: KindRef): string => `${apiVersion}/${kind}`
const collectionKey = (collection: Collection): string => `${kindKey(collection)}/${collection.namespace ?? ""}`
