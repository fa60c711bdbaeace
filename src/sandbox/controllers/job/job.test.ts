import { type KubeObject, refOf } from "#api/objects.ts"
import { describe, expect, it } from "vitest"
import { isEnding, jobs } from "../kinds.ts"
import { startScheduler } from "../scheduler.ts"
import { conditionIn, inTest, stage, theNode } from "../stage.test-support.ts"
import { startJobs } from "./job.ts"

async function started(spec: object = {}) {
  const scene = stage(startJobs, startScheduler)
  const { cluster } = scene
  cluster.create(theNode())
  cluster.create({
    ...jobs,
    metadata: { name: "task", namespace: "test" },
    spec: {
      ...("parallelism" in spec ? {} : { parallelism: 1, completions: 1 }),
      backoffLimit: 6,
      template: {
        metadata: { labels: { job: "task" } },
        spec: { restartPolicy: "Never", containers: [{ name: "app", image: "app:1" }] },
      },
      ...spec,
    },
  })
  await scene.settle()
  const job = () => cluster.get(inTest(jobs, "task"))
  const status = () => job()!["status"]
  const active = () => scene.pods().filter((pod) => !isEnding(pod) && pod["status"]?.phase === "Pending")
  const end = async (pod: KubeObject | undefined, phase: "Succeeded" | "Failed") => {
    scene.say(pod!, { phase })
    await scene.settle()
  }
  const condition = (type: string) => conditionIn(job(), type)
  return { ...scene, job, status, active, end, condition }
}

describe("a Job", () => {
  it("is complete when its pod succeeded", async () => {
    const { status, active, end, condition, told } = await started()
    expect(status()).toMatchObject({ active: 1, ready: 0, terminating: 0, startTime: "2026-01-01T00:00:00Z" })
    await end(active()[0], "Succeeded")
    expect(status()).toMatchObject({ succeeded: 1, uncountedTerminatedPods: {}, completionTime: expect.any(String) })
    expect(status()).not.toHaveProperty("active")
    expect(condition("SuccessCriteriaMet")).toMatchObject({ status: "True", reason: "CompletionsReached" })
    expect(condition("Complete")).toMatchObject({
      status: "True",
      reason: "CompletionsReached",
      message: "Reached expected number of succeeded pods",
    })
    expect(told("Completed")).toEqual(["Job completed"])
  })

  it("runs as many pods side by side as it may, until it has enough successes", async () => {
    const { active, end, status, condition } = await started({ parallelism: 2, completions: 3 })
    expect(active()).toHaveLength(2)
    await end(active()[0], "Succeeded")
    expect(active()).toHaveLength(2)
    await end(active()[0], "Succeeded")
    expect(active()).toHaveLength(1)
    await end(active()[0], "Succeeded")
    expect(status().succeeded).toBe(3)
    expect(condition("Complete")?.status).toBe("True")
  })

  it("starts nothing new after the first success when it has no number of completions", async () => {
    const { active, end, condition } = await started({ parallelism: 2 })
    const [one, other] = active()
    await end(one, "Succeeded")
    expect(active()).toHaveLength(1)
    expect(condition("Complete")).toBeUndefined()
    await end(other, "Failed")
    expect(condition("Complete")?.status).toBe("True")
  })

  it("tries again after a failure, later each time", async () => {
    const { active, end, clock, status } = await started()
    await end(active()[0], "Failed")
    expect(active()).toEqual([])
    await clock.pass(10_000)
    expect(active()).toHaveLength(1)
    await end(active()[0], "Failed")
    await clock.pass(15_000)
    expect(active()).toEqual([])
    await clock.pass(5_000)
    expect(active()).toHaveLength(1)
    expect(status().failed).toBe(2)
  })

  it("fails when more pods failed than its limit", async () => {
    const { active, end, clock, condition, told } = await started({ backoffLimit: 1 })
    await end(active()[0], "Failed")
    await clock.pass(10_000)
    await end(active()[0], "Failed")
    expect(condition("FailureTarget")).toMatchObject({ status: "True", reason: "BackoffLimitExceeded" })
    expect(condition("Failed")).toMatchObject({
      status: "True",
      reason: "BackoffLimitExceeded",
      message: "Job has reached the specified backoff limit",
    })
    expect(told("BackoffLimitExceeded")).toEqual(["Job has reached the specified backoff limit"])
  })

  it("counts restarts of containers where they are restarted in place", async () => {
    const template = {
      metadata: { labels: { job: "task" } },
      spec: { restartPolicy: "OnFailure", containers: [{ name: "app", image: "app:1" }] },
    }
    const { pods, say, settle, tick, condition } = await started({ backoffLimit: 2, template })
    say(pods()[0]!, { phase: "Running", containerStatuses: [{ restartCount: 2 }] })
    await settle()
    expect(condition("FailureTarget")?.reason).toBe("BackoffLimitExceeded")
    expect(condition("Failed")).toBeUndefined()
    await tick()
    expect(condition("Failed")?.status).toBe("True")
  })

  it("fails when it takes too long, and ends its pods", async () => {
    const { clock, condition, pods, tick } = await started({ activeDeadlineSeconds: 30 })
    await clock.pass(31_000)
    expect(condition("FailureTarget")).toMatchObject({
      reason: "DeadlineExceeded",
      message: "Job was active longer than specified deadline",
    })
    expect(pods().every(isEnding)).toBe(true)
    await tick()
    expect(condition("Failed")?.reason).toBe("DeadlineExceeded")
    expect(pods()).toEqual([])
  })

  it("counts a pod once, even when it is deleted after its success", async () => {
    const { cluster, active, end, settle, status } = await started({ completions: 2 })
    const [pod] = active()
    await end(pod, "Succeeded")
    cluster.delete(refOf(pod!))
    await settle()
    expect(status()).toMatchObject({ succeeded: 1, active: 1 })
  })

  it("counts a pod that somebody deletes as failed", async () => {
    const { cluster, active, tick, status, pods } = await started()
    cluster.delete(refOf(active()[0]!))
    await tick()
    expect(status().failed).toBe(1)
    expect(pods()).toEqual([])
  })

  it("lets its pods go when it is deleted without them", async () => {
    const { cluster, job, pods, settle, tick } = await started()
    cluster.delete(refOf(job()!))
    for (const pod of pods()) cluster.delete(refOf(pod))
    await settle()
    await tick()
    expect(pods()).toEqual([])
  })

  it("goes when its time after the end is up", async () => {
    const { active, end, clock, job } = await started({ ttlSecondsAfterFinished: 60 })
    await end(active()[0], "Succeeded")
    await clock.pass(50_000)
    expect(isEnding(job()!)).toBe(false)
    await clock.pass(11_000)
    expect(isEnding(job()!)).toBe(true)
  })

  it("has no pods while it is suspended", async () => {
    const { cluster, settle, pods, status, condition, active } = await started({ suspend: true })
    expect(pods()).toEqual([])
    expect(status().startTime).toBeUndefined()
    expect(condition("Suspended")).toMatchObject({ status: "True", reason: "JobSuspended" })
    cluster.patch(inTest(jobs, "task"), { spec: { suspend: false } })
    await settle()
    expect(active()).toHaveLength(1)
    expect(condition("Suspended")).toMatchObject({ status: "False", reason: "JobResumed" })
  })
})
