import { expect } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import { canary, deployment, imageOf } from "./objects.ts"
import { freePorts } from "./rig.ts"
import { storyOfOneOperator as it } from "./story.ts"
import type { Namespace } from "./world.ts"

const complaint = ({ conditions = [] }: ReturnType<Namespace["status"]>) =>
  conditions.find(({ type }) => type === "Ready")

/** Says it in an event and, since the object is at fault, on the object. */
async function expectRefusal(shop: Namespace, reason: string, text: string | RegExp, name = "app"): Promise<void> {
  const { type, text: said } = await shop.hears(text, name)
  expect(type).toBe("Warning")
  await shop.until("the object says so too", () => complaint(shop.status(name)))
  expect(complaint(shop.status(name))).toMatchObject({ status: "False", reason, message: said })
}

const begun = (shop: Namespace): Promise<void> => shop.reaches("Initialized")

it("does not hold up a healthy canary", async ({ shop }) => {
  await shop.create(deployment(), canary())
  await begun(shop)
  await shop.push("1.1.0")
  const first = await shop.hears(`Advance app.${shop.name} canary weight 30`)
  const second = await shop.hears(`Advance app.${shop.name} canary weight 60`)
  expect(second.at - first.at).toBeGreaterThan(7000)
  expect(second.at - first.at).toBeLessThan(13_000)
  await shop.reaches("Succeeded")
})

it("refuses fractions until they are mended", async ({ shop }) => {
  await shop.create(deployment(), canary("app", { analysis: { stepWeight: 2.5 } }))
  await expectRefusal(shop, "InvalidSpec", /whole numbers are needed, not fractions: .*stepWeight/)
  await shop.patch("Canary", { spec: { analysis: { stepWeight: 25 } } })
  await begun(shop)
  expect(complaint(shop.status())).toBeUndefined()
})

it("refuses a canary without a service", async ({ shop }) => {
  await shop.create(deployment(), canary("app", { service: undefined }))
  await expectRefusal(shop, "InvalidSpec", /spec\.service is missing/)
})

it("waits for a target that does not exist yet", async ({ shop }) => {
  await shop.create(canary())
  const text = `deployment app.${shop.name} get query error: deployments.apps "app" not found`
  await expectRefusal(shop, "TargetNotFound", text)
  await shop.create(deployment())
  await begun(shop)
  expect(complaint(shop.status())).toBeUndefined()
})

it("gives a target to the older of two canaries", async ({ shop }) => {
  const targetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "app" }
  await shop.create(deployment(), canary())
  await begun(shop)
  await shop.create(canary("younger", { targetRef }))
  await expectRefusal(shop, "TargetTaken", /already belongs to canary app/, "younger")
  expect(shop.status().phase).toBe("Initialized")
  await shop.remove("Canary", "younger")
  await shop.push("1.1.0")
  await shop.hears(`New revision detected! Scaling up app.${shop.name}`)
})

it("cannot be told of a router that nobody knows", async ({ shop, world }) => {
  await expect(shop.create(canary("app", { provider: "nonsense" }))).rejects.toThrow(
    /spec\.provider: Unsupported value/,
  )
  const start = world.operator({ namespace: shop.name, flags: ["-mesh-provider=nonsense"] })
  await expect(start).rejects.toThrow(/nonsense.*istio/s)
})

it("halts where a metric template is missing", async ({ shop }) => {
  const metrics = [{ name: "errors", interval: "1m", templateRef: { name: "nowhere" } }]
  await shop.create(deployment(), canary("app", { analysis: { metrics } }))
  await expectHalt(shop, `Metric template nowhere.${shop.name} error: `)
})

it("halts where the secret of a metric template is missing", async ({ shop, world }) => {
  const metrics = [{ name: "errors", interval: "1m", templateRef: { name: "errors" } }]
  const provider = { type: "prometheus", address: world.outside.url, secretRef: { name: "keys" } }
  await shop.create(template({ provider }), deployment(), canary("app", { analysis: { metrics } }))
  await expectHalt(shop, `Metric template errors.${shop.name} secret keys error: `)
})

