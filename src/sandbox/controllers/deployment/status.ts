import type { KubeObject } from "#api/objects.ts"
import { withCondition, withoutCondition } from "../conditions.ts"
import { type Condition, conditionOf } from "../pods.ts"
import { withoutZeros } from "../world.ts"
import type { Lineage } from "./revisions.ts"
import { limitsOf } from "./sizes.ts"

export interface DeploymentStatus {
  observedGeneration?: number
  replicas?: number
  updatedReplicas?: number
  readyReplicas?: number
  availableReplicas?: number
  unavailableReplicas?: number
  terminatingReplicas?: number
  collisionCount?: number
  conditions?: Condition[]
}

const NO_DEADLINE = 2 ** 31 - 1

export function deadlineSeconds({ spec }: KubeObject): number | undefined {
  const seconds = spec.progressDeadlineSeconds
  return seconds === undefined || seconds === NO_DEADLINE ? undefined : seconds
}

/** Makes a condition of the moment. */
export type AtMoment = (condition: Pick<Condition, "type" | "status" | "reason" | "message">) => Condition

export const at =
  (time: string): AtMoment =>
  (condition) => ({ ...condition, lastUpdateTime: time, lastTransitionTime: time })

/** What there is, and whether it is enough. */
export function observedStatus(deployment: KubeObject, { latest, old }: Lineage, now: string): DeploymentStatus {
  const sets = latest ? [...old, latest] : old
  const sum = (count: (set: KubeObject) => number | undefined) => sets.reduce((all, set) => all + (count(set) ?? 0), 0)
  const { replicas, maxUnavailable } = limitsOf(deployment)
  const available = sum(({ status }) => status?.availableReplicas)
  const wanted = sum(({ spec }) => spec.replicas)
  const before: DeploymentStatus = deployment["status"] ?? {}
  const enough = available >= replicas - maxUnavailable
  return {
    observedGeneration: deployment.metadata.generation ?? 1,
    ...withoutZeros({
      replicas: sum(({ status }) => status?.replicas),
      updatedReplicas: latest?.["status"]?.replicas ?? 0,
      readyReplicas: sum(({ status }) => status?.readyReplicas),
      availableReplicas: available,
      unavailableReplicas: Math.max(0, wanted - available),
    }),
    terminatingReplicas: sum(({ status }) => status?.terminatingReplicas),
    ...(before.collisionCount === undefined ? {} : { collisionCount: before.collisionCount }),
    conditions: withCondition(before.conditions, at(now)(enough ? isEnough : isTooFew)),
  }
}

const isEnough = {
  type: "Available",
  status: "True",
  reason: "MinimumReplicasAvailable",
  message: "Deployment has minimum availability.",
}
const isTooFew = {
  type: "Available",
  status: "False",
  reason: "MinimumReplicasUnavailable",
  message: "Deployment does not have minimum availability.",
}

/** The same with how the update goes. */
export function rolloutStatus(deployment: KubeObject, lineage: Lineage, nowMs: number, now: string): DeploymentStatus {
  const status = observedStatus(deployment, lineage, now)
  return { ...status, conditions: withFailure(withProgress(deployment, lineage.latest, status, nowMs, now), lineage) }
}

function withProgress(
  deployment: KubeObject,
  latest: KubeObject | undefined,
  status: DeploymentStatus,
  nowMs: number,
  now: string,
): Condition[] {
  const { conditions = [] } = status
  if (deadlineSeconds(deployment) === undefined) return withoutCondition(conditions, "Progressing")
  const present = conditionOf(deployment, "Progressing")
  if (status.replicas === status.updatedReplicas && present?.reason === "NewReplicaSetAvailable") return conditions
  const who = latest ? `ReplicaSet "${latest.metadata.name}"` : `Deployment "${deployment.metadata.name}"`
  const progressing = (state: string, reason: string, message: string) =>
    at(now)({ type: "Progressing", status: state, reason, message: `${who} ${message}` })
  if (isComplete(deployment, status)) {
    return withCondition(conditions, progressing("True", "NewReplicaSetAvailable", "has successfully progressed."))
  }
  if (hasProgressed(deployment["status"] ?? {}, status)) {
    // Every bit of progress starts the deadline anew, so the time counts even where nothing else differs.
    const since = present?.status === "True" ? present.lastTransitionTime : undefined
    const next = progressing("True", "ReplicaSetUpdated", "is progressing.")
    return [
      ...withoutCondition(conditions, "Progressing"),
      { ...next, ...(since ? { lastTransitionTime: since } : {}) },
    ]
  }
  if (isTimedOut(deployment, present, nowMs)) {
    return withCondition(conditions, progressing("False", "ProgressDeadlineExceeded", "has timed out progressing."))
  }
  return conditions
}

export function isComplete(deployment: KubeObject, status: DeploymentStatus): boolean {
  const { replicas = 1 } = deployment["spec"]
  const counts = [status.updatedReplicas, status.replicas, status.availableReplicas]
  return (
    counts.every((count = 0) => count === replicas) &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  )
}

function hasProgressed(before: DeploymentStatus, after: DeploymentStatus): boolean {
  const oldOnes = ({ replicas = 0, updatedReplicas = 0 }: DeploymentStatus) => replicas - updatedReplicas
  const isMore = (count: (status: DeploymentStatus) => number | undefined) => (count(after) ?? 0) > (count(before) ?? 0)
  return (
    isMore(({ updatedReplicas }) => updatedReplicas) ||
    oldOnes(after) < oldOnes(before) ||
    isMore(({ readyReplicas }) => readyReplicas) ||
    isMore(({ availableReplicas }) => availableReplicas)
  )
}

function isTimedOut(deployment: KubeObject, progress: Condition | undefined, nowMs: number): boolean {
  if (!progress || progress.reason === "NewReplicaSetAvailable") return false
  return progress.reason === "ProgressDeadlineExceeded" || deadlineMs(deployment, progress) < nowMs
}

const deadlineMs = (deployment: KubeObject, { lastUpdateTime = "" }: Condition): number =>
  Date.parse(lastUpdateTime) + deadlineSeconds(deployment)! * 1000

const settled = new Set(["NewReplicaSetAvailable", "ProgressDeadlineExceeded"])

/** When to look whether an update without progress has taken too long. */
export function nextDeadline(deployment: KubeObject, nowMs: number): { againInMs: number } | undefined {
  const progress = conditionOf(deployment, "Progressing")
  if (!progress || deadlineSeconds(deployment) === undefined || deployment["spec"].paused) return undefined
  if (settled.has(progress.reason ?? "")) return undefined
  // Times are written without their milliseconds.
  return { againInMs: Math.max(0, deadlineMs(deployment, progress) - nowMs) + 1000 }
}

/** The trouble of a ReplicaSet is the trouble of its deployment; that of the latest comes first. */
function withFailure(conditions: Condition[], { latest, old }: Lineage): Condition[] {
  const failure = [...(latest ? [latest] : []), ...old].map((set) => conditionOf(set, "ReplicaFailure")).find(Boolean)
  if (!failure) return withoutCondition(conditions, "ReplicaFailure")
  return withCondition(conditions, { ...failure, ...lastUpdated(failure) })
}

const lastUpdated = ({ lastTransitionTime }: Condition) =>
  lastTransitionTime ? { lastUpdateTime: lastTransitionTime } : {}
