import { refOf } from "#api/objects.ts"
import { describe, expect, it } from "vitest"
import { isEnding, statefulSets } from "../kinds.ts"
import { startScheduler } from "../scheduler.ts"
import { inTest, stage, theNode, workload } from "../stage.test-support.ts"
import { startStatefulSets } from "./statefulset.ts"

const web = inTest(statefulSets, "web")

async function started(spec: Record<string, unknown> = {}) {
  const scene = stage(startStatefulSets, startScheduler)
  scene.cluster.create(theNode())
  scene.cluster.create(workload(statefulSets, { spec: { serviceName: "web", ...spec } }))
  await scene.settle()
  const edit = async (spec: object) => {
    scene.cluster.patch(web, { spec })
    await scene.settle()
  }
  const release = (image: string) => edit({ template: { spec: { containers: [{ name: "app", image }] } } })
  const names = () => scene.pods().map(({ metadata }) => metadata.name)
  const images = () => scene.pods().map((pod) => pod["spec"].containers[0].image)
  return { ...scene, edit, release, names, images, status: () => scene.cluster.get(web)!["status"] }
}

describe("a StatefulSet", () => {
  it("starts one pod after the other, each when the one before is ready", async () => {
    const { names, tick, pods } = await started()
    expect(names()).toEqual(["web-0"])
    await tick()
    expect(names()).toEqual(["web-0", "web-1"])
    await tick()
    expect(names()).toEqual(["web-0", "web-1", "web-2"])
    expect(pods()[1]).toMatchObject({
      metadata: {
        labels: { app: "web", "statefulset.kubernetes.io/pod-name": "web-1", "apps.kubernetes.io/pod-index": "1" },
      },
      spec: { hostname: "web-1", subdomain: "web" },
    })
  })

  it("starts all at once where their order does not matter", async () => {
    const { names } = await started({ podManagementPolicy: "Parallel" })
    expect(names()).toEqual(["web-0", "web-1", "web-2"])
  })

  it("ends the highest first", async () => {
    const { edit, pods, tick, names, rest } = await started()
    await rest()
    await edit({ replicas: 1 })
    expect(
      pods()
        .filter(isEnding)
        .map(({ metadata }) => metadata.name),
    ).toEqual(["web-2"])
    await tick()
    expect(
      pods()
        .filter(isEnding)
        .map(({ metadata }) => metadata.name),
    ).toEqual(["web-1"])
    await rest()
    expect(names()).toEqual(["web-0"])
  })

  it("renews its pods from the highest down, each when the one before is ready", async () => {
    const { release, images, tick, rest, status } = await started()
    await rest()
    const before = status().currentRevision
    await release("app:2")
    await tick()
    expect(images()).toEqual(["app:1", "app:1", "app:2"])
    expect(status()).toMatchObject({ currentRevision: before, updatedReplicas: 1, currentReplicas: 2 })
    await rest()
    expect(images()).toEqual(["app:2", "app:2", "app:2"])
    expect(status()).toMatchObject({
      replicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      updatedReplicas: 3,
      currentReplicas: 3,
    })
    expect(status().currentRevision).toBe(status().updateRevision)
  })

  it("leaves pods below the partition at their template, even when they are made anew", async () => {
    const { release, images, rest, cluster, pods } = await started({
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 2 } },
    })
    await rest()
    await release("app:2")
    await rest()
    cluster.delete(refOf(pods()[0]!))
    await rest()
    expect(images()).toEqual(["app:1", "app:1", "app:2"])
  })

  it("renews a pod whose template never gets ready", async () => {
    const { release, images, rest, settle, pods, unready } = await started({ replicas: 2 })
    unready(pods()[0]!)
    await settle()
    await release("app:2")
    await rest()
    expect(images()).toEqual(["app:2", "app:2"])
  })

  it("replaces a pod that failed under the same name", async () => {
    const { pods, say, rest, names } = await started({ replicas: 1 })
    const [pod] = pods()
    say(pod!, { phase: "Failed" })
    await rest()
    expect(names()).toEqual(["web-0"])
    expect(pods()[0]!.metadata.uid).not.toBe(pod!.metadata.uid)
  })
})
