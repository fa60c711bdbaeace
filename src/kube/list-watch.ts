import { setTimeout as sleep } from "node:timers/promises"
import type { KubeObject, ObjectRef } from "#api/objects.ts"
import { ApiError } from "./contract.ts"
import { createTroubles, type Log, type Problem } from "./watch-troubles.ts"

/** Objects of one kind, in one namespace or in all. */
export interface Collection {
  apiVersion: string
  kind: string
  namespace?: string
}

export interface ReadOptions {
  /** Ask for metadata only (`as=PartialObjectMetadataList` on list, `as=PartialObjectMetadata` on watch and get). */
  metadataOnly: boolean
  signal: AbortSignal
}

/**
 * The requests of one collection. Refusals are thrown as `ApiError`; one that says when to come back carries `retryAfterMs`.
 * The source ends a watch that is silent for too long with an error.
 */
export interface WatchSource {
  list(query: string, options: ReadOptions): Promise<{ items: KubeObject[]; resourceVersion: string }>
  /** Resolves when the server closes the stream, and ends it with the same error when `onLine` throws. */
  watch(query: string, options: ReadOptions, onLine: (line: string) => void): Promise<void>
  get(ref: ObjectRef, options: ReadOptions): Promise<KubeObject | undefined>
}

/** Takes what the API says, in its order. Must not throw. */
export interface WatchSink {
  /** Everything there is at this version. What is not in it does not exist. */
  listed(objects: KubeObject[], resourceVersion: string): void
  changed(object: KubeObject): void
  deleted(object: KubeObject): void
  troubled(problem: Problem): void
}

export interface Time {
  /** Milliseconds from any start. */
  now(): number
  pause(ms: number, signal: AbortSignal): Promise<void>
  random(): number
}
export const realTime: Time = {
  now: () => performance.now(),
  pause: (ms, signal) => sleep(ms, undefined, { signal }),
  random: Math.random,
}

export interface ListWatch {
  problem(): Problem | undefined
  readonly counts: { lists: number; watches: number }
  /** Resolves when no request is left. */
  stop(): Promise<void>
}

const WATCH_SECONDS = 300
const TOO_SHORT_WATCH_MS = 1_000
/** A watch that lived this long was a good one, even when nothing happened. */
const GOOD_WATCH_MS = 30_000

/** Keeps `into` up to date with one collection until stopped: one list, then one watch after the other. */
export function createListWatch(options: {
  collection: Collection
  source: WatchSource
  metadataOnly: boolean
  into: WatchSink
  log: Log
  time: Time
}): ListWatch {
  const { collection, source, into, log, time } = options
  const stopping = new AbortController()
  const reading: ReadOptions = { metadataOnly: options.metadataOnly, signal: stopping.signal }
  const counts = { lists: 0, watches: 0 }
  const name = nameOf(collection)
  const troubles = createTroubles({ name, log, random: time.random, troubled: into.troubled })
  let resumeFrom: string | undefined

  const list = async (): Promise<string> => {
    // The first list may be as old as the server's cache. A later one may not: time would run backwards.
    const query = counts.lists === 0 ? "resourceVersion=0" : ""
    const { items, resourceVersion } = await source.list(query, reading)
    if (stopping.signal.aborted) return resourceVersion
    counts.lists++
    troubles.listed()
    resumeFrom = resourceVersion
    into.listed(items.filter(hasName), resourceVersion)
    return resourceVersion
  }

  const take = (line: string): void => {
    const event = JSON.parse(line) as { type: string; object: KubeObject }
    if (event.type === "ERROR") {
      resumeFrom = undefined
      throw errorOf(event.object)
    }
    troubles.over()
    resumeFrom = event.object?.metadata?.resourceVersion ?? resumeFrom
    if (event.type === "BOOKMARK") return
    if (!hasName(event.object)) log(`the watch of ${name} sent an event of type "${event.type}" without a name`)
    else if (event.type === "DELETED") into.deleted(event.object)
    else into.changed(event.object)
  }

  const watch = async (from: string): Promise<void> => {
    const startedAt = time.now()
    const seconds = WATCH_SECONDS + Math.floor(time.random() * WATCH_SECONDS)
    const query = `watch=1&allowWatchBookmarks=true&timeoutSeconds=${seconds}&resourceVersion=${encodeURIComponent(from)}`
    let heard = false
    counts.watches++
    try {
      await source.watch(query, reading, (line) => {
        if (stopping.signal.aborted || line === "") return
        take(line)
        heard = true
      })
    } finally {
      if (time.now() - startedAt >= GOOD_WATCH_MS) troubles.over()
    }
    if (!heard && time.now() - startedAt < TOO_SHORT_WATCH_MS) throw new Error("the watch ended as soon as it began")
  }

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await watch(resumeFrom ?? (await list()))
      } catch (error) {
        if (stopping.signal.aborted) return
        const { listAgain, pauseMs } = troubles.after(error)
        if (listAgain) resumeFrom = undefined
        // Only stopping ends a pause early, and the loop asks for that itself.
        if (pauseMs > 0) await time.pause(pauseMs, stopping.signal).catch(() => undefined)
      }
    }
  }

  const running = run()
  return {
    problem: troubles.problem,
    counts,
    stop() {
      stopping.abort()
      return running
    },
  }
}

export const nameOf = ({ apiVersion, kind, namespace }: Collection): string =>
  `${apiVersion} ${kind}${namespace ? ` in namespace ${namespace}` : ""}`

const hasName = (object: KubeObject | undefined): boolean => Boolean(object?.metadata?.name)

/** A Status object, as a watch sends it when it cannot go on. */
function errorOf(status: Partial<KubeObject> | undefined): ApiError {
  const error = new ApiError(status?.message ?? "the watch failed", status?.code ?? 500, status?.reason ?? "")
  const seconds = status?.details?.retryAfterSeconds
  return seconds ? Object.assign(error, { retryAfterMs: seconds * 1000 }) : error
}
