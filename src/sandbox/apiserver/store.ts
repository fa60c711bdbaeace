import type { KubeObject } from "#api/objects.ts"
import type { ChangeType } from "../contract.ts"

/** One write, as watches and the journal get to know it. */
export interface Change {
  version: number
  type: ChangeType
  /** What kinds are stored together, such as `deployments.apps`. */
  family: string
  key: string
  /** As it is now; of a deletion, as it was, with the version of its deletion. */
  object: KubeObject
  before: KubeObject | undefined
}

/** All objects, in memory, with what happened to them lately. */
export interface Store {
  version(): number
  get(family: string, key: string): KubeObject | undefined
  /** In the order of their keys. */
  list(family: string): KubeObject[]
  families(): string[]
  put(family: string, key: string, object: KubeObject): KubeObject
  remove(family: string, key: string, last?: KubeObject): KubeObject | undefined
  /** As it was at a version; undefined when that is too long ago. */
  listAt(family: string, version: number): KubeObject[] | undefined
  /** Everything after a version; undefined when that is too long ago. */
  since(family: string, version: number): Change[] | undefined
  /** From this version on changes are known. */
  oldest(family: string): number
  onChange(listener: (change: Change) => void): () => void
}

/** How many changes of a family are remembered. */
const REMEMBERED = 5000
/** A new store does not begin at the first version, so that clients from another life are told that they are too old. */
const FIRST_VERSION = 100

interface Family {
  objects: Map<string, KubeObject>
  /** Of the objects; undefined after one came or went. */
  sorted: string[] | undefined
  history: Change[]
  /** Everything up to this version has been forgotten. */
  forgotten: number
}

export interface Stored {
  version: number
  objects: Iterable<{ family: string; key: string; object: KubeObject }>
}

export function createStore(from?: Stored): Store {
  let version = from?.version ?? FIRST_VERSION
  const firstVersion = version
  const families = new Map<string, Family>()
  const listeners = new Map<(change: Change) => void, number>()
  const untold: Change[] = []
  let isTelling = false
  for (const { family, key, object } of from?.objects ?? []) familyOf(family).objects.set(key, object)

  function familyOf(name: string): Family {
    const known = families.get(name)
    if (known) return known
    const made = { objects: new Map(), sorted: undefined, history: [], forgotten: firstVersion }
    families.set(name, made)
    return made
  }

  const keysOf = (family: Family): string[] => (family.sorted ??= [...family.objects.keys()].sort())
  const versioned = (object: KubeObject): KubeObject => ({
    ...object,
    metadata: { ...object.metadata, resourceVersion: String(++version) },
  })

  function tell(family: Family, change: Change): void {
    family.history.push(change)
    if (family.history.length > REMEMBERED * 1.2) {
      const dropped = family.history.splice(0, family.history.length - REMEMBERED)
      family.forgotten = dropped.at(-1)!.version
    }
    untold.push(change)
    if (!isTelling) tellAll()
  }

  /** Whoever listens may write: what comes of it is told after what they were told of. */
  function tellAll(): void {
    isTelling = true
    for (let change = untold.shift(); change; change = untold.shift()) {
      for (const [listener, since] of listeners) if (change.version > since) listener(change)
    }
    isTelling = false
  }

  return {
    version: () => version,
    get: (family, key) => families.get(family)?.objects.get(key),
    list(name) {
      const family = familyOf(name)
      return keysOf(family).map((key) => family.objects.get(key)!)
    },
    families: () => [...families.keys()],
    put(name, key, given) {
      const family = familyOf(name)
      const before = family.objects.get(key)
      const object = versioned(given)
      family.objects.set(key, object)
      if (!before) family.sorted = undefined
      tell(family, { version, type: before ? "MODIFIED" : "ADDED", family: name, key, object, before })
      return object
    },
    remove(name, key, last) {
      const family = familyOf(name)
      const before = family.objects.get(key)
      if (!before) return undefined
      const object = versioned(last ?? before)
      family.objects.delete(key)
      family.sorted = undefined
      tell(family, { version, type: "DELETED", family: name, key, object, before })
      return object
    },
    listAt(name, at) {
      const family = familyOf(name)
      if (at < family.forgotten) return undefined
      const objects = new Map(family.objects)
      for (const { version: later, key, before } of family.history.toReversed()) {
        if (later <= at) break
        if (before) objects.set(key, before)
        else objects.delete(key)
      }
      return [...objects.keys()].sort().map((key) => objects.get(key)!)
    },
    since(name, at) {
      const family = familyOf(name)
      if (at < family.forgotten) return undefined
      return family.history.slice(firstAfter(family.history, at))
    },
    oldest: (name) => familyOf(name).forgotten,
    onChange(listener) {
      listeners.set(listener, version)
      return () => void listeners.delete(listener)
    },
  }
}

function firstAfter(history: readonly Change[], version: number): number {
  let [low, high] = [0, history.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (history[middle]!.version > version) high = middle
    else low = middle + 1
  }
  return low
}
