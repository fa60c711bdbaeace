import type { Clock, Cluster, Kind } from "../contract.ts"
import { type AutoscalerOptions, startAutoscalers } from "./autoscaler/autoscaler.ts"
import { startCronJobs } from "./cronjob/cronjob.ts"
import { startDaemonSets } from "./daemonset/daemonset.ts"
import { startDeployments } from "./deployment/deployment.ts"
import { startDisruptionBudgets } from "./disruption-budget.ts"
import { startEndpoints } from "./endpoints/endpoints.ts"
import { createTell } from "./events.ts"
import { followEverything } from "./garbage/everything.ts"
import { startGarbageCollector } from "./garbage/garbage.ts"
import { startJobs } from "./job/job.ts"
import { pods } from "./kinds.ts"
import { lookUpLabelled } from "./lookup.ts"
import type { Controller, OnError } from "./loop.ts"
import { startNamespaceContents } from "./namespace/contents.ts"
import { startNamespaceEnd } from "./namespace/end.ts"
import { startReplicaSets } from "./replicaset/replicaset.ts"
import { startScheduler } from "./scheduler.ts"
import { startStatefulSets } from "./statefulset/statefulset.ts"
import type { World } from "./world.ts"

export interface ControllersOptions extends AutoscalerOptions {
  cluster: Cluster
  clock: Clock
  /** Every kind whose objects are kept, in one of its versions. */
  kinds(): Kind[]
  /** Told of what failed and is tried again. */
  onError: OnError
}

const controllers: readonly ((world: World) => Controller)[] = [
  startEndpoints,
  startScheduler,
  startReplicaSets,
  startDeployments,
  startDaemonSets,
  startStatefulSets,
  startJobs,
  startCronJobs,
  startDisruptionBudgets,
  startNamespaceContents,
]

/** What makes objects happen: workloads get pods, pods get a node, services get endpoints, and what nobody needs goes. */
export function startControllers(options: ControllersOptions): { stop(): void } {
  const { cluster, clock, onError } = options
  const everything = followEverything(options)
  const world: World = {
    cluster,
    clock,
    onError,
    pods: lookUpLabelled(cluster, pods),
    tell: createTell(options),
  }
  const started = [
    ...controllers.map((start) => start(world)),
    startAutoscalers(world, options),
    startGarbageCollector(world, everything),
    startNamespaceEnd(world, everything),
  ]
  return {
    stop() {
      for (const controller of started) controller.stop()
      world.pods.stop()
      everything.stop()
    },
  }
}
