import type { KubeObject } from "#api/objects.ts"
import type { Readiness } from "./contract.ts"

export interface ReadinessLimits {
  /** Percentage of the updated pods that must be available. */
  readyThreshold: number
  deadlineSeconds: number
}

/** Whether a Deployment has finished rolling out. The order of the rules decides which reason is told. */
export function deploymentReadiness(deployment: KubeObject, limits: ReadinessLimits, nowMs: number): Readiness {
  const { metadata, spec, status = {} } = deployment
  if ((metadata.generation ?? 0) > (status.observedGeneration ?? 0)) {
    return notReady("waiting for rollout to finish: observed deployment generation less than desired generation")
  }
  if (conditionOf(status, "Progressing")?.reason === "ProgressDeadlineExceeded") {
    return notReady(`deployment "${metadata.name}" exceeded its progress deadline`, false)
  }
  const unfinished = unfinishedRollout(spec, status, limits.readyThreshold)
  if (!unfinished) return { ready: true }
  return notReady(`waiting for rollout to finish: ${unfinished}`, !isStuck(status, limits.deadlineSeconds, nowMs))
}

interface DeploymentSpec {
  replicas?: number
}
interface DeploymentStatus {
  replicas?: number
  updatedReplicas?: number
  availableReplicas?: number
  conditions?: { type: string; status: string; reason?: string; lastUpdateTime?: string }[]
}

function unfinishedRollout(spec: DeploymentSpec, status: DeploymentStatus, readyThreshold: number): string | undefined {
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status
  if (spec.replicas !== undefined && updatedReplicas < spec.replicas) {
    return `${updatedReplicas} out of ${spec.replicas} new replicas have been updated`
  }
  if (replicas > updatedReplicas) return `${replicas - updatedReplicas} old replicas are pending termination`
  const needed = shareOf(updatedReplicas, readyThreshold)
  if (availableReplicas < needed) {
    return `${availableReplicas} of ${needed} (readyThreshold ${readyThreshold}%) updated replicas are available`
  }
  return undefined
}

/** In single precision, as the original counts: 84 % of 75 pods are 62 there, not 63. */
const shareOf = (count: number, percent: number): number =>
  Math.trunc(Math.fround(Math.fround(count) * Math.fround(Math.fround(percent) / 100)))

/** Too few pods for longer than the deadline. A Deployment whose pods come and crash may never exceed its own deadline. */
function isStuck(status: DeploymentStatus, deadlineSeconds: number, nowMs: number): boolean {
  const available = conditionOf(status, "Available")
  if (!conditionOf(status, "Progressing")) return false
  if (available?.status !== "False" || available.reason !== "MinimumReplicasUnavailable") return false
  return nowMs > Date.parse(available.lastUpdateTime ?? "") + deadlineSeconds * 1000
}

const conditionOf = (status: DeploymentStatus, type: string) =>
  status.conditions?.find((condition) => condition.type === type)

const notReady = (why: string, retriable = true): Readiness => ({ ready: false, retriable, why })
