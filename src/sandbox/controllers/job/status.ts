import type { KubeObject } from "#api/objects.ts"
import { withCondition } from "../conditions.ts"
import { isEnding } from "../kinds.ts"
import { type Condition, isActive, isReady, isTerminating } from "../pods.ts"
import { withoutZeros } from "../world.ts"

export const TRACKED = "batch.kubernetes.io/job-tracking"

/** A job with its pods as they are. */
export interface Seen {
  job: KubeObject
  pods: readonly KubeObject[]
  nowMs: number
}

/** Pods that ended and are not yet counted in the status of their job. */
export interface Ended {
  succeeded: KubeObject[]
  failed: KubeObject[]
}

export const isFinished = ({ status }: KubeObject): boolean =>
  (status?.conditions ?? []).some(
    ({ type, status: state }: Condition) => state === "True" && (type === "Complete" || type === "Failed"),
  )

export function newlyEnded({ job, pods }: Seen): Ended {
  const { succeeded = [], failed = [] } = job["status"]?.uncountedTerminatedPods ?? {}
  const counted = new Set([...succeeded, ...failed])
  const open = pods.filter((pod) => isTracked(pod) && !counted.has(pod.metadata.uid))
  return {
    succeeded: open.filter((pod) => pod["status"]?.phase === "Succeeded"),
    failed: open.filter((pod) => hasFailed(job, pod)),
  }
}

export const isTracked = ({ metadata }: KubeObject): boolean => Boolean(metadata.finalizers?.includes(TRACKED))

function hasFailed({ spec }: KubeObject, pod: KubeObject): boolean {
  const phase = pod["status"]?.phase
  if (phase === "Failed") return true
  return spec.podReplacementPolicy !== "Failed" && isEnding(pod) && phase !== "Succeeded"
}

export interface Outcome {
  isSuccess: boolean
  reason: string
  message: string
}

/** How the job ends, if it does, with these counts. */
export function outcomeOf(
  { job, pods, nowMs }: Seen,
  counts: { succeeded: number; failed: number },
): Outcome | undefined {
  const { backoffLimit = 6, completions, activeDeadlineSeconds, suspend } = job["spec"]
  const begun: Condition | undefined = (job["status"]?.conditions ?? []).find(
    ({ type }: Condition) => type === "SuccessCriteriaMet" || type === "FailureTarget",
  )
  if (begun) return { isSuccess: begun.type === "SuccessCriteriaMet", reason: begun.reason!, message: begun.message! }
  if (counts.failed > backoffLimit || restartsTooOften(job, pods, backoffLimit)) {
    return { isSuccess: false, reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit" }
  }
  const startMs = Date.parse(job["status"]?.startTime ?? "")
  if (activeDeadlineSeconds !== undefined && !suspend && nowMs - startMs >= activeDeadlineSeconds * 1000) {
    return { isSuccess: false, reason: "DeadlineExceeded", message: "Job was active longer than specified deadline" }
  }
  const active = pods.filter(isActive).length
  if (counts.succeeded < (completions ?? 1) || active > 0) return undefined
  return { isSuccess: true, reason: "CompletionsReached", message: "Reached expected number of succeeded pods" }
}

function restartsTooOften({ spec }: KubeObject, pods: readonly KubeObject[], limit: number): boolean {
  if (spec.template.spec.restartPolicy !== "OnFailure") return false
  const statuses = pods
    .filter(isActive)
    .flatMap(({ status }) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])])
  const restarts = statuses.reduce(
    (sum: number, { restartCount = 0 }: { restartCount?: number }) => sum + restartCount,
    0,
  )
  return limit === 0 ? restarts > 0 : restarts >= limit
}

/** How many pods should be at work. */
export function wantedActive({ spec }: KubeObject, succeeded: number, active: number): number {
  const { completions, parallelism = 1, suspend } = spec
  if (suspend) return 0
  // Without a number of completions any success is everybody's.
  if (completions === undefined) return succeeded > 0 ? active : parallelism
  return Math.max(0, Math.min(completions - succeeded, parallelism))
}

const FIRST_BACK_OFF_MS = 10_000
const LONGEST_BACK_OFF_MS = 360_000

/** How long after the last failure the next pod starts. */
export const backOffMs = (failures: number): number =>
  failures === 0 ? 0 : Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** (failures - 1))

export interface Counted extends Seen {
  succeeded: number
  failed: number
  uncounted: { succeeded?: string[]; failed?: string[] }
  outcome: Outcome | undefined
  now: string
}

export function jobStatus({ job, pods, succeeded, failed, uncounted, outcome, now }: Counted): Record<string, unknown> {
  const before = job["status"] ?? {}
  const active = pods.filter(isActive)
  const terminating = pods.filter(isTerminating).length
  const conditions = withOutcome(withSuspension(before.conditions ?? [], job, now), outcome, terminating, now)
  const isComplete = outcome?.isSuccess && terminating === 0
  return {
    ...withoutZeros({ active: active.length, succeeded, failed }),
    ready: active.filter(isReady).length,
    terminating,
    uncountedTerminatedPods: uncounted,
    ...(before.startTime ? { startTime: before.startTime } : {}),
    ...(before.completionTime || isComplete ? { completionTime: before.completionTime ?? now } : {}),
    ...(conditions.length > 0 ? { conditions } : {}),
  }
}

const conditionAt = (now: string, type: string, status: string, reason: string, message: string) => ({
  type,
  status,
  lastProbeTime: now,
  lastTransitionTime: now,
  reason,
  message,
})

/** What is decided shows at once; that it is over, when the last pod is gone. */
function withOutcome(
  conditions: Condition[],
  outcome: Outcome | undefined,
  terminating: number,
  now: string,
): Condition[] {
  if (!outcome) return conditions
  const { isSuccess, reason, message } = outcome
  const decided = conditionAt(now, isSuccess ? "SuccessCriteriaMet" : "FailureTarget", "True", reason, message)
  const final = conditionAt(now, isSuccess ? "Complete" : "Failed", "True", reason, message)
  const next = withCondition(conditions, decided)
  return terminating === 0 ? withCondition(next, final) : next
}

function withSuspension(conditions: Condition[], { spec }: KubeObject, now: string): Condition[] {
  const present = conditions.find(({ type }) => type === "Suspended")
  if (spec.suspend)
    return withCondition(conditions, conditionAt(now, "Suspended", "True", "JobSuspended", "Job suspended"))
  if (!present) return conditions
  return withCondition(conditions, conditionAt(now, "Suspended", "False", "JobResumed", "Job resumed"))
}
