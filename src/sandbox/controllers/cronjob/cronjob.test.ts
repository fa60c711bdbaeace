import { type KubeObject, refOf } from "#api/objects.ts"
import { describe, expect, it } from "vitest"
import { timeText } from "../../contract.ts"
import { cronJobs, jobs } from "../kinds.ts"
import { inTest, stage } from "../stage.test-support.ts"
import { startCronJobs } from "./cronjob.ts"

async function started(spec: object = {}) {
  const scene = stage(startCronJobs)
  const { cluster, clock } = scene
  cluster.create({
    ...cronJobs,
    metadata: { name: "tick", namespace: "test" },
    spec: {
      schedule: "*/5 * * * *",
      jobTemplate: {
        metadata: { labels: { cron: "tick" } },
        spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "app", image: "app:1" }] } } },
      },
      ...spec,
    },
  })
  await scene.settle()
  const all = () => cluster.list(jobs)
  const finish = async (job: KubeObject, type: "Complete" | "Failed") => {
    const completionTime = type === "Complete" ? { completionTime: timeText(clock.now()) } : {}
    cluster.patch(refOf(job), { status: { conditions: [{ type, status: "True" }], ...completionTime } }, "status")
    await scene.settle()
  }
  const minutes = (count: number) => clock.pass(count * 60_000)
  return { ...scene, all, finish, minutes, status: () => cluster.get(inTest(cronJobs, "tick"))!["status"] }
}

describe("a CronJob", () => {
  it("starts a job when it is time, named by that time", async () => {
    const { all, minutes, status, told } = await started()
    await minutes(4)
    expect(all()).toEqual([])
    await minutes(2)
    const at = Date.parse("2026-01-01T00:05:00Z")
    expect(all().map(({ metadata }) => metadata)).toMatchObject([
      {
        name: `tick-${at / 60_000}`,
        labels: { cron: "tick" },
        annotations: { "batch.kubernetes.io/cronjob-scheduled-timestamp": "2026-01-01T00:05:00Z" },
        ownerReferences: [{ kind: "CronJob", name: "tick", controller: true }],
      },
    ])
    expect(status()).toMatchObject({
      lastScheduleTime: "2026-01-01T00:05:00Z",
      active: [{ name: `tick-${at / 60_000}` }],
    })
    expect(told("SuccessfulCreate")).toEqual([`Created job tick-${at / 60_000}`])
  })

  it("notes what succeeded", async () => {
    const { all, minutes, finish, status, told } = await started()
    await minutes(6)
    await finish(all()[0]!, "Complete")
    expect(status()).toEqual({ lastScheduleTime: "2026-01-01T00:05:00Z", lastSuccessfulTime: "2026-01-01T00:06:00Z" })
    expect(told("SawCompletedJob")).toEqual([`Saw completed job: ${all()[0]!.metadata.name}, condition: Complete`])
  })

  it("starts none while another runs where that is forbidden", async () => {
    const { all, minutes, told } = await started({ concurrencyPolicy: "Forbid" })
    await minutes(11)
    expect(all()).toHaveLength(1)
    expect(told("JobAlreadyActive")).toHaveLength(1)
  })

  it("replaces the one that runs where that is asked for", async () => {
    const { all, minutes } = await started({ concurrencyPolicy: "Replace" })
    await minutes(11)
    expect(
      all().map(({ metadata }) => metadata.annotations!["batch.kubernetes.io/cronjob-scheduled-timestamp"]),
    ).toEqual(["2026-01-01T00:10:00Z"])
  })

  it("keeps only the newest finished jobs", async () => {
    const { all, minutes, finish } = await started({ successfulJobsHistoryLimit: 2, failedJobsHistoryLimit: 0 })
    for (const type of ["Complete", "Failed", "Complete", "Complete"] as const) {
      await minutes(5)
      const running = all().find((job) => !job["status"]?.conditions)
      await finish(running!, type)
    }
    expect(all()).toHaveLength(2)
  })

  it("starts nothing while suspended, and makes up for the last missed time only", async () => {
    const { all, minutes, cluster, settle } = await started({ suspend: true })
    await minutes(600)
    expect(all()).toEqual([])
    cluster.patch(inTest(cronJobs, "tick"), { spec: { suspend: false } })
    await settle()
    expect(
      all().map(({ metadata }) => metadata.annotations!["batch.kubernetes.io/cronjob-scheduled-timestamp"]),
    ).toEqual(["2026-01-01T10:00:00Z"])
  })

  it("makes up for nothing that is older than its deadline", async () => {
    const { all, minutes, cluster, settle } = await started({ suspend: true, startingDeadlineSeconds: 60 })
    await minutes(12)
    cluster.patch(inTest(cronJobs, "tick"), { spec: { suspend: false } })
    await settle()
    expect(all()).toEqual([])
  })
})
