import { refOf } from "#api/objects.ts"
import { describe, expect, it } from "vitest"
import { controllerRevisions, daemonSets, isEnding } from "../kinds.ts"
import { inTest, stage, theNode, workload } from "../stage.test-support.ts"
import { startScheduler } from "../scheduler.ts"
import { startDaemonSets } from "./daemonset.ts"

const web = inTest(daemonSets, "web")

async function running(spec: Record<string, unknown> = {}, labels: Record<string, string> = {}) {
  const scene = stage(startDaemonSets, startScheduler)
  scene.cluster.create(theNode(labels))
  scene.cluster.create(workload(daemonSets, { spec }))
  await scene.rest()
  const status = () => scene.cluster.get(web)!["status"]
  const edit = async (spec: object) => {
    scene.cluster.patch(web, { spec })
    await scene.settle()
  }
  const release = (image: string) => edit({ template: { spec: { containers: [{ name: "app", image }] } } })
  const images = () =>
    scene
      .pods()
      .map((pod) => `${pod["spec"].containers[0].image}`)
      .toSorted()
  return { ...scene, status, edit, release, images }
}

describe("a DaemonSet", () => {
  it("has one pod on the node, and says so", async () => {
    const { pods, status, cluster } = await running()
    expect(pods()).toHaveLength(1)
    expect(status()).toEqual({
      currentNumberScheduled: 1,
      numberMisscheduled: 0,
      desiredNumberScheduled: 1,
      numberReady: 1,
      numberAvailable: 1,
      updatedNumberScheduled: 1,
      observedGeneration: 1,
    })
    const [revision] = cluster.list(controllerRevisions)
    expect(revision).toMatchObject({ revision: 1, data: { spec: { template: { $patch: "replace" } } } })
    expect(pods()[0]!.metadata.labels!["controller-revision-hash"]).toBe(
      revision!.metadata.labels!["controller-revision-hash"],
    )
  })

  it("has none where the node is not one it selects, until it is", async () => {
    const { pods, status, cluster, settle } = await running({
      template: {
        metadata: { labels: { app: "web" } },
        spec: { nodeSelector: { disk: "ssd" }, containers: [{ name: "app", image: "app:1" }] },
      },
    })
    expect(pods()).toEqual([])
    expect(status()).toMatchObject({ desiredNumberScheduled: 0, numberReady: 0 })
    cluster.patch({ apiVersion: "v1", kind: "Node", name: "sandbox" }, { metadata: { labels: { disk: "ssd" } } })
    await settle()
    expect(pods()).toHaveLength(1)
    cluster.patch({ apiVersion: "v1", kind: "Node", name: "sandbox" }, { metadata: { labels: { disk: null } } })
    await settle()
    expect(isEnding(pods()[0]!)).toBe(true)
  })

  it("replaces its pod with one of a new template when the old one is gone", async () => {
    const { release, pods, images, status, tick, rest, cluster } = await running()
    await release("app:2")
    expect(isEnding(pods()[0]!)).toBe(true)
    expect(images()).toEqual(["app:1"])
    expect(status()).not.toHaveProperty("updatedNumberScheduled")
    await tick()
    expect(images()).toEqual(["app:2"])
    await rest()
    expect(status()).toMatchObject({ observedGeneration: 2, updatedNumberScheduled: 1, numberAvailable: 1 })
    expect(
      cluster
        .list(controllerRevisions)
        .map((revision) => `${revision["revision"]}`)
        .toSorted(),
    ).toEqual(["1", "2"])
  })

  it("keeps the old pod until the new one is available where a surge is allowed", async () => {
    const { release, images, pods, ready, settle, rest } = await running({
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    })
    await release("app:2")
    expect(images()).toEqual(["app:1", "app:2"])
    expect(pods().some(isEnding)).toBe(false)
    ready(pods().find((pod) => pod["spec"].containers[0].image === "app:2")!)
    await settle()
    expect(
      pods()
        .filter((pod) => !isEnding(pod))
        .map((pod) => pod["spec"].containers[0].image),
    ).toEqual(["app:2"])
    await rest()
    expect(images()).toEqual(["app:2"])
  })

  it("leaves the old pod to its user where that is the strategy", async () => {
    const { release, images, pods, cluster, rest, status } = await running({ updateStrategy: { type: "OnDelete" } })
    await release("app:2")
    await rest()
    expect(images()).toEqual(["app:1"])
    expect(status()).not.toHaveProperty("updatedNumberScheduled")
    cluster.delete(refOf(pods()[0]!))
    await rest()
    expect(images()).toEqual(["app:2"])
  })

  it("goes back to an earlier template under a new revision, and forgets those beyond the limit", async () => {
    const { release, rest, cluster } = await running({ revisionHistoryLimit: 1 })
    for (const image of ["app:2", "app:3", "app:2"]) {
      await release(image)
      await rest()
    }
    const revisions = cluster
      .list(controllerRevisions)
      .map((one) => [one["data"].spec.template.spec.containers[0].image, one["revision"]])
    expect(Object.fromEntries(revisions)).toEqual({ "app:2": 4, "app:3": 3 })
  })

  it("replaces a pod that failed, but not in a hurry", async () => {
    const { pods, say, settle, clock } = await running()
    const [pod] = pods()
    say(pod!, { phase: "Failed" })
    await settle()
    await clock.pass(1500)
    expect(pods().map(({ metadata }) => metadata.uid)).not.toContain(pod!.metadata.uid)
    expect(pods()).toHaveLength(1)
  })
})
