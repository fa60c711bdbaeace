import type { KubeObject } from "#api/objects.ts"
import { claimed, parentsOf } from "../claim.ts"
import { forgetRevisions, hashOf, REVISION_HASH, revisionsOf } from "../controller-revisions.ts"
import { controllerRevisions, daemonSets, isEnding, nodes, pods } from "../kinds.ts"
import { type Children, lookUp, lookUpChildren, lookUpSelectors, selectorOf } from "../lookup.ts"
import { type Controller, placeOf, refAt, startController } from "../loop.ts"
import { createdAt, isOver, nextAvailable } from "../pods.ts"
import { fits, isOtherPlace, NODE } from "../scheduler.ts"
import { createPod, deletePod } from "../workload-pods.ts"
import { type World, writeStatus } from "../world.ts"
import { daemonSetStatus, planFor, type Seen } from "./plan.ts"

const by = "daemonset-controller"
const ALL = "all"
/** A pod that ends at once is not made anew at once. */
const SHORTEST_LIFE_MS = 1000

/** Keeps one pod of every DaemonSet on the node. */
export function startDaemonSets(world: World): Controller {
  const { cluster, clock, onError } = world
  const selectors = lookUpSelectors(cluster, daemonSets, selectorOf)
  const revisions = lookUpChildren(cluster, controllerRevisions)
  const all = lookUp(cluster, daemonSets, () => [ALL])
  return startController({
    name: "DaemonSet",
    cluster,
    clock,
    onError,
    uses: [selectors, revisions, all],
    watches: [
      { kind: daemonSets, keys: (daemonSet) => [placeOf(daemonSet)] },
      { kind: pods, keys: (pod) => parentsOf(pod, daemonSets.kind, selectors) },
      { kind: controllerRevisions, keys: (revision) => parentsOf(revision, daemonSets.kind, selectors) },
      { kind: nodes, keys: () => all.of(ALL).map(placeOf), matters: isOtherPlace },
    ],
    reconcile(key) {
      const daemonSet = cluster.get(refAt(daemonSets, key))
      if (daemonSet) return reconcile(world, daemonSet, revisions)
    },
  })
}

function reconcile(world: World, daemonSet: KubeObject, children: Children): void | { againInMs: number } {
  if (isEnding(daemonSet)) return
  const { template, minReadySeconds = 0, revisionHistoryLimit } = daemonSet["spec"]
  const node = world.cluster.get({ ...nodes, name: NODE })
  const { current, old } = revisionsOf(world, daemonSet, children)
  const own = claimed(world, daemonSet, world.pods)
  const hash = hashOf(current)
  const nowMs = world.clock.now()
  const seen: Seen = { daemonSet, pods: own, isWanted: node !== undefined && fits(template.spec, node), hash, nowMs }
  const plan = planFor(seen)
  const young = plan.remove.find((pod) => isOver(pod) && nowMs - createdAt(pod) < SHORTEST_LIFE_MS)
  for (const pod of plan.remove) if (pod !== young) deletePod(world, daemonSet, pod, by)
  if (plan.create) createPod(world, daemonSet, template, { by, labels: { [REVISION_HASH]: hash } })
  forgetRevisions(world, old, own, revisionHistoryLimit)
  writeStatus(world, daemonSet, daemonSetStatus(seen))
  return young ? { againInMs: SHORTEST_LIFE_MS } : nextAvailable(own, minReadySeconds, nowMs)
}
