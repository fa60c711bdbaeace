import { controllerOf, type KubeObject, refOf } from "#api/objects.ts"
import { ApiError } from "#kube/contract.ts"
import { timeText } from "../../contract.ts"
import { cronJobs, isEnding, jobs } from "../kinds.ts"
import { type Children, lookUpChildren } from "../lookup.ts"
import { type Controller, placeOf, refAt, startController } from "../loop.ts"
import { byAge, conditionOf, createdAt } from "../pods.ts"
import { textOf } from "../workload-pods.ts"
import { controlledBy, isOfEndingNamespace, type World, writeStatus } from "../world.ts"
import { isFinished } from "../job/status.ts"
import { parseSchedule, type Schedule } from "./schedule.ts"

const by = "cronjob-controller"
const MINUTE_MS = 60_000
/** Times that were missed beyond these do not matter: only the last one is made up for. */
const MOST_MISSED = 100
const LONGEST_NAME = 52

/** Starts the Jobs of every CronJob when it is time. */
export function startCronJobs(world: World): Controller {
  const { cluster, clock, onError } = world
  const children = lookUpChildren(cluster, jobs)
  return startController({
    name: "CronJob",
    cluster,
    clock,
    onError,
    uses: [children],
    watches: [
      { kind: cronJobs, keys: (cronJob) => [placeOf(cronJob)] },
      { kind: jobs, keys: cronJobOf },
    ],
    reconcile(key) {
      const cronJob = cluster.get(refAt(cronJobs, key))
      if (cronJob && !isEnding(cronJob)) return reconcile(world, cronJob, children)
    },
  })
}

function cronJobOf(job: KubeObject): string[] {
  const owner = controllerOf(job)
  return owner?.kind === cronJobs.kind ? [`${job.metadata.namespace}/${owner.name}`] : []
}

function reconcile(world: World, cronJob: KubeObject, children: Children): void | { againInMs: number } {
  const { schedule: text, timeZone, suspend } = cronJob["spec"]
  const own = children.controlledBy(cronJob)
  tellFinished(world, cronJob, own)
  cleanUp(world, cronJob, own)
  const schedule = parseSchedule(text, timeZone)
  const nowMs = world.clock.now()
  const dueMs = suspend ? undefined : lastDue(cronJob, schedule, nowMs)
  const started = dueMs === undefined ? undefined : start(world, cronJob, own, dueMs)
  writeStatus(world, cronJob, statusOf(cronJob, started ? [...own, started.job] : own, started ? dueMs : undefined))
  const nextMs = schedule.nextAfter(nowMs)
  return suspend || nextMs === undefined ? undefined : { againInMs: nextMs - nowMs }
}

/** The last time at which a job should have started and did not. */
function lastDue(cronJob: KubeObject, schedule: Schedule, nowMs: number): number | undefined {
  const { startingDeadlineSeconds } = cronJob["spec"]
  const since = Date.parse(cronJob["status"]?.lastScheduleTime ?? "") || createdAt(cronJob)
  const from = Math.max(since, startingDeadlineSeconds === undefined ? 0 : nowMs - startingDeadlineSeconds * 1000)
  return lastBetween(from) ?? lastBetween(Math.max(from, nowMs - MOST_MISSED * MINUTE_MS))

  function lastBetween(earliest: number): number | undefined {
    let last: number | undefined
    for (let count = 0; count <= MOST_MISSED; count++) {
      const next = schedule.nextAfter(last ?? earliest)
      if (next === undefined || next > nowMs) return last
      last = next
    }
    return undefined
  }
}

function start(
  world: World,
  cronJob: KubeObject,
  own: readonly KubeObject[],
  dueMs: number,
): { job: KubeObject } | undefined {
  const { concurrencyPolicy } = cronJob["spec"]
  const active = own.filter((job) => !isFinished(job) && !isEnding(job))
  if (concurrencyPolicy === "Forbid" && active.length > 0) {
    const message = "Not starting job because prior execution is running and concurrency policy is Forbid"
    world.tell(cronJob, { by, reason: "JobAlreadyActive", message })
    return undefined
  }
  if (concurrencyPolicy === "Replace") for (const job of active) remove(world, cronJob, job)
  try {
    const job = world.cluster.create(jobAt(cronJob, dueMs))
    world.tell(cronJob, { by, reason: "SuccessfulCreate", message: `Created job ${job.metadata.name}` })
    return { job }
  } catch (error) {
    if (isOfEndingNamespace(world, error, cronJob.metadata.namespace!)) return undefined
    if (error instanceof ApiError && error.reason === "AlreadyExists") return undefined
    world.tell(cronJob, {
      by,
      type: "Warning",
      reason: "FailedCreate",
      message: `Error creating job: ${textOf(error)}`,
    })
    throw error
  }
}

