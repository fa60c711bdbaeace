import { controllerOf, type KubeObject, refOf } from "#api/objects.ts"
import { isEnding, jobs, pods } from "../kinds.ts"
import { lookUp } from "../lookup.ts"
import { type Controller, placeOf, refAt, startController } from "../loop.ts"
import { isActive } from "../pods.ts"
import { podsToDelete } from "../replicaset/deletion-order.ts"
import { createPod, deletePod } from "../workload-pods.ts"
import { nowText, patchSeen, type World, writeStatus } from "../world.ts"
import {
  backOffMs,
  isFinished,
  isTracked,
  jobStatus,
  newlyEnded,
  type Outcome,
  outcomeOf,
  type Seen,
  TRACKED,
  wantedActive,
} from "./status.ts"

const by = "job-controller"

/** When pods of a job failed in a row, for the pause before the next. */
interface Failures {
  count: number
  lastMs: number
}

/** Runs the pods of every Job until enough of them succeeded or too many failed. */
export function startJobs(world: World): Controller {
  const { cluster, clock, onError } = world
  const failures = new Map<string, Failures>()
  const tracked = lookUp(cluster, pods, (pod) => (isTracked(pod) ? jobOf(pod) : []))
  return startController({
    name: "Job",
    cluster,
    clock,
    onError,
    uses: [tracked],
    watches: [
      { kind: jobs, keys: (job) => [placeOf(job)] },
      { kind: pods, keys: jobOf },
    ],
    reconcile(key) {
      const job = cluster.get(refAt(jobs, key))
      // Nobody counts the pods of a job that is gone.
      for (const pod of tracked.of(key)) if (controllerOf(pod)?.uid !== job?.metadata.uid) letGo(world, pod)
      if (!job || job["spec"].managedBy) return void failures.delete(key)
      const own = world.pods.controlledBy(job)
      if (!isFinished(job) && !isEnding(job)) return advance(world, key, job, own, failures)
      failures.delete(key)
      for (const pod of own) letGo(world, pod)
      if (isFinished(job) && !isEnding(job)) return expire(world, job)
    },
  })
}

function jobOf(pod: KubeObject): string[] {
  const owner = controllerOf(pod)
  return owner?.kind === jobs.kind ? [`${pod.metadata.namespace}/${owner.name}`] : []
}

function advance(
  world: World,
  key: string,
  given: KubeObject,
  own: readonly KubeObject[],
  failures: Map<string, Failures>,
): void | { againInMs: number } {
  const nowMs = world.clock.now()
  const job = started(world, given)
  const seen: Seen = { job, pods: own, nowMs }
  const ended = newlyEnded(seen)
  if (ended.failed.length > 0)
    failures.set(key, { count: (failures.get(key)?.count ?? 0) + ended.failed.length, lastMs: nowMs })
  else if (ended.succeeded.length > 0) failures.delete(key)
  const before = job["status"] ?? {}
  const counts = {
    succeeded: (before.succeeded ?? 0) + ended.succeeded.length,
    failed: (before.failed ?? 0) + ended.failed.length,
  }
  const outcome = outcomeOf(seen, counts)
  const pauseMs = outcome ? stopAll(world, seen) : resize(world, seen, counts.succeeded, failures.get(key))
  const uncounted = uncountedOf(seen, ended)
  const status = jobStatus({
    ...seen,
    pods: world.pods.controlledBy(job),
    ...counts,
    uncounted,
    outcome,
    now: nowText(world),
  })
  const written = writeStatus(world, { ...job, status: given["status"] }, status)
  for (const pod of [...ended.succeeded, ...ended.failed]) letGo(world, pod)
  if (isFinished(written)) return tellEnd(world, written, outcome!)
  return outcome ? undefined : nextLook(written, nowMs, pauseMs)
}

