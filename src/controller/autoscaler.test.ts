import { describe, expect, it } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import { canary, deployment } from "#test/cluster/objects.ts"
import { refTo, type SmallOperator, smallOperator } from "./small-operator.test-support.ts"
import { initialised } from "./stories.test-support.ts"

const autoscalerRef = { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", name: "app" }
const scaled = (): Promise<SmallOperator> => initialised({ autoscalerRef }, {}, [deployment(), autoscaler()])
const writesOf = (operator: SmallOperator) =>
  operator.cluster.writes().filter((line) => line.includes("HorizontalPodAutoscaler"))

describe("the primary's autoscaler", () => {
  it("is made before the target stops, and the source is left alone", async () => {
    const operator = await scaled()
    const writes = operator.cluster.writes()
    const made = writes.indexOf("create HorizontalPodAutoscaler shop/app-primary")
    expect(made).toBeGreaterThan(0)
    expect(writes.indexOf("patch Deployment shop/app")).toBeGreaterThan(made)
    expect(writesOf(operator)).toHaveLength(1)
  })
  it("is not written at a promotion when nothing of it differs, also where the source has annotations [fix 23]", async () => {
    const operator = await scaled()
    operator.cluster.requests.length = 0
    await operator.push("2")
    await operator.reaches("Succeeded")
    expect(writesOf(operator)).toEqual([])
  })
  it("follows the source at the promotion, and not before", async () => {
    const operator = await scaled()
    const maximum = () => operator.cluster.get(refTo.autoscaler("app-primary"))?.["spec"].maxReplicas
    operator.cluster.change(refTo.autoscaler(), { spec: { maxReplicas: 9 } })
    await operator.push("2")
    await operator.pass()
    expect(maximum()).toBe(5)
    await operator.reaches("Succeeded")
    expect(maximum()).toBe(9)
  })
  it("cannot be made without a source, which is said, and the target goes on serving", async () => {
    const operator = smallOperator()
    await operator.create(deployment(), canary("app", { autoscalerRef }))
    await operator.pass()
    expect(operator.texts().at(-1)).toBe("HorizontalPodAutoscaler app.shop get query error: not found")
    expect(operator.cluster.get(refTo.deployment())?.["spec"].replicas).toBe(2)
    await operator.create(autoscaler())
    expect(operator.status().phase).toBe("Initialized")
  })
})

it("a new version starts with the autoscaler's minimum", async () => {
  const operator = await scaled()
  await operator.push("2")
  expect(operator.cluster.get(refTo.deployment())?.["spec"].replicas).toBe(3)
})

function autoscaler(): KubeObject {
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "app", labels: { team: "shop" }, annotations: { note: "hi" } },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "app" },
      minReplicas: 3,
      maxReplicas: 5,
      metrics: [
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } },
      ],
    },
  }
}
