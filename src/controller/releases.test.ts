import { describe, expect, it } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import { canary, deployment } from "#test/cluster/objects.ts"
import { refused } from "./fake-cluster.test-support.ts"
import { measured, refTo, smallOperator } from "./small-operator.test-support.ts"
import { callsTo, hooks, initialised, midRun } from "./stories.test-support.ts"

describe("a release", () => {
  it("tells the event webhook what happens, with the phase of the moment", async () => {
    const operator = smallOperator({ settings: { eventWebhook: "http://events" } })
    const gates = ["confirm-rollout", "pre-rollout", "confirm-traffic-increase", "confirm-promotion", "post-rollout"]
    const analysis = { stepWeight: 100, maxWeight: 100, stepWeightPromotion: 50, webhooks: hooks(...gates) }
    await operator.create(deployment(), canary("app", { analysis }))
    await operator.push("2")
    await operator.reaches("Succeeded")
    expect((await operator.payloads()).filter((text) => !text.startsWith("Initializing"))).toEqual([
      "Initialized: Initialization done! app.shop",
      "Initialized: Confirm-rollout check confirm-rollout passed",
      "Progressing: New revision detected! Scaling up app.shop",
      "Progressing: Starting canary analysis for app.shop",
      "Progressing: Pre-rollout check pre-rollout passed",
      "Progressing: Confirm-traffic-increase check confirm-traffic-increase passed",
      "Progressing: Advance app.shop canary weight 100",
      "Progressing: Confirm-traffic-increase check confirm-traffic-increase passed",
      "Progressing: Confirm-promotion check confirm-promotion passed",
      "Progressing: Copying app.shop template spec to app-primary.shop",
      "Promoting: Advance app.shop primary weight 50",
      "Promoting: Advance app.shop primary weight 100",
      "Succeeded: Post-rollout check post-rollout passed",
      "Succeeded: Promotion completed! Scaling down app.shop",
    ])
  })
  it("makes the objects of a new canary in an order that never leaves traffic without pods", async () => {
    const operator = await initialised()
    expect(operator.cluster.writes()).toEqual([
      "patch Canary shop/app status",
      "create Service shop/app-canary",
      "create Service shop/app-primary",
      "create Deployment shop/app-primary",
      "create Service shop/app",
      "patch Deployment shop/app",
      "create DestinationRule shop/app-canary",
      "create DestinationRule shop/app-primary",
      "create VirtualService shop/app",
      "patch Canary shop/app status",
    ])
  })
  it("costs a step two writes, of the routes and of the status, in this order", async () => {
    const operator = await midRun()
    operator.cluster.requests.length = 0
    await operator.pass()
    expect(operator.cluster.requests.map(({ line }) => line)).toEqual([
      "patch VirtualService shop/app",
      "patch Canary shop/app status",
    ])
  })
  it("shows each step in the own metrics at once, not an interval later", async () => {
    const operator = await midRun()
    const shown = async () => [
      ...(await operator.series("flagger_canary_status{")),
      ...(await operator.series("flagger_canary_weight{")),
    ]
    expect(await shown()).toEqual([
      'flagger_canary_status{name="app",namespace="shop"} 0',
      'flagger_canary_weight{workload="app-primary",namespace="shop"} 70',
      'flagger_canary_weight{workload="app",namespace="shop"} 30',
    ])
    // Nothing but the step itself can show what comes of it.
    operator.cluster.when(/^patch VirtualService/, () => operator.cluster.lag())
    operator.stuck.add("app")
    await operator.settle()
    expect(await shown()).toEqual([
      'flagger_canary_status{name="app",namespace="shop"} 2',
      'flagger_canary_weight{workload="app-primary",namespace="shop"} 100',
      'flagger_canary_weight{workload="app",namespace="shop"} 0',
    ])
  })
  it("counts its end under the strategy that its analysis names, also where no router can follow it [fix 36]", async () => {
    const operator = await initialised({ provider: "kubernetes" })
    await operator.push("2")
    await operator.reaches("Succeeded")
    expect(operator.texts()).toContain("Setting canaryAnalysis.iterations: 10")
    const labels = 'name="app",namespace="shop",deployment_strategy="canary",analysis_status="completed"'
    expect(await operator.series("flagger_canary_successes_total{")).toEqual([
      `flagger_canary_successes_total{${labels}} 1`,
    ])
  })
  it("measures each step of the analysis, and nothing of an idle canary", async () => {
    const operator = await initialised()
    expect(await operator.series("flagger_canary_duration_seconds_count")).toEqual([])
    await operator.push("2")
    await operator.pass()
    const [count] = await operator.series("flagger_canary_duration_seconds_count")
    expect(Number(count?.split(" ")[1])).toBeGreaterThanOrEqual(2)
  })
})

describe("a session cookie", () => {
  it("is in the status patch of the very step that writes it to the route [fix 37]", async () => {
    const operator = await initialised({ analysis: { sessionAffinity: { cookieName: "sticky" } } })
    operator.cluster.requests.length = 0
    await operator.push("2")
    const [route, status] = operator.cluster.requests.slice(-2)
    expect([route?.line, status?.line]).toEqual(["patch VirtualService shop/app", "patch Canary shop/app status"])
    const { sessionAffinityCookie: cookie } = (status!.body as KubeObject)["status"]
    expect(cookie).toMatch(/^sticky=\w{10}$/)
    expect(JSON.stringify(route?.body)).toContain(cookie)
  })
  it("is the same one when the status could not be written and the step is made up for [fix 37]", async () => {
    const operator = await initialised({ analysis: { sessionAffinity: { cookieName: "sticky" } } })
    operator.cluster.when(/^patch VirtualService/, () =>
      operator.cluster.when(/^patch Canary shop\/app status$/, () => {
        throw refused(500, "no")
      }),
    )
    await operator.push("2")
    expect(operator.status().sessionAffinityCookie).toBeUndefined()
    const next = operator.restarted()
    await next.pass()
    const { sessionAffinityCookie, canaryWeight } = next.status()
    expect(canaryWeight).toBe(30)
    expect(JSON.stringify(next.cluster.get(refTo.virtualService()))).toContain(sessionAffinityCookie)
    expect(next.texts()).toEqual(["Advance app.shop canary weight 30"])
  })
})

