import { type KubeObject, refOf } from "#api/objects.ts"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { deployments, isEnding, replicaSets } from "../kinds.ts"
import { isActive, isReady } from "../pods.ts"
import { startReplicaSets } from "../replicaset/replicaset.ts"
import { startScheduler } from "../scheduler.ts"
import { conditionIn, inTest, type Stage, stage, theNode, workload } from "../stage.test-support.ts"
import { startDeployments } from "./deployment.ts"
import { revisionOf } from "./revisions.ts"

const web = inTest(deployments, "web")

function empty() {
  const scene = stage(startDeployments, startReplicaSets, startScheduler)
  scene.cluster.create(theNode())
  const deployment = () => scene.cluster.get(web)!
  const sets = () => scene.cluster.list(replicaSets).toSorted((one, other) => revisionOf(one) - revisionOf(other))
  const edit = async (spec: object) => {
    scene.cluster.patch(web, { spec })
    await scene.settle()
  }
  const release = (image: string) => edit({ template: { spec: { containers: [{ name: "app", image }] } } })
  const sizes = () => sets().map(({ spec }) => spec.replicas)
  /** How the deployment said it was going, in that order. */
  const reasons: string[] = []
  scene.cluster.watch(deployments, (_type, object) => {
    const reason = conditionIn(object, "Progressing")?.reason
    if (reason && reasons.at(-1) !== reason) reasons.push(reason)
  })
  return { ...scene, deployment, sets, sizes, edit, release, reasons }
}

async function started(spec: Record<string, unknown> = {}, annotations?: Record<string, string>) {
  const scene = empty()
  scene.cluster.create(
    workload(deployments, {
      spec: { progressDeadlineSeconds: 600, revisionHistoryLimit: 10, ...spec },
      ...(annotations ? { annotations } : {}),
    }),
  )
  await scene.settle()
  return scene
}

async function running(spec: Record<string, unknown> = {}) {
  const scene = await started(spec)
  await scene.rest()
  return scene
}

const imageOf = ({ spec }: KubeObject): string => (spec.template?.spec ?? spec).containers[0].image