function jobAt(cronJob: KubeObject, dueMs: number): KubeObject {
  const { metadata = {}, spec } = cronJob["spec"].jobTemplate
  return {
    ...jobs,
    metadata: {
      // The same time gives the same name, so that no time is taken twice.
      name: `${cronJob.metadata.name.slice(0, LONGEST_NAME)}-${Math.floor(dueMs / MINUTE_MS)}`,
      namespace: cronJob.metadata.namespace!,
      labels: { ...metadata.labels },
      annotations: { ...metadata.annotations, "batch.kubernetes.io/cronjob-scheduled-timestamp": timeText(dueMs) },
      ownerReferences: [controlledBy(cronJob)],
    },
    spec,
  }
}

function statusOf(cronJob: KubeObject, own: readonly KubeObject[], startedMs: number | undefined): object {
  const before = cronJob["status"] ?? {}
  const active = own
    .filter((job) => !isFinished(job))
    .map(({ apiVersion, kind, metadata }) => {
      const { namespace, name, uid, resourceVersion } = metadata
      const known = (before.active ?? []).find((reference: { uid: string }) => reference.uid === uid)
      return known ?? { apiVersion, kind, namespace, name, uid, resourceVersion }
    })
  const completions = own.map(({ status }) => status?.completionTime).filter(Boolean)
  const successes: string[] = [before.lastSuccessfulTime, ...completions].filter(Boolean)
  const lastSuccessfulTime = successes.toSorted().at(-1)
  const lastScheduleTime = startedMs === undefined ? before.lastScheduleTime : timeText(startedMs)
  return {
    ...(active.length > 0 ? { active } : {}),
    ...(lastScheduleTime ? { lastScheduleTime } : {}),
    ...(lastSuccessfulTime ? { lastSuccessfulTime } : {}),
  }
}

function tellFinished(world: World, cronJob: KubeObject, own: readonly KubeObject[]): void {
  const active: { uid: string }[] = cronJob["status"]?.active ?? []
  for (const job of own.filter(isFinished)) {
    if (!active.some(({ uid }) => uid === job.metadata.uid)) continue
    const condition = conditionOf(job, "Complete")?.status === "True" ? "Complete" : "Failed"
    world.tell(cronJob, {
      by,
      reason: "SawCompletedJob",
      message: `Saw completed job: ${job.metadata.name}, condition: ${condition}`,
    })
  }
}

/** Keeps the newest of those that succeeded and of those that failed. */
function cleanUp(world: World, cronJob: KubeObject, own: readonly KubeObject[]): void {
  const { successfulJobsHistoryLimit = 3, failedJobsHistoryLimit = 1 } = cronJob["spec"]
  const oldestFirst = own.filter((job) => isFinished(job) && !isEnding(job)).toSorted(byAge)
  const isComplete = (job: KubeObject) => conditionOf(job, "Complete")?.status === "True"
  const tooMany = (kept: readonly KubeObject[], limit: number) => kept.slice(0, Math.max(0, kept.length - limit))
  const expired = [
    ...tooMany(oldestFirst.filter(isComplete), successfulJobsHistoryLimit),
    ...tooMany(
      oldestFirst.filter((job) => !isComplete(job)),
      failedJobsHistoryLimit,
    ),
  ]
  for (const job of expired) remove(world, cronJob, job)
}

function remove({ cluster, tell }: World, cronJob: KubeObject, job: KubeObject): void {
  cluster.delete(refOf(job), { uid: job.metadata.uid!, propagationPolicy: "Background" })
  tell(cronJob, { by, reason: "SuccessfulDelete", message: `Deleted job ${job.metadata.name}` })
}
