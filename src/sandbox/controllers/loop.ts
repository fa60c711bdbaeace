import type { KubeObject } from "#api/objects.ts"
import { ApiError } from "#kube/contract.ts"
import type { Clock, Cluster, Kind } from "../contract.ts"

/** What wakes a controller. */
export interface Watch {
  kind: Kind
  /** What to look at when this object comes, changes or goes. Of a change both the old and the new object are asked. */
  keys(object: KubeObject): Iterable<string>
  /** Changes that need no look. Everything matters where this is absent. */
  matters?(object: KubeObject, before: KubeObject): boolean
}

/** Told of what failed; whoever fails tries again by itself. */
export type OnError = (message: string, error: unknown) => void

export interface ControllerOptions {
  name: string
  cluster: Pick<Cluster, "watch">
  clock: Clock
  watches: readonly Watch[]
  /** Brings one thing to where it should be; and again later where it says so. Runs again after every change that matters. */
  reconcile(key: string): void | { againInMs: number }
  onError: OnError
  /** What it looks things up in, stopped with it. */
  uses?: readonly { stop(): void }[]
  /** Before anything else happens in this process, rather than soon: for what traffic depends on. */
  urgent?: boolean
}

export interface Controller {
  wake(key: string): void
  stop(): void
}

/** The gateway lives in the same process: it gets its turn after this much work. */
const SLICE_MS = 20
const FIRST_RETRY_MS = 5
const LONGEST_RETRY_MS = 30_000
/** A look too early does no harm, and timers cannot be much longer. */
const LONGEST_PAUSE_MS = 24 * 3_600_000

export function startController(options: ControllerOptions): Controller {
  const { name, cluster, clock, reconcile, onError } = options
  const dirty = new Set<string>()
  const pauses = new Map<string, () => void>()
  const failures = new Map<string, number>()
  let isWorking = false
  let isDueInThisTurn = false
  let forget: (() => void) | undefined
  let isStopped = false

  function wake(key: string): void {
    if (isStopped) return
    dirty.add(key)
    if (isWorking) return
    if (!options.urgent) return workLater()
    if (isDueInThisTurn) return
    isDueInThisTurn = true
    queueMicrotask(() => {
      isDueInThisTurn = false
      work()
    })
  }

  function workLater(): void {
    forget ??= clock.after(0, () => {
      forget = undefined
      work()
    })
  }

  /** Keys that get dirty meanwhile wait for the next turn, so that two controllers that disagree cannot hold up the process. */
  function work(): void {
    const endsAt = clock.now() + SLICE_MS
    const waiting = [...dirty]
    isWorking = true
    for (const key of waiting) {
      if (isStopped) break
      dirty.delete(key)
      look(key)
      if (clock.now() > endsAt) break
    }
    isWorking = false
    if (dirty.size > 0) workLater()
  }

  function look(key: string): void {
    pauses.get(key)?.()
    pauses.delete(key)
    try {
      const result = reconcile(key)
      failures.delete(key)
      if (result) wakeLater(key, result.againInMs)
    } catch (error) {
      const failed = failures.get(key) ?? 0
      failures.set(key, failed + 1)
      wakeLater(key, Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failed))
      if (!isOutrun(error)) onError(`${name} ${key}`, error)
    }
  }

  function wakeLater(key: string, ms: number): void {
    const act = () => {
      pauses.delete(key)
      wake(key)
    }
    pauses.set(key, clock.after(Math.min(Math.max(ms, 1), LONGEST_PAUSE_MS), act))
  }

  const unwatch = options.watches.map((watch) => cluster.watch(watch.kind, wakeOnChange(watch, wake)))
  return {
    wake,
    stop() {
      isStopped = true
      for (const end of unwatch) end()
      for (const used of options.uses ?? []) used.stop()
      forget?.()
      for (const cancel of pauses.values()) cancel()
      pauses.clear()
      dirty.clear()
    },
  }
}

function wakeOnChange({ keys, matters }: Watch, wake: (key: string) => void) {
  const seen = new Map<string, KubeObject>()
  return (type: string, object: KubeObject): void => {
    const place = placeOf(object)
    const before = seen.get(place)
    if (type === "DELETED") seen.delete(place)
    else seen.set(place, object)
    if (type === "MODIFIED" && before && matters && !matters(object, before)) return
    for (const key of keys(object)) wake(key)
    if (before) for (const key of keys(before)) wake(key)
  }
}

const isOutrun = (error: unknown): boolean => error instanceof ApiError && error.reason === "Conflict"

/** Names an object among those of its kind. */
export const placeOf = ({ metadata: { namespace, name } }: KubeObject): string => `${namespace ?? ""}/${name}`

/** The object that `placeOf` named. */
export function refAt(kind: Kind, place: string) {
  const slash = place.indexOf("/")
  const namespace = place.slice(0, slash)
  return { ...kind, ...(namespace ? { namespace } : {}), name: place.slice(slash + 1) }
}
