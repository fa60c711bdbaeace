import type { KubeObject } from "#api/objects.ts"
import { REVISION_HASH } from "../controller-revisions.ts"
import { isEnding } from "../kinds.ts"
import { byAge, isAvailable, isOver, isReady } from "../pods.ts"
import { portionOf } from "../portions.ts"
import { withoutZeros } from "../world.ts"

export interface Seen {
  daemonSet: KubeObject
  /** All there are, of whatever revision. */
  pods: readonly KubeObject[]
  /** The node is one that it is for. */
  isWanted: boolean
  hash: string
  nowMs: number
}

export interface Plan {
  create: boolean
  remove: KubeObject[]
}

const isCurrent = (pod: KubeObject, hash: string): boolean => pod.metadata.labels?.[REVISION_HASH] === hash

/** The next step towards one pod of the present template on the node. */
export function planFor(seen: Seen): Plan {
  const { pods, isWanted, daemonSet } = seen
  const living = pods.filter((pod) => !isEnding(pod))
  if (!isWanted) return { create: false, remove: living }
  const over = living.filter(isOver)
  const running = living.filter((pod) => !isOver(pod)).toSorted(byAge)
  const surges = allowsSurge(daemonSet)
  // Where two are not allowed, an old one has to be gone first.
  const isRoom = surges || !pods.some((pod) => isEnding(pod) && !isOver(pod))
  if (running.length === 0) return { create: isRoom && over.length === 0, remove: over }
  const { create, remove } = surges ? surged(seen, running) : replaced(seen, running)
  return { create, remove: [...over, ...remove] }
}

function allowsSurge({ spec }: KubeObject): boolean {
  const { type, rollingUpdate } = spec.updateStrategy ?? {}
  return type !== "OnDelete" && portionOf(rollingUpdate?.maxSurge, 1, "up") > 0
}

function replaced({ daemonSet, hash }: Seen, running: readonly KubeObject[]): Plan {
  const [oldest, ...excess] = running
  if (excess.length > 0) return { create: false, remove: excess }
  const isLeft = daemonSet["spec"].updateStrategy?.type === "OnDelete" || isCurrent(oldest!, hash)
  return { create: false, remove: isLeft ? [] : [oldest!] }
}

/** The old pod stays until the new one is available, unless it does not serve anyway. */
function surged({ daemonSet, hash, nowMs }: Seen, running: readonly KubeObject[]): Plan {
  const [fresh, ...freshExcess] = running.filter((pod) => isCurrent(pod, hash))
  const [old, ...oldExcess] = running.filter((pod) => !isCurrent(pod, hash))
  const excess = [...freshExcess, ...oldExcess]
  if (!fresh) return { create: true, remove: excess }
  const isReplaced = old && (!isReady(old) || isAvailable(fresh, daemonSet["spec"].minReadySeconds ?? 0, nowMs))
  return { create: false, remove: isReplaced ? [...excess, old] : excess }
}

export function daemonSetStatus({ daemonSet, pods, isWanted, hash, nowMs }: Seen): object {
  const [pod] = pods.filter((one) => !isOver(one) || !isEnding(one)).toSorted(byAge)
  const runs = isWanted && pod !== undefined
  const desired = Number(isWanted)
  const available = Number(runs && isAvailable(pod, daemonSet["spec"].minReadySeconds ?? 0, nowMs))
  const { collisionCount } = daemonSet["status"] ?? {}
  return {
    currentNumberScheduled: Number(runs),
    numberMisscheduled: Number(!isWanted && pod !== undefined),
    desiredNumberScheduled: desired,
    numberReady: Number(runs && isReady(pod)),
    observedGeneration: daemonSet.metadata.generation ?? 1,
    ...withoutZeros({
      updatedNumberScheduled: Number(runs && isCurrent(pod, hash)),
      numberAvailable: available,
      numberUnavailable: desired - available,
    }),
    ...(collisionCount === undefined ? {} : { collisionCount }),
  }
}
