import { refOf } from "#api/objects.ts"
import { describe, expect, it } from "vitest"
import { isEnding, pods, replicaSets } from "../kinds.ts"
import { conditionIn, inTest, stage, theNode, workload } from "../stage.test-support.ts"
import { startScheduler } from "../scheduler.ts"
import { podsToDelete } from "./deletion-order.ts"
import { startReplicaSets } from "./replicaset.ts"

async function started(spec: Record<string, unknown> = {}) {
  const scene = stage(startReplicaSets, startScheduler)
  scene.cluster.create(theNode())
  scene.cluster.create(workload(replicaSets, { spec }))
  await scene.settle()
  return scene
}
const set = inTest(replicaSets, "web")

describe("a ReplicaSet", () => {
  it("gets as many pods as it wants, named after it and controlled by it", async () => {
    const { cluster, pods, told } = await started()
    const made = pods()
    expect(made).toHaveLength(3)
    expect(made.every((pod) => pod.metadata.name.startsWith("web-"))).toBe(true)
    expect(made[0]!.metadata.ownerReferences).toEqual([
      {
        apiVersion: "apps/v1",
        kind: "ReplicaSet",
        name: "web",
        uid: cluster.get(set)!.metadata.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ])
    expect(told("SuccessfulCreate").toSorted()).toEqual(
      made.map((pod) => `Created pod: ${pod.metadata.name}`).toSorted(),
    )
  })

  it("counts ready, available and terminating pods", async () => {
    const { cluster, pods, ready, settle } = await started({ minReadySeconds: 10 })
    const [one, other] = pods()
    ready(one!)
    cluster.delete(refOf(other!))
    await settle()
    expect(cluster.get(set)!["status"]).toEqual({
      replicas: 3,
      fullyLabeledReplicas: 3,
      readyReplicas: 1,
      terminatingReplicas: 1,
      observedGeneration: 1,
    })
  })

  it("counts a ready pod as available once it was ready for minReadySeconds", async () => {
    const { cluster, clock, pods, ready, settle } = await started({ minReadySeconds: 10 })
    ready(pods()[0]!)
    await settle()
    await clock.pass(9_000)
    expect(cluster.get(set)!["status"].availableReplicas).toBeUndefined()
    await clock.pass(2_000)
    expect(cluster.get(set)!["status"].availableReplicas).toBe(1)
  })

  it("replaces a pod that failed and one that was deleted", async () => {
    const { cluster, pods, say, settle } = await started()
    const [one, other] = pods()
    say(one!, { phase: "Failed" })
    cluster.delete(refOf(other!))
    await settle()
    const active = pods().filter((pod) => !isEnding(pod) && pod["status"].phase !== "Failed")
    expect(active).toHaveLength(3)
  })

  it("takes in a pod that it selects and nobody controls", async () => {
    const { cluster, pods: listed, settle } = await started({ replicas: 0 })
    cluster.create({
      ...pods,
      metadata: { name: "stray", namespace: "test", labels: { app: "web" } },
      spec: { containers: [{ name: "app", image: "app:1" }] },
    })
    cluster.patch(set, { spec: { replicas: 1 } })
    await settle()
    expect(listed().map((pod) => pod.metadata.ownerReferences?.[0]?.name)).toEqual(["web"])
  })

  it("lets go of a pod whose labels no longer fit, and makes another", async () => {
    const { cluster, pods, settle } = await started()
    const [one] = pods()
    cluster.patch(refOf(one!), { metadata: { labels: { app: "debug" } } })
    await settle()
    expect(cluster.get(refOf(one!))!.metadata.ownerReferences).toBeUndefined()
    expect(pods()).toHaveLength(4)
  })

  it("deletes pods that are not ready before those that are", async () => {
    const { cluster, pods, ready, settle } = await started()
    const [one, , other] = pods()
    ready(one!)
    ready(other!)
    cluster.patch(set, { spec: { replicas: 2 } })
    await settle()
    const kept = pods().filter((pod) => !isEnding(pod))
    expect(kept.map(({ metadata }) => metadata.name)).toEqual([one!.metadata.name, other!.metadata.name])
  })

  it("tells why pods cannot be created, tries again, and takes it back when they can", async () => {
    const { cluster, clock, settle, told, errors, pods } = stage(startReplicaSets)
    const { create } = cluster
    cluster.create = (object) => {
      if (object.kind === "Pod") throw new Error("quota exceeded")
      return create(object)
    }
    create(workload(replicaSets))
    await settle()
    expect(conditionIn(cluster.get(set), "ReplicaFailure")).toMatchObject({
      status: "True",
      reason: "FailedCreate",
      message: "quota exceeded",
    })
    expect(told("FailedCreate")).toEqual(["Error creating: quota exceeded"])
    expect(errors).not.toEqual([])
    cluster.create = create
    await clock.pass(60_000)
    expect(pods()).toHaveLength(3)
    expect(conditionIn(cluster.get(set), "ReplicaFailure")).toBeUndefined()
  })
})

describe("the order in which pods are deleted", () => {
  const pod = (
    name: string,
    given: { node?: string; phase?: string; readyAt?: string; restarts?: number; cost?: string; createdAt?: string },
  ) => ({
    ...pods,
    metadata: {
      name,
      creationTimestamp: given.createdAt ?? "2026-01-01T00:00:00Z",
      annotations: { "controller.kubernetes.io/pod-deletion-cost": given.cost ?? "0" },
    },
    spec: { nodeName: given.node ?? "sandbox" },
    status: {
      phase: given.phase ?? "Running",
      conditions: given.readyAt ? [{ type: "Ready", status: "True", lastTransitionTime: given.readyAt }] : [],
      containerStatuses: [{ restartCount: given.restarts ?? 0 }],
    },
  })
  const readyAt = "2026-01-01T00:01:00Z"

  it.each([
    ["one without a node", pod("a", { node: "" }), pod("b", {})],
    ["a pending one", pod("a", { phase: "Pending" }), pod("b", {})],
    ["one that is not ready", pod("a", {}), pod("b", { readyAt })],
    ["the cheaper one", pod("a", { readyAt, cost: "-1" }), pod("b", { readyAt })],
    ["the one ready for a shorter time", pod("a", { readyAt: "2026-01-01T00:02:00Z" }), pod("b", { readyAt })],
    ["the one that restarted more", pod("a", { restarts: 2 }), pod("b", { restarts: 1 })],
    ["the newer one", pod("a", { createdAt: "2026-01-01T00:00:05Z" }), pod("b", {})],
  ])("begins with %s", (_name, first, second) => {
    expect(podsToDelete([second, first], 1)).toEqual([first])
    expect(podsToDelete([first, second], 1)).toEqual([first])
  })
})
