import { controllerOf, type KubeObject } from "#api/objects.ts"
import { ApiError } from "#kube/contract.ts"
import type { LabelSelector } from "../kinds/label-selector.ts"
import { deployments, disruptionBudgets, isEnding, pods, replicaSets, statefulSets } from "./kinds.ts"
import { lookUpSelectors } from "./lookup.ts"
import { type Controller, placeOf, refAt, startController } from "./loop.ts"
import { type Condition, isOver, isReady } from "./pods.ts"
import { portionOf } from "./portions.ts"
import { nowText, type World, writeStatus } from "./world.ts"

/** Says of every PodDisruptionBudget how many pods may be taken away. */
export function startDisruptionBudgets(world: World): Controller {
  const { cluster, clock, onError } = world
  const selectors = lookUpSelectors(cluster, disruptionBudgets, selectorOf)
  return startController({
    name: "PodDisruptionBudget",
    cluster,
    clock,
    onError,
    uses: [selectors],
    watches: [
      { kind: disruptionBudgets, keys: (budget) => [placeOf(budget)] },
      { kind: pods, keys: (pod) => selectors.selecting(pod).map(placeOf) },
      ...[deployments, replicaSets, statefulSets].map((kind) => ({
        kind,
        keys: (owner: KubeObject) => selectors.selecting(podLike(owner)).map(placeOf),
        matters: (owner: KubeObject, before: KubeObject) => owner["spec"].replicas !== before["spec"].replicas,
      })),
    ],
    reconcile(key) {
      const budget = cluster.get(refAt(disruptionBudgets, key))
      if (budget && !isEnding(budget)) writeStatus(world, budget, statusOf(world, budget))
    },
  })
}

/** A budget without a selector covers nothing, one with an empty selector everything. */
const selectorOf = ({ spec }: KubeObject): LabelSelector | undefined => spec.selector

const podLike = ({ metadata, spec }: KubeObject): KubeObject => ({
  ...pods,
  metadata: { name: metadata.name, namespace: metadata.namespace!, labels: spec.template?.metadata?.labels ?? {} },
})

function statusOf(world: World, budget: KubeObject): object {
  const selector = selectorOf(budget)
  const covered = selector
    ? world.pods.selectedBy(selector, budget.metadata.namespace!).filter((pod) => !isOver(pod))
    : []
  const { expected, desired } = healthyPods(budget["spec"], covered.length, () => scaleOf(world, covered))
  const healthy = covered.filter((pod) => isReady(pod) && !isEnding(pod)).length
  const allowed = expected > 0 ? Math.max(0, healthy - desired) : 0
  return {
    currentHealthy: healthy,
    desiredHealthy: desired,
    disruptionsAllowed: allowed,
    expectedPods: expected,
    observedGeneration: budget.metadata.generation ?? 1,
    conditions: [allowance(world, budget, allowed)],
  }
}

interface BudgetSpec {
  minAvailable?: number | string
  maxUnavailable?: number | string
}

/** How many pods there should be, and how many of them healthy. `scale` is asked where their owners decide that. */
function healthyPods({ minAvailable, maxUnavailable }: BudgetSpec, present: number, scale: () => number) {
  if (maxUnavailable !== undefined) {
    const expected = scale()
    return { expected, desired: Math.max(0, expected - portionOf(maxUnavailable, expected, "up")) }
  }
  if (typeof minAvailable !== "string") return { expected: present, desired: minAvailable ?? 0 }
  const expected = scale()
  return { expected, desired: portionOf(minAvailable, expected, "up") }
}

/** How many pods the owners of these want. */
function scaleOf(world: World, covered: readonly KubeObject[]): number {
  const scales = new Map<string, number>()
  for (const pod of covered) {
    const owner = ownerOf(world, ownerOf(world, pod) ?? pod) ?? ownerOf(world, pod)
    if (owner) scales.set(owner.metadata.uid!, owner["spec"]?.replicas ?? 0)
  }
  return [...scales.values()].reduce((sum, scale) => sum + scale, 0)
}

function ownerOf({ cluster }: World, object: KubeObject): KubeObject | undefined {
  const reference = controllerOf(object)
  if (!reference) return undefined
  const { apiVersion, kind, name, uid } = reference
  try {
    const owner = cluster.get({ apiVersion, kind, namespace: object.metadata.namespace!, name })
    return owner?.metadata.uid === uid ? owner : undefined
  } catch (error) {
    // The kind is no longer served.
    if (error instanceof ApiError) return undefined
    throw error
  }
}

function allowance(world: World, budget: KubeObject, allowed: number): Condition & { observedGeneration: number } {
  const status = allowed > 0 ? "True" : "False"
  const present: Condition | undefined = budget["status"]?.conditions?.[0]
  return {
    type: "DisruptionAllowed",
    status,
    reason: allowed > 0 ? "SufficientPods" : "InsufficientPods",
    message: "",
    lastTransitionTime: (present?.status === status && present.lastTransitionTime) || nowText(world),
    observedGeneration: budget.metadata.generation ?? 1,
  }
}
