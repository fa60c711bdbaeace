import { describe, expect, it } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import { canary, deployment } from "#test/cluster/objects.ts"
import { refTo, type SmallOperator } from "./small-operator.test-support.ts"
import { initialised, liveWeights, midRun } from "./stories.test-support.ts"

const FINALIZER = "finalizer.flagger.app"
const leavesCleanly = { revertOnDeletion: true }
const finalizersOf = (operator: SmallOperator) => operator.cluster.get(refTo.canary())?.metadata.finalizers
const replicasOf = (operator: SmallOperator) => operator.cluster.get(refTo.deployment())?.["spec"].replicas
const selectorOf = (operator: SmallOperator) => operator.cluster.get(refTo.service())?.["spec"].selector
const patchesOf = (operator: SmallOperator, line: string) =>
  operator.cluster.requests.filter((request) => request.line === line).map(({ body }) => body)

/** Made by somebody before the canary came. */
const service = (): KubeObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "app" },
  spec: { selector: { app: "app" }, ports: [{ name: "http", protocol: "TCP", port: 80, targetPort: 9898 }] },
})

describe("the finalizer", () => {
  it("is patched alone, on the version that was seen [fix 29]", async () => {
    const operator = await initialised(leavesCleanly)
    const [patch, ...others] = patchesOf(operator, "patch Canary shop/app")
    expect(patch).toEqual({ metadata: { finalizers: [FINALIZER], resourceVersion: expect.any(String) } })
    expect(others).toEqual([])
  })
  it("takes no finalizer away that somebody set at that moment [fix 29]", async () => {
    const operator = await initialised()
    const { cluster } = operator
    cluster.when(/^patch Canary shop\/app$/, () =>
      cluster.change(refTo.canary(), { metadata: { finalizers: ["example.com/mine"] } }),
    )
    cluster.change(refTo.canary(), { spec: leavesCleanly })
    await operator.settle()
    expect(finalizersOf(operator)).toEqual(["example.com/mine", FINALIZER])
    expect(operator.texts().at(-1)).toBe("Initialization done! app.shop")
  })
  it("goes when nothing is to be put back any longer, and leaves others' in place", async () => {
    const operator = await initialised(leavesCleanly)
    operator.cluster.change(refTo.canary(), { metadata: { finalizers: ["example.com/mine", FINALIZER] } })
    operator.cluster.change(refTo.canary(), { spec: { revertOnDeletion: false } })
    await operator.settle()
    expect(finalizersOf(operator)).toEqual(["example.com/mine"])
  })
})

