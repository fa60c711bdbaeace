import { refOf } from "#api/objects.ts"
import { describe, expect, it } from "vitest"
import { pods } from "./kinds.ts"
import { startScheduler } from "./scheduler.ts"
import { conditionIn, stage, theNode } from "./stage.test-support.ts"

const pod = (spec: object = {}) => ({
  ...pods,
  metadata: { name: "one", namespace: "test" },
  spec: { containers: [{ name: "app", image: "app:1" }], ...spec },
})

function started(spec?: object) {
  const scene = stage(startScheduler)
  scene.cluster.create(pod(spec))
  return { ...scene, one: () => scene.pods()[0]! }
}
const mismatch = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector."

describe("the scheduler", () => {
  it("gives a pod the node, and says so", async () => {
    const { cluster, one, settle, told } = started()
    cluster.create(theNode())
    await settle()
    expect(one()["spec"].nodeName).toBe("sandbox")
    expect(conditionIn(one(), "PodScheduled")).toMatchObject({ status: "True" })
    expect(told("Scheduled")).toEqual(["Successfully assigned test/one to sandbox"])
  })

  it("says why a pod waits, once, and lets it go when it can", async () => {
    const { cluster, one, settle, clock, told } = started({ nodeSelector: { disk: "ssd" } })
    const node = cluster.create(theNode())
    await clock.pass(60_000)
    expect(one()["spec"].nodeName).toBeUndefined()
    expect(conditionIn(one(), "PodScheduled")).toMatchObject({
      status: "False",
      reason: "Unschedulable",
      message: mismatch,
    })
    expect(told("FailedScheduling").filter((message) => message === mismatch)).toHaveLength(1)
    cluster.patch(refOf(node), { metadata: { labels: { disk: "ssd" } } })
    await settle()
    expect(one()["spec"].nodeName).toBe("sandbox")
    expect(conditionIn(one(), "PodScheduled")).toMatchObject({ status: "True" })
  })

  it("waits for a node that is cordoned", async () => {
    const { cluster, one, settle } = started()
    cluster.create({ ...theNode(), spec: { unschedulable: true } })
    await settle()
    expect(one()["spec"].nodeName).toBeUndefined()
  })

  it("says that there is no node", async () => {
    const { one, settle } = started()
    await settle()
    expect(conditionIn(one(), "PodScheduled").message).toBe("no nodes available to schedule pods")
  })

  it("leaves pods alone that another scheduler is to place, or that are held back", async () => {
    const other = started({ schedulerName: "another" })
    const held = started({ schedulingGates: [{ name: "test/gate" }] })
    for (const { cluster, one, settle } of [other, held]) {
      cluster.create(theNode())
      await settle()
      expect(one()["spec"].nodeName).toBeUndefined()
    }
  })
})