describe("a new Deployment", () => {
  it("gets a ReplicaSet that is named and labelled by its template", async () => {
    const { sets, deployment, pods } = await started(
      {},
      { team: "a", "kubectl.kubernetes.io/last-applied-configuration": "{}" },
    )
    const [set] = sets()
    const hash = set!.metadata.labels!["pod-template-hash"]
    expect(set!.metadata).toMatchObject({
      name: `web-${hash}`,
      labels: { app: "web", "pod-template-hash": hash },
      annotations: {
        team: "a",
        "deployment.kubernetes.io/revision": "1",
        "deployment.kubernetes.io/desired-replicas": "3",
        "deployment.kubernetes.io/max-replicas": "4",
      },
    })
    expect(set!.metadata.annotations).not.toHaveProperty("kubectl.kubernetes.io/last-applied-configuration")
    expect(set!["spec"].selector.matchLabels).toEqual({ app: "web", "pod-template-hash": hash })
    expect(pods().every((pod) => pod.metadata.labels!["pod-template-hash"] === hash)).toBe(true)
    expect(deployment().metadata.annotations!["deployment.kubernetes.io/revision"]).toBe("1")
  })

  it("says how far it is from creation until it is done", async () => {
    const { cluster, deployment, settle, sets, told, rest, reasons } = empty()
    cluster.create(workload(deployments, { spec: { progressDeadlineSeconds: 600 } }))
    await settle()
    expect(deployment()["status"]).toMatchObject({
      observedGeneration: deployment().metadata.generation,
      replicas: 3,
      updatedReplicas: 3,
      unavailableReplicas: 3,
    })
    expect(conditionIn(deployment(), "Available")).toMatchObject({
      status: "False",
      reason: "MinimumReplicasUnavailable",
    })
    await rest()
    expect(deployment()["status"]).toMatchObject({
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      terminatingReplicas: 0,
    })
    expect(deployment()["status"]).not.toHaveProperty("unavailableReplicas")
    expect(conditionIn(deployment(), "Available")).toMatchObject({ status: "True", reason: "MinimumReplicasAvailable" })
    expect(conditionIn(deployment(), "Progressing")).toMatchObject({
      status: "True",
      reason: "NewReplicaSetAvailable",
      message: `ReplicaSet "${sets()[0]!.metadata.name}" has successfully progressed.`,
    })
    expect(reasons).toEqual(["NewReplicaSetCreated", "ReplicaSetUpdated", "NewReplicaSetAvailable"])
    expect(told("ScalingReplicaSet")).toEqual([`Scaled up replica set ${sets()[0]!.metadata.name} from 0 to 3`])
  })

  it("takes over a ReplicaSet of the same template that nobody controls", async () => {
    const { cluster, deployment, sets, rest, settle, reasons } = empty()
    const alone = workload(replicaSets, { spec: { replicas: 0 } })
    const { uid } = cluster.create({ ...alone, metadata: { ...alone.metadata, labels: { app: "web" } } }).metadata
    cluster.create(workload(deployments, { spec: { progressDeadlineSeconds: 600 } }))
    await settle()
    expect(sets().map(({ metadata }) => metadata)).toMatchObject([
      { uid, ownerReferences: [{ kind: "Deployment", name: "web" }] },
    ])
    await rest()
    expect(reasons).toEqual(["FoundNewReplicaSet", "ReplicaSetUpdated", "NewReplicaSetAvailable"])
    expect(deployment()["status"]).toMatchObject({ availableReplicas: 3 })
  })

  it("finds another name when a foreign ReplicaSet has its own", async () => {
    const probe = await started()
    const taken = probe.sets()[0]!.metadata.name
    const { cluster, clock, deployment, sets } = empty()
    cluster.create({
      ...workload(replicaSets, { name: "foreign", spec: { replicas: 0 } }),
      metadata: { name: taken, namespace: "test" },
    })
    cluster.create(workload(deployments))
    await clock.pass(1000)
    expect(deployment()["status"].collisionCount).toBe(1)
    expect(
      sets()
        .filter(({ metadata }) => metadata.ownerReferences)
        .map(({ metadata }) => metadata.name),
    ).not.toContain(taken)
    expect(sets()).toHaveLength(2)
  })

  it("tells why its ReplicaSet cannot be created", async () => {
    const { cluster, clock, deployment, told } = empty()
    const { create } = cluster
    cluster.create = (object) => {
      if (object.kind === "ReplicaSet") throw new Error("no room")
      return create(object)
    }
    create(workload(deployments, { spec: { progressDeadlineSeconds: 600 } }))
    await clock.pass(100)
    expect(conditionIn(deployment(), "Progressing")).toMatchObject({ status: "False", reason: "ReplicaSetCreateError" })
    expect(told("ReplicaSetCreateError")[0]).toMatch(/^Failed to create new replica set "web-.*": no room$/)
  })
})

