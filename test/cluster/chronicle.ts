import { setMaxListeners } from "node:events"
import { type KubeObject, keyOf, type ObjectRef, refOf } from "#api/objects.ts"
import type { Cluster } from "./client.ts"
import { kinds } from "./kinds.ts"

export interface Told {
  type: "Normal" | "Warning"
  text: string
  /** How often it was told. */
  count: number
  /** When it was first seen here, in milliseconds. */
  at: number
}

export interface State {
  object: KubeObject
  /** When it was seen here, in milliseconds. */
  at: number
}

/** Everything that stories look at, as it changed since the chronicle was opened. */
export interface Chronicle {
  latest(ref: ObjectRef): KubeObject | undefined
  /** One object's states, oldest first. */
  states(ref: ObjectRef): State[]
  /** Events about a canary, in the order in which they were first told. */
  events(namespace: string, canary: string): Told[]
  /** Resolves as soon as `look`, which may use the chronicle, gives something. */
  until<T>(what: string, look: () => T, withinMs: number): Promise<NonNullable<Exclude<T, false>>>
  close(): void
}

export function openChronicle(cluster: Cluster): Chronicle {
  const closing = new AbortController()
  const states = new Map<string, State[]>()
  const present = new Map<string, KubeObject>()
  const told = new Map<string, { about: string; event: Told }>()
  const waiting = new Set<() => void>()

  function seen(type: string, object: KubeObject): void {
    if (object.kind === "Event") listen(object)
    const key = keyOf(refOf(object))
    if (type === "DELETED") present.delete(key)
    else {
      present.set(key, object)
      states.set(key, [...(states.get(key) ?? []), { object, at: Date.now() }])
    }
    for (const look of waiting) look()
  }

  function listen({ metadata, type, message, count = 1, involvedObject }: KubeObject): void {
    if (involvedObject.kind !== "Canary") return
    const about = `${involvedObject.namespace}/${involvedObject.name}`
    const at = told.get(metadata.name)?.event.at ?? Date.now()
    told.set(metadata.name, { about, event: { type, text: message, count, at } })
  }

  function until<T>(what: string, look: () => T, withinMs: number): Promise<NonNullable<Exclude<T, false>>> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => end(() => reject(new Error(`not within ${withinMs / 1000}s: ${what}`))), withinMs)
      const end = (settle: () => void) => {
        clearTimeout(timer)
        waiting.delete(check)
        settle()
      }
      const check = () => {
        const found = look()
        if (found) end(() => resolve(found as NonNullable<Exclude<T, false>>))
      }
      waiting.add(check)
      check()
    })
  }

  // Every watch listens to it.
  setMaxListeners(kinds.length, closing.signal)
  for (const kind of kinds) void cluster.watch(kind, seen, closing.signal)
  return {
    latest: (ref) => present.get(keyOf(ref)),
    states: (ref) => states.get(keyOf(ref)) ?? [],
    events: (namespace, canary) =>
      [...told.values()].filter(({ about }) => about === `${namespace}/${canary}`).map(({ event }) => event),
    until,
    close: () => closing.abort(),
  }
}
