import type { KubeObject } from "#api/objects.ts"
import { createdAt, isReady, readySince } from "../pods.ts"

const phases = ["Pending", "Unknown", "Running"]
const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"

/** What is missed least comes first: what does not run, what is not ready, what users call cheap, and then the newest. */
export const podsToDelete = (pods: readonly KubeObject[], count: number): KubeObject[] =>
  pods.toSorted(byWorth).slice(0, Math.max(0, count))

function byWorth(one: KubeObject, other: KubeObject): number {
  for (const worth of worths) {
    const difference = worth(one) - worth(other)
    if (difference !== 0) return difference
  }
  return one.metadata.name < other.metadata.name ? -1 : 1
}

const worths: readonly ((pod: KubeObject) => number)[] = [
  (pod) => (pod["spec"]?.nodeName ? 1 : 0),
  (pod) => phases.indexOf(pod["status"]?.phase ?? "Pending"),
  (pod) => (isReady(pod) ? 1 : 0),
  (pod) => Number(pod.metadata.annotations?.[DELETION_COST]) || 0,
  (pod) => -(readySince(pod) ?? Number.MAX_SAFE_INTEGER),
  (pod) => -restarts(pod),
  (pod) => -createdAt(pod),
]

const restarts = (pod: KubeObject): number =>
  Math.max(
    0,
    ...(pod["status"]?.containerStatuses ?? []).map((status: { restartCount?: number }) => status.restartCount ?? 0),
  )
