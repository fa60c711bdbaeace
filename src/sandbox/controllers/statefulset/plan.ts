import type { KubeObject } from "#api/objects.ts"
import { REVISION_HASH } from "../controller-revisions.ts"
import { isEnding } from "../kinds.ts"
import { isAvailable, isOver, isReady } from "../pods.ts"
import { withoutZeros } from "../world.ts"

export interface Seen {
  statefulSet: KubeObject
  pods: readonly KubeObject[]
  /** Names of the revision all pods have had, and of the one they are to have. */
  current: string
  update: string
  nowMs: number
}

export interface Plan {
  /** Ordinals. */
  create: number[]
  remove: KubeObject[]
}

export function ordinalOf({ metadata }: KubeObject): number {
  const found = /-(\d+)$/.exec(metadata.name)
  return found ? Number(found[1]) : -1
}

const nothing: Plan = { create: [], remove: [] }

/** The next step: pods come in the order of their numbers, go and are renewed in the opposite one, and never two at a time. */
export function planFor(seen: Seen): Plan {
  const { statefulSet, pods, nowMs } = seen
  const { podManagementPolicy, minReadySeconds = 0 } = statefulSet["spec"]
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(pod), pod]))
  const ordinals = ordinalsOf(statefulSet)
  const isOrdered = podManagementPolicy !== "Parallel"
  const isUp = (pod: KubeObject) => !isEnding(pod) && isAvailable(pod, minReadySeconds, nowMs)
  const ended = pods.filter((pod) => isOver(pod) && !isEnding(pod))
  if (ended.length > 0) return { create: [], remove: ended }
  const missing = ordinals.filter((ordinal) => !byOrdinal.has(ordinal))
  const isHeldUp = ordinals.some((ordinal) => {
    const pod = byOrdinal.get(ordinal)
    return pod && !isUp(pod) && ordinal < (missing[0] ?? 0)
  })
  if (missing.length > 0 && !(isOrdered && isHeldUp))
    return { create: isOrdered ? missing.slice(0, 1) : missing, remove: [] }
  if (missing.length > 0) return brokenAndOld(seen, ordinals, byOrdinal, isUp)
  const surplus = pods
    .filter((pod) => !ordinals.includes(ordinalOf(pod)))
    .toSorted((one, other) => ordinalOf(other) - ordinalOf(one))
  if (surplus.length > 0) return shrink(surplus, isOrdered)
  return renew(seen, ordinals, byOrdinal, isUp)
}

function ordinalsOf({ spec }: KubeObject): number[] {
  const start: number = spec.ordinals?.start ?? 0
  return Array.from({ length: spec.replicas ?? 1 }, (_, index) => start + index)
}

function shrink(surplus: readonly KubeObject[], isOrdered: boolean): Plan {
  const living = surplus.filter((pod) => !isEnding(pod))
  if (!isOrdered) return { create: [], remove: living }
  return surplus.some(isEnding) ? nothing : { create: [], remove: living.slice(0, 1) }
}

type IsUp = (pod: KubeObject) => boolean

function renew(seen: Seen, ordinals: readonly number[], byOrdinal: ReadonlyMap<number, KubeObject>, isUp: IsUp): Plan {
  const { type, rollingUpdate } = seen.statefulSet["spec"].updateStrategy ?? {}
  if (type === "OnDelete") return nothing
  const partition: number = rollingUpdate?.partition ?? 0
  for (const ordinal of ordinals.toReversed().filter((one) => one >= partition)) {
    const pod = byOrdinal.get(ordinal)!
    if (!isOf(pod, seen.update)) return isEnding(pod) ? nothing : { create: [], remove: [pod] }
    if (!isUp(pod)) return nothing
  }
  return nothing
}

/** A pod of an old template that never gets up must not hold up its successor. */
function brokenAndOld(
  seen: Seen,
  ordinals: readonly number[],
  byOrdinal: ReadonlyMap<number, KubeObject>,
  isUp: IsUp,
): Plan {
  const down = ordinals.map((ordinal) => byOrdinal.get(ordinal)).find((pod) => pod && !isUp(pod))
  if (!down || isEnding(down) || isOf(down, seen.update)) return nothing
  return renew(
    seen,
    ordinals.filter((ordinal) => byOrdinal.has(ordinal)),
    byOrdinal,
    isUp,
  )
}

const isOf = ({ metadata }: KubeObject, revision: string): boolean => metadata.labels?.[REVISION_HASH] === revision

/** What a pod that is created is to be: below the partition the old template stays. */
export function revisionFor({ statefulSet, current, update }: Seen, ordinal: number): string {
  const { updateStrategy } = statefulSet["spec"]
  if (updateStrategy?.type === "OnDelete") return update
  return ordinal < (updateStrategy?.rollingUpdate?.partition ?? 0) ? current : update
}

export function statefulSetStatus({ statefulSet, pods, current, update, nowMs }: Seen): object {
  const { replicas = 1, minReadySeconds = 0 } = statefulSet["spec"]
  const living = pods.filter((pod) => !isOver(pod))
  const ready = living.filter(isReady)
  const count = (revision: string) => living.filter((pod) => isOf(pod, revision) && !isEnding(pod)).length
  const updated = count(update)
  const isDone = updated === replicas && living.length === replicas && ready.length === replicas
  const { collisionCount = 0 } = statefulSet["status"] ?? {}
  return {
    observedGeneration: statefulSet.metadata.generation ?? 1,
    replicas: living.length,
    ...withoutZeros({
      readyReplicas: ready.length,
      currentReplicas: isDone ? updated : count(current),
      updatedReplicas: updated,
    }),
    availableReplicas: ready.filter((pod) => isAvailable(pod, minReadySeconds, nowMs)).length,
    currentRevision: isDone ? update : current,
    updateRevision: update,
    collisionCount,
  }
}
