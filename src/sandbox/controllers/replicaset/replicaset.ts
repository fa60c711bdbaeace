import type { KubeObject } from "#api/objects.ts"
import { claimed, parentsOf } from "../claim.ts"
import { isEnding, pods, replicaSets } from "../kinds.ts"
import { lookUpSelectors, selectorOf } from "../lookup.ts"
import { type Controller, placeOf, refAt, startController } from "../loop.ts"
import { isActive, isTerminating, nextAvailable } from "../pods.ts"
import { createPod, deletePod, textOf } from "../workload-pods.ts"
import { nowText, type World, writeStatus } from "../world.ts"
import { podsToDelete } from "./deletion-order.ts"
import { type Failure, replicaSetStatus } from "./status.ts"

const by = "replicaset-controller"

/** Keeps as many pods as every ReplicaSet wants. */
export function startReplicaSets(world: World): Controller {
  const { cluster, clock, onError } = world
  const selectors = lookUpSelectors(cluster, replicaSets, selectorOf)
  return startController({
    name: "ReplicaSet",
    cluster,
    clock,
    onError,
    uses: [selectors],
    watches: [
      { kind: replicaSets, keys: (set) => [placeOf(set)] },
      { kind: pods, keys: (pod) => parentsOf(pod, replicaSets.kind, selectors) },
    ],
    reconcile(key) {
      const set = cluster.get(refAt(replicaSets, key))
      if (set) return reconcile(world, set)
    },
  })
}

function reconcile(world: World, set: KubeObject): void | { againInMs: number } {
  const own = claimed(world, set, world.pods)
  const active = own.filter(isActive)
  const failure = isEnding(set) ? undefined : resize(world, set, active)
  const nowMs = world.clock.now()
  const status = replicaSetStatus({
    set,
    active,
    terminating: own.filter(isTerminating).length,
    failure,
    nowMs,
    nowText: nowText(world),
  })
  writeStatus(world, set, status)
  if (failure) throw new Error(failure.message)
  return nextAvailable(active, set["spec"].minReadySeconds ?? 0, nowMs)
}

/** Creates what is missing or deletes what is too much. What comes of it is counted at the next look. */
function resize(world: World, set: KubeObject, active: readonly KubeObject[]): Failure | undefined {
  const { replicas = 1, template } = set["spec"]
  try {
    for (let missing = replicas - active.length; missing > 0; missing--) createPod(world, set, template, { by })
    for (const pod of podsToDelete(active, active.length - replicas)) deletePod(world, set, pod, by)
    return undefined
  } catch (error) {
    return { reason: active.length < replicas ? "FailedCreate" : "FailedDelete", message: textOf(error) }
  }
}