it("halts where a metric template cannot be rendered", async ({ shop, world }) => {
  const metrics = [{ name: "errors", interval: "1m", templateRef: { name: "errors" } }]
  const provider = { type: "prometheus", address: world.outside.url }
  const query = "sum(errors{app='{{ target | upper }}'})"
  await shop.create(template({ provider, query }), deployment(), canary("app", { analysis: { metrics } }))
  await expectHalt(shop, `Metric template errors.${shop.name} query render error: `)
})

it("halts where the metrics server is down", async ({ shop }) => {
  const [nobody] = await freePorts(1)
  await shop.create(deployment(), canary("app", { metricsServer: `http://127.0.0.1:${nobody}` }))
  await shop.hears(/^Error checking metric providers: .*127\.0\.0\.1/)
  await expectHalt(shop, "Prometheus query failed: ")
})

it("halts where something else answers in the metrics server's place", async ({ shop, world }) => {
  await shop.create(deployment(), canary("app", { metricsServer: world.outside.nonsenseUrl }))
  await expectHalt(shop, "Prometheus query failed: ")
})

it("halts where the metrics server knows nothing of the canary", async ({ shop, world }) => {
  world.outside.metrics(shop.name, { success: "nothing" })
  await shop.create(deployment(), canary())
  const text = "Halt advancement no values found for istio metric request-success-rate probably"
  await expectHalt(shop, `${text} app.${shop.name} is not receiving traffic`)
})

it("halts where a hook does not answer in time", async ({ shop, world }) => {
  const url = world.outside.hook(shop.name, "check", "silence")
  await shop.create(deployment(), withCheck(url))
  await expectHaltedStart(shop, `POST ${url} giving up after 1 attempt(s)`)
})

it("halts where a hook fails", async ({ shop, world }) => {
  const url = world.outside.hook(shop.name, "check", 500)
  await shop.create(deployment(), withCheck(url))
  await expectHaltedStart(shop, `POST ${url} giving up after 1 attempt(s)`)
})

it("halts where a hook answers with ten megabytes, and tells the beginning", async ({ shop, world }) => {
  const url = world.outside.hook(shop.name, "check", { status: 403, body: "no ".repeat(3_500_000) })
  await shop.create(deployment(), withCheck(url))
  const text = await expectHaltedStart(shop, "no no no")
  expect(text.length).toBeLessThan(1300)
})

/** Traffic stays where it is, and the primary what it is. */
async function expectHalt(shop: Namespace, beginning: string): Promise<void> {
  await begun(shop)
  await shop.push("1.1.0")
  const { type } = await shop.hears(beginningWith(beginning))
  expect(type).toBe("Warning")
  expect(shop.texts()).not.toContain(`Advance app.${shop.name} canary weight 60`)
  await shop.reaches("Failed")
  expect(shop.get("Deployment", "app-primary")!["spec"].template.spec.containers[0].image).toBe(imageOf("1.0.0"))
}

async function expectHaltedStart(shop: Namespace, why: string): Promise<string> {
  await begun(shop)
  await shop.push("1.1.0")
  const text = `Halt app.${shop.name} advancement pre-rollout check check failed ${why}`
  const { text: said } = await shop.hears(beginningWith(text))
  await shop.until("the failed check is counted", () => shop.status().failedChecks === 1)
  expect(shop.status().canaryWeight).toBe(0)
  return said
}

const beginningWith = (text: string): RegExp => new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`)

const withCheck = (url: string): KubeObject =>
  canary("app", { analysis: { webhooks: [{ name: "check", type: "pre-rollout", url, timeout: "2s" }] } })

const template = (spec: Record<string, unknown>): KubeObject => ({
  apiVersion: "flagger.app/v1beta1",
  kind: "MetricTemplate",
  metadata: { name: "errors" },
  spec: { query: "sum(errors)", ...spec },
})