describe("a canary that leaves", () => {
  it("gives the workload its replicas, then the apex Service its pods, and is then let go", async () => {
    const operator = await initialised(leavesCleanly, {}, [deployment(), service()])
    expect([replicasOf(operator), selectorOf(operator)]).toEqual([0, { app: "app-primary" }])
    operator.cluster.requests.length = 0
    operator.cluster.remove(refTo.canary())
    await operator.settle()
    expect([replicasOf(operator), selectorOf(operator)]).toEqual([2, { app: "app" }])
    expect(operator.cluster.writes()).toEqual([
      "patch Deployment shop/app",
      "patch Canary shop/app status",
      "patch Service shop/app",
      "patch Canary shop/app",
    ])
    expect(operator.cluster.get(refTo.canary())).toBeUndefined()
    expect(operator.texts().filter((text) => text.startsWith("Terminat"))).toEqual([
      "Terminating canary app.shop",
      "Terminated canary app.shop",
    ])
  })
  it("starts as many replicas as the primary has by then", async () => {
    const operator = await initialised(leavesCleanly)
    operator.cluster.change(refTo.deployment("app-primary"), { spec: { replicas: 5 } })
    operator.cluster.remove(refTo.canary())
    await operator.settle()
    expect(replicasOf(operator)).toBe(5)
  })
  it("is not let go before its pods are there, and says so every interval", async () => {
    const operator = await initialised(leavesCleanly, {}, [deployment(), service()])
    operator.stuck.add("app")
    operator.cluster.remove(refTo.canary())
    await operator.pass()
    await operator.pass()
    expect(selectorOf(operator)).toEqual({ app: "app-primary" })
    expect(operator.texts().at(-1)).toBe(
      'canary deployment app.shop not ready: deployment "app" exceeded its progress deadline',
    )
    operator.stuck.delete("app")
    await operator.settle()
    expect(selectorOf(operator)).toEqual({ app: "app" })
    expect(operator.cluster.get(refTo.canary())).toBeUndefined()
  })
  it("never takes the apex Service back to the primary while somebody else still holds it [fix 2]", async () => {
    const operator = await initialised(leavesCleanly, {}, [deployment(), service()])
    operator.cluster.change(refTo.canary(), { metadata: { finalizers: [FINALIZER, "example.com/mine"] } })
    operator.cluster.remove(refTo.canary())
    await operator.settle()
    await operator.push("2")
    for (let count = 0; count < 3; count++) await operator.pass()
    expect(selectorOf(operator)).toEqual({ app: "app" })
    expect(operator.status().phase).toBe("Terminating")
    expect(replicasOf(operator)).toBe(2)
  })
  it("puts everything back whatever has become of its spec", async () => {
    const operator = await initialised(leavesCleanly, {}, [deployment(), service()])
    operator.cluster.change(refTo.canary(), { spec: { analysis: { stepWeight: 1.5 } } })
    await operator.settle()
    operator.cluster.remove(refTo.canary())
    await operator.settle()
    expect([replicasOf(operator), selectorOf(operator)]).toEqual([2, { app: "app" }])
    expect(operator.cluster.get(refTo.canary())).toBeUndefined()
  })
  it("is gone without a word when somebody else takes the finalizer away first", async () => {
    const operator = await initialised(leavesCleanly)
    operator.cluster.when(/^patch Canary shop\/app$/, () =>
      operator.cluster.change(refTo.canary(), { metadata: { finalizers: [] } }),
    )
    operator.cluster.remove(refTo.canary())
    await operator.settle()
    expect(operator.texts().at(-1)).toBe("Terminating canary app.shop")
    expect(operator.idle()).toBe(true)
  })
  it("is not asked for again and again when it is gone and only the watch does not know", async () => {
    const operator = await initialised(leavesCleanly)
    const { cluster } = operator
    cluster.when(/^patch Canary shop\/app$/, () => {
      cluster.lag()
      cluster.change(refTo.canary(), { metadata: { finalizers: [] } })
    })
    cluster.remove(refTo.canary())
    await operator.settle()
    await operator.pass()
    expect(cluster.requests.filter(({ line }) => line === "patch Canary shop/app")).toHaveLength(2)
  })
  it("gives a VirtualService back as it was before the canary", async () => {
    const before = { hosts: ["app.example.com"], http: [{ route: [{ destination: { host: "app" } }] }] }
    const { apiVersion, kind } = refTo.virtualService()
    const operator = await initialised(leavesCleanly, {}, [
      deployment(),
      { apiVersion, kind, metadata: { name: "app" }, spec: before },
    ])
    expect(liveWeights(operator)).toEqual([100, 0])
    operator.cluster.remove(refTo.canary())
    await operator.settle()
    expect(operator.cluster.get(refTo.virtualService())?.["spec"]).toEqual(before)
  })
  it("leaves pods alone that are as many as the primary's", async () => {
    const operator = await midRun(leavesCleanly)
    operator.cluster.requests.length = 0
    operator.cluster.remove(refTo.canary())
    await operator.settle()
    expect(replicasOf(operator)).toBe(2)
    expect(operator.cluster.writes()).not.toContain("patch Deployment shop/app")
  })
  it("is let go when its target is gone", async () => {
    const operator = await initialised(leavesCleanly)
    operator.cluster.remove(refTo.deployment())
    await operator.settle()
    operator.cluster.remove(refTo.canary())
    await operator.settle()
    expect(operator.cluster.get(refTo.canary())).toBeUndefined()
  })
  it("touches nothing that belongs to the canary that has its target [fix 38]", async () => {
    const operator = await initialised()
    const rival = canary("rival", {
      ...leavesCleanly,
      targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "app" },
    })
    rival.metadata.finalizers = [FINALIZER]
    await operator.create(rival)
    operator.cluster.requests.length = 0
    operator.cluster.remove(refTo.canary("rival"))
    await operator.settle()
    expect(operator.cluster.get(refTo.canary("rival"))).toBeUndefined()
    expect(operator.cluster.writes().filter((line) => !line.includes("Canary shop/rival"))).toEqual([])
  })
  it("without a wish to be put back is left to the garbage collector: nothing is written", async () => {
    const operator = await initialised()
    operator.cluster.change(refTo.canary(), { metadata: { finalizers: ["foregroundDeletion"] } })
    operator.cluster.remove(refTo.canary())
    operator.cluster.requests.length = 0
    await operator.push("2")
    await operator.pass()
    expect(operator.cluster.writes()).toEqual([])
    expect(liveWeights(operator)).toEqual([100, 0])
  })
})
