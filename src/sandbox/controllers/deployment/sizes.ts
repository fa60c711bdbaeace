import type { KubeObject } from "#api/objects.ts"
import { portionOf } from "../portions.ts"

/** How far a rolling update may go. */
export interface Limits {
  replicas: number
  maxSurge: number
  maxUnavailable: number
}

/** One ReplicaSet as far as its size matters. */
export interface Sized {
  name: string
  /** What it is asked to have. */
  size: number
  /** How many of its pods serve. */
  available: number
}

/** New sizes by name; who is not in it stays as it is. */
export type Sizes = ReadonlyMap<string, number>

const unchanged: Sizes = new Map()

export function limitsOf({ spec }: KubeObject): Limits {
  const { replicas = 1, strategy } = spec
  if (strategy?.type === "Recreate") return { replicas, maxSurge: 0, maxUnavailable: 0 }
  const { maxSurge = "25%", maxUnavailable = "25%" } = strategy?.rollingUpdate ?? {}
  const surge = portionOf(maxSurge, replicas, "up")
  const unavailable = portionOf(maxUnavailable, replicas, "down")
  // Rounding must not leave an update without a way forward.
  const atLeast = surge === 0 && unavailable === 0 ? 1 : unavailable
  return { replicas, maxSurge: surge, maxUnavailable: Math.min(atLeast, replicas) }
}

/** The next sizes of a rolling update: the latest grows as far as the surge allows, else the old ones, oldest first, shrink. */
export function rollingSizes(limits: Limits, latest: Sized, old: readonly Sized[]): Sizes {
  const grown = sizeOfLatest(limits, latest, old)
  return grown === latest.size ? shrunk(limits, latest, old) : new Map([[latest.name, grown]])
}

export function sizeOfLatest({ replicas, maxSurge }: Limits, latest: Sized, old: readonly Sized[]): number {
  if (latest.size >= replicas) return replicas
  const room = replicas + maxSurge - total([latest, ...old])
  return latest.size + Math.max(0, Math.min(room, replicas - latest.size))
}

function shrunk({ replicas, maxUnavailable }: Limits, latest: Sized, old: readonly Sized[]): Sizes {
  const minAvailable = replicas - maxUnavailable
  const all = [latest, ...old]
  const removable = total(all) - minAvailable - (latest.size - serving(latest))
  if (removable <= 0) return unchanged
  const sizes = new Map<string, number>()
  const sizeOf = ({ name, size }: Sized) => sizes.get(name) ?? size
  // What does not serve is not missed, and would hold up the update.
  let idle = removable
  for (const set of old) idle -= shrink(set, Math.min(idle, set.size - serving(set)))
  let spare = Math.max(0, all.reduce((sum, set) => sum + serving(set), 0) - minAvailable)
  for (const set of old) spare -= shrink(set, Math.min(spare, sizeOf(set)))
  return sizes

  function shrink(set: Sized, count: number): number {
    if (count > 0) sizes.set(set.name, sizeOf(set) - count)
    return count
  }
}

/** Counts that are older than the size promise nothing beyond it. */
const serving = ({ size, available }: Sized): number => Math.min(size, available)

const total = (sets: readonly Sized[]): number => sets.reduce((sum, { size }) => sum + size, 0)

/** A ReplicaSet while the deployment is given another size in the middle of an update. */
export interface Share extends Sized {
  /** What all of the deployment could be when this size was set. */
  maxBefore: number | undefined
}

/**
 * Spreads another size over all active ReplicaSets, newest first, so that an update goes on as far as it has come.
 * `present` is how many pods there are.
 */
export function proportionalSizes(
  { replicas, maxSurge }: Limits,
  newestFirst: readonly Share[],
  present: number,
): Sizes {
  const allowed = replicas > 0 ? replicas + maxSurge : 0
  const toAdd = allowed - total(newestFirst)
  if (toAdd === 0) return unchanged
  const bySize = (toAdd > 0 ? newestFirst : newestFirst.toReversed()).toSorted((one, other) => other.size - one.size)
  const sizes = new Map<string, number>()
  let added = 0
  for (const share of bySize) {
    const part = within(toAdd - added, fraction(share))
    sizes.set(share.name, share.size + part)
    added += part
  }
  const [largest] = bySize
  if (largest) sizes.set(largest.name, Math.max(0, sizes.get(largest.name)! + toAdd - added))
  return sizes

  function fraction({ size, maxBefore }: Share): number {
    if (replicas === 0) return -size
    const before = maxBefore || present
    return before === 0 ? 0 : Math.round((size * (replicas + maxSurge)) / before) - size
  }

  function within(left: number, part: number): number {
    return left > 0 ? Math.min(part, left) : left < 0 ? Math.max(part, left) : 0
  }
}
