import type { KubeObject, ObjectRef } from "#api/objects.ts"
import { createFollowedObjects, type FollowedObject, type Listeners } from "./followed-objects.ts"
import { compareVersions } from "./known-object.ts"
import { createListWatch, nameOf, type Collection, type Time, type WatchSink, type WatchSource } from "./list-watch.ts"
import type { Log } from "./watch-troubles.ts"

export interface WatchedKindOptions extends Listeners {
  collection: Collection
  source: WatchSource
  metadataOnly: boolean
  /** Nobody has followed anything for `graceMs`. */
  idle(): void
  graceMs: number
  log: Log
  time: Time
}

export type WatchedKind = ReturnType<typeof createWatchedKind>

/** The followed objects of one collection, and the watch that keeps them fresh. */
export function createWatchedKind(options: WatchedKindOptions) {
  const { collection, source, metadataOnly, log, time } = options
  const objects = createFollowedObjects({ ...collection, metadataOnly }, options)
  const fetching = new Map<FollowedObject, Promise<void>>()
  const closing = new AbortController()
  const earlier = { lists: 0, watches: 0 }
  let listed = false
  let waiting: (() => void)[] = []
  /** Followers went on without knowing, because of a problem; they are woken when it is over. */
  let letGo = false
  let grace: NodeJS.Timeout | undefined

  const letThrough = (): void => {
    for (const goOn of waiting) goOn()
    waiting = []
  }

  const into: WatchSink = {
    listed(items, version) {
      objects.listed(items, version)
      listed = true
      letThrough()
      if (letGo) objects.wakeAll()
      letGo = false
    },
    changed: (object) => void objects.takeIn(object, "event"),
    deleted: objects.deleted,
    troubled({ why }) {
      if (listed && why === "unreachable") return
      if (why === "absent") objects.notServed()
      letGo = true
      letThrough()
    },
  }

  const start = () => createListWatch({ collection, source, metadataOnly, into, log, time })
  let listWatch = start()

  const restart = (): void => {
    listed = false
    earlier.lists += listWatch.counts.lists
    earlier.watches += listWatch.counts.watches
    void listWatch.stop()
    listWatch = start()
  }

  const listOrTrouble = (): Promise<void> => new Promise((resolve) => waiting.push(resolve))
  const refused = (): boolean => ["absent", "forbidden"].includes(listWatch.problem()?.why ?? "")

  const isSettled = (): boolean => listed || listWatch.problem() !== undefined || closing.signal.aborted

  /** Resolves when there is a list, or a problem that keeps us from it. */
  const settled = async (): Promise<void> => {
    while (!isSettled()) await listOrTrouble()
  }

  /** Settled, and whatever is then unknown can be looked up one by one. */
  const canLookUp = async (): Promise<boolean> => {
    while (!isSettled()) await listOrTrouble()
    closing.signal.throwIfAborted()
    if (!listed && !refused()) throw new Error(listWatch.problem()?.text)
    return listed && !refused()
  }

  const lookUp = async (entry: FollowedObject): Promise<void> => {
    const object = await source.get(entry.ref, { metadataOnly, signal: closing.signal })
    if (!objects.has(entry)) return
    // Where versions cannot be compared, what the watch told meanwhile is right.
    const told = entry.known && compareVersions(object?.metadata.resourceVersion, versionIn(entry)) === undefined
    if (object && !told) objects.takeIn(object, "answer")
    entry.known = true
  }

  const becomeKnown = async (entry: FollowedObject): Promise<void> => {
    if (!(await canLookUp()) || entry.known) return
    const running = fetching.get(entry) ?? lookUp(entry).finally(() => fetching.delete(entry))
    fetching.set(entry, running)
    await running
  }

  const checkGrace = (): void => {
    clearTimeout(grace)
    if (!objects.isFollowed()) grace = setTimeout(options.idle, options.graceMs).unref()
  }

  return {
    get: objects.get,
    all: objects.all,
    gone: objects.deletedByUs,
    wrote: (object: KubeObject): void => void objects.takeIn(object, "own"),
    /** Resolves when the object, or its absence, is known. */
    follow(ref: ObjectRef, follower: string): Promise<void> {
      const entry = objects.follow(ref, follower)
      checkGrace()
      return becomeKnown(entry)
    },
    unfollow(ref: ObjectRef, follower: string): void {
      objects.unfollow(ref, follower)
      checkGrace()
    },
    /** Resolves when all objects are known, or refused. A server that is away is waited for. */
    async followAll(follower: string): Promise<void> {
      const someWereSkipped = listed && !objects.areAllFollowed()
      objects.followAll(follower)
      checkGrace()
      if (someWereSkipped) restart()
      while (!listed && !refused() && !closing.signal.aborted) await listOrTrouble()
      closing.signal.throwIfAborted()
    },
    unfollowAll(follower: string): void {
      objects.unfollowAll(follower)
      checkGrace()
    },
    problem: (): string | undefined => listWatch.problem()?.text,
    /** Why what is held says nothing about what there is. A watch that is only cut off for a while leaves the last state. */
    blindness: (): string | undefined => (listed && !refused() ? undefined : listWatch.problem()?.text),
    settled,
    counts: () => ({
      objects: objects.all().length,
      lists: earlier.lists + listWatch.counts.lists,
      watches: earlier.watches + listWatch.counts.watches,
    }),
    close(): Promise<void> {
      clearTimeout(grace)
      closing.abort(new Error(`${nameOf(collection)} is not watched any more`))
      letThrough()
      return listWatch.stop()
    },
  }
}

const versionIn = ({ object, end }: FollowedObject): string | undefined =>
  object?.metadata.resourceVersion ?? end?.resourceVersion