describe("a rolling update", () => {
  it("replaces all pods and keeps the old ReplicaSet, empty", async () => {
    const { release, rest, sizes, pods, deployment } = await running()
    await release("app:2")
    await rest()
    expect(sizes()).toEqual([0, 3])
    expect(pods().map(imageOf)).toEqual(["app:2", "app:2", "app:2"])
    expect(deployment().metadata.annotations!["deployment.kubernetes.io/revision"]).toBe("2")
    expect(deployment()["status"]).toMatchObject({
      observedGeneration: deployment().metadata.generation,
      replicas: 3,
      updatedReplicas: 3,
      availableReplicas: 3,
    })
  })

  it("tells every step", async () => {
    const { release, rest, told, sets } = await running({
      replicas: 2,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    })
    await release("app:2")
    await rest()
    const [old, latest] = sets().map(({ metadata }) => metadata.name)
    expect(told("ScalingReplicaSet").slice(1)).toEqual([
      `Scaled up replica set ${latest} from 0 to 1`,
      `Scaled down replica set ${old} from 2 to 1`,
      `Scaled up replica set ${latest} from 1 to 2`,
      `Scaled down replica set ${old} from 1 to 0`,
    ])
  })

  it("waits for minReadySeconds before it goes on", async () => {
    const { release, sizes, clock, tick, rest } = await running({
      replicas: 1,
      minReadySeconds: 30,
      strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    })
    await clock.pass(31_000)
    await rest()
    await release("app:2")
    await tick()
    await clock.pass(20_000)
    expect(sizes()).toEqual([1, 1])
    await clock.pass(11_000)
    expect(sizes()).toEqual([0, 1])
  })

  it("goes back to an earlier template with its ReplicaSet, under a new revision", async () => {
    const { release, rest, sets } = await running()
    const [first] = sets()
    await release("app:2")
    await rest()
    await release("app:1")
    await rest()
    const latest = sets().at(-1)!
    expect(latest.metadata.name).toBe(first!.metadata.name)
    expect(latest.metadata.annotations).toMatchObject({
      "deployment.kubernetes.io/revision": "3",
      "deployment.kubernetes.io/revision-history": "1",
    })
    expect(sets()).toHaveLength(2)
  })

  it("is given up in favour of a newer template, whatever it had reached", async () => {
    const { release, rest, settle, sizes, pods } = await running()
    await release("app:2")
    await settle()
    await release("app:3")
    await rest()
    expect(sizes()).toEqual([0, 0, 3])
    expect(pods().map(imageOf)).toEqual(["app:3", "app:3", "app:3"])
  })

  it("is reported stuck when nothing progresses for progressDeadlineSeconds, and recovers", async () => {
    const { release, rest, clock, deployment, sets } = await running({ progressDeadlineSeconds: 60 })
    await release("app:bad")
    await clock.pass(50_000)
    expect(conditionIn(deployment(), "Progressing").reason).toBe("ReplicaSetUpdated")
    await clock.pass(15_000)
    expect(conditionIn(deployment(), "Progressing")).toMatchObject({
      status: "False",
      reason: "ProgressDeadlineExceeded",
      message: `ReplicaSet "${sets()[1]!.metadata.name}" has timed out progressing.`,
    })
    await rest()
    expect(conditionIn(deployment(), "Progressing")).toMatchObject({ status: "True", reason: "NewReplicaSetAvailable" })
  })

  it("keeps only as many old ReplicaSets as revisionHistoryLimit says, the newest", async () => {
    const { release, rest, sets } = await running({ revisionHistoryLimit: 1 })
    for (const image of ["app:2", "app:3", "app:4"]) {
      await release(image)
      await rest()
    }
    expect(sets().map(imageOf)).toEqual(["app:3", "app:4"])
  })

  it("replaces nothing when only labels or replicas of the deployment change", async () => {
    const { cluster, edit, rest, sets, pods } = await running()
    cluster.patch(web, { metadata: { labels: { stage: "prod" } } })
    await edit({ replicas: 5 })
    await rest()
    expect(sets()).toHaveLength(1)
    expect(pods()).toHaveLength(5)
  })

  it("copies annotations of the deployment to its ReplicaSet", async () => {
    const { cluster, settle, sets } = await running()
    cluster.patch(web, { metadata: { annotations: { "kubernetes.io/change-cause": "because" } } })
    await settle()
    expect(sets()[0]!.metadata.annotations!["kubernetes.io/change-cause"]).toBe("because")
  })
})

describe("another number of replicas", () => {
  it("in the middle of an update is shared by old and new", async () => {
    const { release, edit, sizes } = await running({
      replicas: 10,
      strategy: { rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } },
    })
    await release("app:bad")
    expect(sizes()).toEqual([8, 5])
    await edit({ replicas: 15 })
    expect(sizes().reduce((sum, size) => sum + size)).toBe(18)
    expect(sizes()).toEqual([11, 7])
  })

  it("may be zero", async () => {
    const { edit, rest, pods, deployment } = await running()
    await edit({ replicas: 0 })
    await rest()
    expect(pods()).toEqual([])
    expect(deployment()["status"]).toEqual({
      observedGeneration: deployment().metadata.generation,
      terminatingReplicas: 0,
      conditions: expect.anything(),
    })
    expect(conditionIn(deployment(), "Available").status).toBe("True")
  })

  it("is reached while paused, without the new template", async () => {
    const { edit, release, rest, sets, sizes, deployment } = await running()
    await edit({ paused: true })
    expect(conditionIn(deployment(), "Progressing")).toMatchObject({ status: "Unknown", reason: "DeploymentPaused" })
    await release("app:2")
    await edit({ replicas: 5 })
    await rest()
    expect(sets()).toHaveLength(1)
    expect(sizes()).toEqual([5])
    await edit({ paused: false })
    await rest()
    expect(sizes()).toEqual([0, 5])
    expect(conditionIn(deployment(), "Progressing").reason).toBe("NewReplicaSetAvailable")
  })
})