describe("an idle canary", () => {
  it.each(["Initialized", "Succeeded", "Failed"] as const)(
    "costs no request and is not even looked at in %s [fix 21, 22]",
    async (phase) => {
      const operator = await initialised(
        {},
        {
          answer: ({ url }) =>
            phase === "Failed" && url.includes("query=") && !url.includes("vector") ? measured(0) : undefined,
        },
      )
      if (phase !== "Initialized") await operator.push("2")
      await operator.reaches(phase)
      await operator.pass()
      operator.cluster.requests.length = 0
      operator.calls.length = 0
      for (let count = 0; count < 10; count++) await operator.pass()
      expect(operator.cluster.requests).toEqual([])
      expect(operator.calls).toEqual([])
      expect(operator.idle()).toBe(true)
    },
  )
  it("costs no request either when it is woken for nothing", async () => {
    const operator = await initialised()
    operator.cluster.requests.length = 0
    operator.cluster.change(refTo.deployment(), { metadata: { labels: { touched: "yes" } } })
    await operator.settle()
    expect(operator.cluster.requests).toEqual([])
  })
})

describe("a suspended canary", () => {
  it("is told once, costs no request, and goes on where it was [fix 18]", async () => {
    const operator = await midRun()
    operator.cluster.change(refTo.canary(), { spec: { suspend: true } })
    operator.cluster.requests.length = 0
    for (let count = 0; count < 5; count++) await operator.pass()
    expect(operator.texts().filter((text) => text.includes("suspended"))).toEqual([
      "skipping canary run as object is suspended",
    ])
    expect(operator.cluster.requests).toEqual([])
    operator.cluster.change(refTo.canary(), { spec: { suspend: false } })
    await operator.reaches("Succeeded")
  })
})

describe("a gate before more traffic", () => {
  it("that stays closed is told in every interval, and alerts once [fix 32]", async () => {
    const slackUrl = "http://chat"
    const notifier = { slackUrl, slackChannel: "general", slackUser: "flagger" } as never
    const answer = ({ url }: { url: string }) => (url.includes("confirm-traffic-increase") ? 403 : undefined)
    const operator = await initialised(
      { analysis: { webhooks: hooks("confirm-traffic-increase") } },
      { settings: { notifier }, answer },
    )
    await operator.push("2")
    for (let count = 0; count < 3; count++) await operator.pass()
    const text = "Halt app.shop advancement waiting for traffic increase approval confirm-traffic-increase"
    expect(operator.texts().filter((told) => told === text)).toHaveLength(4)
    const alerts = operator.calls
      .filter(({ url }) => url === slackUrl)
      .map(({ body }) => JSON.parse(body!).attachments[0].text)
    expect(alerts.filter((told) => told === "Canary traffic increase is waiting for approval.")).toHaveLength(1)
  })
})

describe("slow receivers", () => {
  it("of events and alerts delay no step [fix 19]", async () => {
    const eventWebhook = "http://events"
    const slackUrl = "http://chat"
    const notifier = { slackUrl, slackChannel: "general", slackUser: "flagger" } as never
    const operator = await initialised(
      {},
      {
        settings: { eventWebhook, notifier },
        answer: ({ url }) => (url === eventWebhook || url === slackUrl ? "silence" : undefined),
      },
    )
    await operator.push("2")
    await operator.reaches("Succeeded")
    // Both have got the first thing told, and still have it.
    expect([callsTo(operator, eventWebhook), callsTo(operator, slackUrl)]).toEqual([1, 1])
  })
})

describe("two canaries on one target", () => {
  const rival = () => canary("rival", { targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "app" } })
  const taken = "target app.shop already belongs to canary app: delete one of the two"

  it("do not fight: the younger one is refused in an event and a condition [fix 38]", async () => {
    const operator = await initialised()
    await operator.create(rival())
    expect(operator.texts("rival")).toEqual([taken])
    expect(operator.status("rival").conditions).toMatchObject([
      { type: "Ready", status: "False", reason: "TargetTaken", message: taken },
    ])
    await operator.push("2")
    await operator.reaches("Succeeded")
    expect(operator.status("rival").phase).toBeUndefined()
  })
  it("are told apart by their age, not by which was seen first [fix 38]", async () => {
    const operator = smallOperator()
    const created = (name: string, time: string) => ({ ...rival(), metadata: { name, creationTimestamp: time } })
    await operator.create(
      deployment(),
      created("late", "2026-01-01T00:00:09Z"),
      created("early", "2026-01-01T00:00:08Z"),
    )
    await operator.pass()
    expect(operator.status("early").phase).toBe("Initialized")
    expect(operator.status("late").conditions).toMatchObject([{ reason: "TargetTaken" }])
  })
  it("are one when the older points to another target [fix 38]", async () => {
    const operator = await initialised()
    await operator.create(rival(), deployment("elsewhere"))
    operator.cluster.change(refTo.canary(), { spec: { targetRef: { name: "elsewhere" } } })
    await operator.reaches("Initialized", "rival")
  })
})
