import type { KubeObject } from "#api/objects.ts"
import { claimed, parentsOf } from "../claim.ts"
import { forgetRevisions, REVISION_HASH, revisionsOf } from "../controller-revisions.ts"
import { controllerRevisions, isEnding, pods, statefulSets } from "../kinds.ts"
import { type Children, lookUpChildren, lookUpSelectors, selectorOf } from "../lookup.ts"
import { type Controller, placeOf, refAt, startController } from "../loop.ts"
import { nextAvailable } from "../pods.ts"
import { createPod, deletePod } from "../workload-pods.ts"
import { type World, writeStatus } from "../world.ts"
import { ordinalOf, planFor, revisionFor, type Seen, statefulSetStatus } from "./plan.ts"

const by = "statefulset-controller"

/** Keeps the numbered pods of every StatefulSet. The sandbox has no volumes to claim for them. */
export function startStatefulSets(world: World): Controller {
  const { cluster, clock, onError } = world
  const selectors = lookUpSelectors(cluster, statefulSets, selectorOf)
  const revisions = lookUpChildren(cluster, controllerRevisions)
  return startController({
    name: "StatefulSet",
    cluster,
    clock,
    onError,
    uses: [selectors, revisions],
    watches: [
      { kind: statefulSets, keys: (statefulSet) => [placeOf(statefulSet)] },
      { kind: pods, keys: (pod) => parentsOf(pod, statefulSets.kind, selectors) },
      { kind: controllerRevisions, keys: (revision) => parentsOf(revision, statefulSets.kind, selectors) },
    ],
    reconcile(key) {
      const statefulSet = cluster.get(refAt(statefulSets, key))
      if (statefulSet && !isEnding(statefulSet)) return reconcile(world, statefulSet, revisions)
    },
  })
}

function reconcile(world: World, statefulSet: KubeObject, children: Children): void | { againInMs: number } {
  const { current, old } = revisionsOf(world, statefulSet, children)
  const own = claimed(world, statefulSet, world.pods).filter((pod) => ordinalOf(pod) >= 0)
  const update = current.metadata.name
  const nowMs = world.clock.now()
  const seen: Seen = {
    statefulSet,
    pods: own,
    current: statefulSet["status"]?.currentRevision ?? update,
    update,
    nowMs,
  }
  const plan = planFor(seen)
  for (const pod of plan.remove) deletePod(world, statefulSet, pod, by)
  for (const ordinal of plan.create) create(world, seen, ordinal, [current, ...old])
  const kept = old.filter(({ metadata }) => metadata.name !== seen.current)
  forgetRevisions(world, kept, own, statefulSet["spec"].revisionHistoryLimit)
  writeStatus(world, statefulSet, statefulSetStatus(seen))
  return nextAvailable(own, statefulSet["spec"].minReadySeconds ?? 0, nowMs)
}

function create(world: World, seen: Seen, ordinal: number, revisions: readonly KubeObject[]): void {
  const { statefulSet } = seen
  const name = `${statefulSet.metadata.name}-${ordinal}`
  const revision = revisionFor(seen, ordinal)
  const found = revisions.find(({ metadata }) => metadata.name === revision)
  const { $patch: _replace, ...template } = found?.["data"].spec.template ?? statefulSet["spec"].template
  createPod(world, statefulSet, template, {
    by,
    name,
    labels: {
      "statefulset.kubernetes.io/pod-name": name,
      "apps.kubernetes.io/pod-index": String(ordinal),
      [REVISION_HASH]: revision,
    },
    spec: {
      hostname: name,
      ...(statefulSet["spec"].serviceName ? { subdomain: statefulSet["spec"].serviceName } : {}),
    },
  })
}