describe("Recreate", () => {
  it("starts new pods only when all old ones are gone", async () => {
    const { release, rest, tick, sets, pods, sizes } = await running({ strategy: { type: "Recreate" } })
    await release("app:2")
    expect(sets()).toHaveLength(1)
    expect(pods().every((pod) => isEnding(pod))).toBe(true)
    await tick()
    expect(pods().map(imageOf)).toEqual(["app:2", "app:2", "app:2"])
    await rest()
    expect(sizes()).toEqual([0, 3])
  })
})

describe("the deletion of a Deployment", () => {
  it("makes nothing anew while dependents are deleted first", async () => {
    const { cluster, settle, sets } = await running()
    cluster.delete(web, { propagationPolicy: "Foreground" })
    for (const set of sets()) cluster.delete(refOf(set))
    await settle()
    expect(sets()).toEqual([])
  })
})

it("writes nothing when nothing changes", async () => {
  const { cluster, clock } = await running()
  const before = cluster.writes()
  await clock.pass(3_600_000)
  expect(cluster.writes()).toBe(before)
})

describe("every update with pods that come and go", () => {
  const portions = fc.constantFrom([1, 0], [0, 1], ["25%", "25%"], [2, 1], ["100%", 0]) as fc.Arbitrary<
    [number | string, number | string]
  >

  it("keeps enough pods serving, starts no more than allowed, and ends", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        portions,
        fc.array(fc.nat(99), { minLength: 10, maxLength: 40 }),
        async (replicas, [maxSurge, maxUnavailable], moves) => {
          const scene = await running({ replicas, strategy: { rollingUpdate: { maxSurge, maxUnavailable } } })
          await scene.release("app:2")
          const limits = limitsIn(scene)
          for (const move of moves) {
            await moved(scene, move)
            const active = scene.pods().filter(isActive)
            expect(active.length).toBeLessThanOrEqual(limits.most)
            expect(active.filter(isReady).length).toBeGreaterThanOrEqual(limits.least)
            if (move === 99) await scene.release(`app:${move}`)
          }
          await scene.rest()
          expect(scene.sizes().filter((size) => size > 0)).toEqual([replicas])
          expect(scene.deployment()["status"]).toMatchObject({ updatedReplicas: replicas, availableReplicas: replicas })
          expect(scene.errors).toEqual([])
        },
      ),
      { numRuns: 15 },
    )
  })

  function limitsIn({ deployment, sets }: { deployment(): KubeObject; sets(): KubeObject[] }) {
    const { replicas } = deployment()["spec"]
    const most = Number(sets()[0]!.metadata.annotations!["deployment.kubernetes.io/max-replicas"])
    const { maxUnavailable } = deployment()["spec"].strategy.rollingUpdate
    return { most, least: replicas - (typeof maxUnavailable === "number" ? maxUnavailable : Math.floor(replicas / 4)) }
  }

  /** One pod gets ready, or one that was deleted ends. */
  async function moved(scene: Stage, move: number): Promise<void> {
    const waiting = scene.pods().filter((pod) => isEnding(pod) || !isReady(pod))
    const pod = waiting[move % Math.max(1, waiting.length)]
    if (!pod) return
    if (isEnding(pod)) scene.cluster.delete(refOf(pod), { gracePeriodSeconds: 0 })
    else scene.ready(pod)
    await scene.settle()
  }
})
