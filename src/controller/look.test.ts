import { describe, expect, it } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import { canary, deployment, rounds } from "#test/cluster/objects.ts"
import { refTo, type SmallOperator, smallOperator } from "./small-operator.test-support.ts"
import { colors, initialised, liveWeights, midRun, usingColors } from "./stories.test-support.ts"

const match = [{ headers: { "x-user": { exact: "insider" } } }]
const conditionOf = (operator: SmallOperator) =>
  operator.status().conditions?.find(({ type }) => type === "Ready") ?? { status: "nothing to complain about" }

/** Told once in an event, and on the object for as long as it is so. */
async function expectRefusal(operator: SmallOperator, reason: string, text: string): Promise<void> {
  for (let count = 0; count < 3; count++) await operator.pass()
  expect(operator.events.filter((event) => event.text === text)).toEqual([{ name: "app", type: "Warning", text }])
  expect(conditionOf(operator)).toMatchObject({ status: "False", reason, message: text })
}

describe("a canary that cannot be served", () => {
  it("because its target is missing is served as soon as it comes", async () => {
    const operator = smallOperator()
    await operator.create(canary())
    await expectRefusal(
      operator,
      "TargetNotFound",
      'deployment app.shop get query error: deployments.apps "app" not found',
    )
    await operator.create(deployment())
    expect(operator.status().phase).toBe("Initialized")
    expect(conditionOf(operator).status).toBe("nothing to complain about")
  })
  it("because its target selects by no known label is told which there are", async () => {
    const operator = smallOperator()
    await operator.create(deployment("app", { selector: { matchLabels: { tier: "web" } } }), canary())
    const labels = "[app name app.kubernetes.io/name]"
    const text = `getSelectorLabel failed: deployment app.shop spec.selector.matchLabels must contain one of ${labels}`
    await expectRefusal(operator, "TargetUnfit", text)
  })
  it("because nobody knows its provider is told which there are", async () => {
    const operator = smallOperator()
    await operator.create(deployment(), canary("app", { provider: "nonsense" }))
    await operator.pass()
    expect(operator.texts().at(-1)).toMatch(/^invalid canary spec: unknown provider "nonsense": there is .*istio/)
  })
  it("because its router cannot tell the users of an A/B test apart is refused, instead of sending it everybody", async () => {
    const operator = smallOperator()
    const analysis = { ...rounds(2), match }
    await operator.create(deployment(), canary("app", { provider: "smi:v1alpha2", analysis }))
    await operator.pass()
    expect(conditionOf(operator)).toMatchObject({ status: "False", reason: "Unroutable" })
    expect(operator.cluster.get(refTo.deployment())?.["spec"].replicas).toBe(2)
  })
  it("because it refers to another namespace, where that is forbidden, is told to what", async () => {
    const operator = smallOperator({ settings: { noCrossNamespaceRefs: true } })
    const metrics = [{ name: "errors", templateRef: { name: "errors", namespace: "elsewhere" } }]
    await operator.create(deployment(), canary("app", { analysis: { metrics } }))
    const text = "can't access metric template errors.elsewhere, cross-namespace references are blocked"
    await expectRefusal(operator, "InvalidSpec", `invalid canary spec: ${text}`)
  })
})