function started(world: World, job: KubeObject): KubeObject {
  const { startTime, conditions = [] } = job["status"] ?? {}
  const wasSuspended = conditions.some(
    ({ type, status }: { type: string; status: string }) => type === "Suspended" && status === "True",
  )
  if (job["spec"].suspend || (startTime && !wasSuspended)) return job
  return { ...job, status: { ...job["status"], startTime: nowText(world) } }
}

/** Ended pods that still carry our mark: their job counts them, and must not count them again. */
function uncountedOf({ job, pods: own }: Seen, ended: { succeeded: KubeObject[]; failed: KubeObject[] }) {
  const marked = new Set(own.filter(isTracked).map(({ metadata }) => metadata.uid))
  const before: { succeeded?: string[]; failed?: string[] } = job["status"]?.uncountedTerminatedPods ?? {}
  const listed = (uids: string[] = [], more: KubeObject[]) => [
    ...uids.filter((uid) => marked.has(uid)),
    ...more.map(({ metadata }) => metadata.uid!),
  ]
  const [succeeded, failed] = [listed(before.succeeded, ended.succeeded), listed(before.failed, ended.failed)]
  return { ...(succeeded.length > 0 ? { succeeded } : {}), ...(failed.length > 0 ? { failed } : {}) }
}

function stopAll(world: World, { job, pods: own }: Seen): undefined {
  for (const pod of own.filter(isActive)) deletePod(world, job, pod, by)
}

/** Gives the pause that is left before another pod may start, where there is one. */
function resize(
  world: World,
  { job, pods: own, nowMs }: Seen,
  succeeded: number,
  failures: Failures | undefined,
): number | undefined {
  const active = own.filter(isActive)
  const wanted = wantedActive(job, succeeded, active.length)
  for (const pod of podsToDelete(active, active.length - wanted)) deletePod(world, job, pod, by)
  if (active.length >= wanted) return undefined
  const pauseMs = failures ? failures.lastMs + backOffMs(failures.count) - nowMs : 0
  if (pauseMs > 0) return pauseMs
  for (let missing = wanted - active.length; missing > 0; missing--) {
    createPod(world, job, job["spec"].template, { by, finalizers: [TRACKED] })
  }
  return undefined
}

function letGo(world: World, pod: KubeObject): void {
  const fresh = isTracked(pod) && world.cluster.get(refOf(pod))
  if (!fresh || !isTracked(fresh) || fresh.metadata.uid !== pod.metadata.uid) return
  const others = fresh.metadata.finalizers!.filter((name) => name !== TRACKED)
  patchSeen(world, fresh, { finalizers: others.length > 0 ? others : null })
}

function tellEnd(world: World, job: KubeObject, { isSuccess, reason, message }: Outcome): void | { againInMs: number } {
  if (isSuccess) world.tell(job, { by, reason: "Completed", message: "Job completed" })
  else world.tell(job, { by, type: "Warning", reason, message })
  return expire(world, job)
}

function nextLook(
  { spec, status }: KubeObject,
  nowMs: number,
  pauseMs: number | undefined,
): void | { againInMs: number } {
  const deadlineMs =
    spec.activeDeadlineSeconds === undefined || spec.suspend
      ? Infinity
      : Date.parse(status.startTime) + spec.activeDeadlineSeconds * 1000 - nowMs
  const againInMs = Math.min(deadlineMs, pauseMs ?? Infinity)
  if (againInMs < Infinity) return { againInMs }
}

/** A finished job goes when its time is up. */
function expire({ cluster, clock }: World, job: KubeObject): void | { againInMs: number } {
  const seconds: number | undefined = job["spec"].ttlSecondsAfterFinished
  if (seconds === undefined) return
  const leftMs = finishedAt(job) + seconds * 1000 - clock.now()
  if (leftMs > 0) return { againInMs: leftMs }
  cluster.delete(refOf(job), { uid: job.metadata.uid!, propagationPolicy: "Foreground" })
}

const finishedAt = ({ status }: KubeObject): number =>
  Date.parse(
    status.conditions.find(({ type }: { type: string }) => type === "Complete" || type === "Failed")
      ?.lastTransitionTime ?? "",
  ) || 0
