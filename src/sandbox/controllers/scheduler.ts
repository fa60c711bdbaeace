import { isDeepStrictEqual } from "node:util"
import { type KubeObject, refOf } from "#api/objects.ts"
import { selects } from "../kinds/label-selector.ts"
import { isEnding, nodes, pods } from "./kinds.ts"
import { lookUp } from "./lookup.ts"
import { type Controller, placeOf, refAt, startController } from "./loop.ts"
import { type Condition, conditionOf } from "./pods.ts"
import { nowText, type World } from "./world.ts"

const by = "default-scheduler"
/** The one node there is. */
export const NODE = "sandbox"
const WAITING = "waiting"

/** Gives every new pod its node. */
export function startScheduler(world: World): Controller {
  const { cluster, clock, onError } = world
  const waiting = lookUp(cluster, pods, (pod) => (isWaiting(pod) ? [WAITING] : []))
  return startController({
    name: "Scheduler",
    cluster,
    clock,
    onError,
    uses: [waiting],
    watches: [
      { kind: pods, keys: (pod) => (isWaiting(pod) ? [placeOf(pod)] : []) },
      { kind: nodes, keys: () => waiting.of(WAITING).map(placeOf), matters: isOtherPlace },
    ],
    reconcile(key) {
      const pod = cluster.get(refAt(pods, key))
      if (pod && isWaiting(pod)) schedule(world, pod)
    },
  })
}

function isWaiting(pod: KubeObject): boolean {
  const { nodeName, schedulerName = by, schedulingGates = [] } = pod["spec"]
  return !nodeName && schedulerName === by && schedulingGates.length === 0 && !isEnding(pod)
}

/** A node says every few seconds that it is alive. */
export const isOtherPlace = (node: KubeObject, before: KubeObject): boolean =>
  !isDeepStrictEqual(node.metadata.labels, before.metadata.labels) ||
  node["spec"]?.unschedulable !== before["spec"]?.unschedulable

function schedule(world: World, pod: KubeObject): void {
  const { cluster, tell } = world
  const obstacle = obstacleTo(pod, cluster.get({ ...nodes, name: NODE }))
  if (obstacle) return tellObstacle(world, pod, obstacle)
  // Whoever runs the pod starts once it has a node, and from then on the status is theirs.
  note(world, pod, { type: "PodScheduled", status: "True" })
  const { namespace, name } = pod.metadata
  cluster.patch(refOf(pod), { spec: { nodeName: NODE } })
  tell(pod, { by, reason: "Scheduled", message: `Successfully assigned ${namespace}/${name} to ${NODE}` })
}

/** Why the pod cannot go to the node. */
function obstacleTo(pod: KubeObject, node: KubeObject | undefined): string | undefined {
  if (!node) return "no nodes available to schedule pods"
  if (node["spec"]?.unschedulable) return "0/1 nodes are available: 1 node(s) were unschedulable."
  if (fits(pod["spec"], node)) return undefined
  return "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector."
}

/** What a pod asks of its node by labels. */
export const fits = ({ nodeSelector = {} }: { nodeSelector?: Record<string, string> }, node: KubeObject): boolean =>
  selects({ matchLabels: nodeSelector }, node.metadata.labels ?? {})

function tellObstacle(world: World, pod: KubeObject, message: string): void {
  if (conditionOf(pod, "PodScheduled")?.message === message) return
  note(world, pod, { type: "PodScheduled", status: "False", reason: "Unschedulable", message })
  world.tell(pod, { by, type: "Warning", reason: "FailedScheduling", message })
}

function note(world: World, pod: KubeObject, condition: Condition): void {
  const others = (pod["status"]?.conditions ?? []).filter(({ type }: Condition) => type !== condition.type)
  const conditions = [...others, { ...condition, lastTransitionTime: nowText(world) }]
  world.cluster.patch(refOf(pod), { status: { phase: "Pending", conditions } }, "status")
}