describe("drift", () => {
  it("of the routes in mid-run is repaired at once, with the weights as they are", async () => {
    const operator = await midRun()
    operator.cluster.change(refTo.virtualService(), { spec: { hosts: ["nobody.example.com"] } })
    await operator.settle()
    expect(operator.cluster.get(refTo.virtualService())?.["spec"].hosts).toEqual(["app"])
    expect(liveWeights(operator)).toEqual([70, 30])
  })
  it("that leaves no trace of the split sends everybody to the primary, and the run goes on from there", async () => {
    const operator = await midRun()
    operator.cluster.change(refTo.virtualService(), { spec: { http: [] } })
    await operator.settle()
    expect(liveWeights(operator)).toEqual([100, 0])
    await operator.reaches("Succeeded")
  })
  it.each(["app", "app-primary", "app-canary"])("of the Service %s is repaired at once", async (name) => {
    const operator = await initialised()
    const before = operator.cluster.get(refTo.service(name))?.["spec"]
    operator.cluster.remove(refTo.service(name))
    await operator.settle()
    expect(operator.cluster.get(refTo.service(name))?.["spec"]).toEqual(before)
  })
  it("that the API server does not let us repair does not keep a release from going on", async () => {
    const operator = await initialised()
    operator.cluster.drops("VirtualService", "hosts")
    await operator.push("2")
    await operator.reaches("Succeeded")
    expect(operator.cluster.get(refTo.virtualService())?.["spec"].hosts).toBeUndefined()
    expect(operator.texts().join("\n")).toContain("The routes of app.shop do not stay as they were written")
  })
  it("of the primary that is gone is repaired before anything else", async () => {
    const operator = await initialised()
    operator.cluster.remove(refTo.deployment("app-primary"))
    await operator.settle()
    expect(operator.cluster.get(refTo.deployment("app-primary"))).toBeDefined()
  })
})

describe("what a Service cannot be made to be", () => {
  it("is told once, and the canary works all the same [fix 28]", async () => {
    const operator = await initialised()
    operator.cluster.change(refTo.canary(), { spec: { service: { headless: true } } })
    await operator.pass()
    await operator.pass()
    const text =
      "Service app.shop has a cluster address, which cannot be changed in place: delete it to have it created anew"
    expect(operator.texts().filter((told) => told === text)).toHaveLength(1)
    await operator.push("2")
    await operator.reaches("Succeeded")
  })
})

describe("what a look reads", () => {
  const kinds = (operator: SmallOperator) =>
    operator.cluster.followsOf("flagger.app/v1beta1/Canary/shop/app").map(({ kind, name }) => `${kind} ${name}`)

  it("is followed: target, primary, Services, routes, templates and configs", async () => {
    const metrics = [{ name: "errors", templateRef: { name: "errors" } }]
    const operator = await initialised({ analysis: { metrics } }, {}, [colors(), usingColors()])
    expect(kinds(operator)).toEqual([
      "Deployment app",
      "Deployment app-primary",
      "Service app",
      "Service app-primary",
      "Service app-canary",
      "DestinationRule app-canary",
      "DestinationRule app-primary",
      "VirtualService app",
      "MetricTemplate errors",
      "ConfigMap colors",
    ])
  })
  it("is asked for again only when spec or configs change", async () => {
    const operator = await initialised({}, {}, [colors(), usingColors()])
    const followed = operator.cluster.followed.length
    await operator.pass()
    operator.cluster.change(refTo.deployment(), { metadata: { labels: { a: "b" } } })
    await operator.settle()
    expect(operator.cluster.followed).toHaveLength(followed)
    operator.cluster.change(refTo.canary(), { spec: { provider: "contour" } })
    await operator.settle()
    expect(kinds(operator)).toContain("HTTPProxy app")
    expect(kinds(operator)).not.toContain("VirtualService app")
  })
  it("are templates too: a missing one that comes is used at the next check", async () => {
    const metrics = [{ name: "errors", templateRef: { name: "errors" }, thresholdRange: { max: 100 } }]
    const operator = await midRun({ analysis: { metrics } })
    await operator.pass()
    expect(operator.texts().at(-1)).toBe(
      'Metric template errors.shop error: metrictemplate.flagger.app "errors" not found',
    )
    await operator.create(template())
    await operator.pass()
    expect(operator.texts().at(-1)).toBe("Advance app.shop canary weight 60")
  })
})

const template = (): KubeObject => ({
  apiVersion: "flagger.app/v1beta1",
  kind: "MetricTemplate",
  metadata: { name: "errors" },
  spec: { provider: { type: "prometheus", address: "http://own" }, query: "sum(errors)" },
})
