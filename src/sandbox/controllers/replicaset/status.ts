import type { KubeObject } from "#api/objects.ts"
import { selects } from "../../kinds/label-selector.ts"
import { withCondition, withoutCondition } from "../conditions.ts"
import { isAvailable, isReady } from "../pods.ts"
import { withoutZeros } from "../world.ts"

export interface Failure {
  reason: "FailedCreate" | "FailedDelete"
  message: string
}

export interface Counted {
  set: KubeObject
  /** Those that run or will run. */
  active: readonly KubeObject[]
  /** Those that are on their way out. */
  terminating: number
  failure: Failure | undefined
  nowMs: number
  nowText: string
}

export function replicaSetStatus({ set, active, terminating, failure, nowMs, nowText }: Counted): object {
  const { template, minReadySeconds = 0 } = set["spec"]
  const conditions = failure
    ? withCondition(set["status"]?.conditions, {
        type: "ReplicaFailure",
        status: "True",
        lastTransitionTime: nowText,
        ...failure,
      })
    : withoutCondition(set["status"]?.conditions, "ReplicaFailure")
  return {
    replicas: active.length,
    ...withoutZeros({
      fullyLabeledReplicas: countOf(active, (pod) =>
        selects({ matchLabels: template.metadata?.labels ?? {} }, pod.metadata.labels ?? {}),
      ),
      readyReplicas: countOf(active, isReady),
      availableReplicas: countOf(active, (pod) => isAvailable(pod, minReadySeconds, nowMs)),
    }),
    terminatingReplicas: terminating,
    observedGeneration: set.metadata.generation ?? 1,
    ...(conditions.length > 0 ? { conditions } : {}),
  }
}

const countOf = (pods: readonly KubeObject[], holds: (pod: KubeObject) => boolean): number => pods.filter(holds).length
