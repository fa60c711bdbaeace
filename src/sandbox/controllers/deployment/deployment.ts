import type { KubeObject } from "#api/objects.ts"
import { deployments, replicaSets } from "../kinds.ts"
import { parentsOf } from "../claim.ts"
import { lookUpChildren, lookUpSelectors, selectorOf } from "../lookup.ts"
import { type Controller, placeOf, refAt, startController } from "../loop.ts"
import type { World } from "../world.ts"
import { reconcile } from "./reconcile.ts"

/** Rolls every Deployment out to its present template, by ReplicaSets. */
export function startDeployments(world: World): Controller {
  const { cluster, clock, onError } = world
  const sets = lookUpChildren(cluster, replicaSets)
  const selectors = lookUpSelectors(cluster, deployments, selectorOf)
  return startController({
    name: "Deployment",
    cluster,
    clock,
    onError,
    uses: [sets, selectors],
    watches: [
      { kind: deployments, keys: (deployment) => [placeOf(deployment)] },
      { kind: replicaSets, keys: (set: KubeObject) => parentsOf(set, deployments.kind, selectors) },
    ],
    reconcile(key) {
      const deployment = cluster.get(refAt(deployments, key))
      if (deployment) return reconcile(world, deployment, sets)
    },
  })
}
