import { refOf } from "#api/objects.ts"
import { describe, expect, it } from "vitest"
import { startDisruptionBudgets } from "./disruption-budget.ts"
import { disruptionBudgets, replicaSets } from "./kinds.ts"
import { startReplicaSets } from "./replicaset/replicaset.ts"
import { startScheduler } from "./scheduler.ts"
import { conditionIn, inTest, stage, theNode, workload } from "./stage.test-support.ts"

async function running(spec: object, replicas = 4) {
  const scene = stage(startDisruptionBudgets, startReplicaSets, startScheduler)
  scene.cluster.create(theNode())
  scene.cluster.create(workload(replicaSets, { spec: { replicas } }))
  scene.cluster.create({
    ...disruptionBudgets,
    metadata: { name: "web", namespace: "test" },
    spec: { selector: { matchLabels: { app: "web" } }, ...spec },
  })
  await scene.rest()
  return { ...scene, budget: () => scene.cluster.get(inTest(disruptionBudgets, "web"))! }
}

describe("a PodDisruptionBudget", () => {
  it.each([
    [{ minAvailable: 3 }, { desiredHealthy: 3, disruptionsAllowed: 1 }],
    [{ minAvailable: "60%" }, { desiredHealthy: 3, disruptionsAllowed: 1 }],
    [{ maxUnavailable: 2 }, { desiredHealthy: 2, disruptionsAllowed: 2 }],
    [{ maxUnavailable: "30%" }, { desiredHealthy: 2, disruptionsAllowed: 2 }],
  ])("of %j allows what it says", async (spec, want) => {
    const { budget } = await running(spec)
    expect(budget()["status"]).toMatchObject({ currentHealthy: 4, expectedPods: 4, observedGeneration: 1, ...want })
    expect(conditionIn(budget(), "DisruptionAllowed")).toMatchObject({ status: "True", reason: "SufficientPods" })
  })

  it("allows nothing once pods fail", async () => {
    const { budget, pods, unready, settle } = await running({ minAvailable: 3 })
    for (const pod of pods().slice(0, 2)) unready(pod)
    await settle()
    expect(budget()["status"]).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 0 })
    expect(conditionIn(budget(), "DisruptionAllowed")).toMatchObject({ status: "False", reason: "InsufficientPods" })
  })

  it("follows the size of the workload", async () => {
    const { budget, cluster, rest } = await running({ maxUnavailable: 1 })
    cluster.patch(inTest(replicaSets, "web"), { spec: { replicas: 6 } })
    await rest()
    expect(budget()["status"]).toMatchObject({ expectedPods: 6, desiredHealthy: 5 })
  })

  it("allows nothing where there are no pods", async () => {
    const { budget, cluster, settle } = await running({ minAvailable: 0 }, 0)
    cluster.delete(refOf(cluster.get(inTest(replicaSets, "web"))!))
    await settle()
    expect(budget()["status"]).toMatchObject({ expectedPods: 0, disruptionsAllowed: 0 })
  })
})
