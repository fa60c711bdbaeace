import { describe, expect, it } from "vitest"
import { canary, deployment } from "#test/cluster/objects.ts"
import { refused } from "./fake-cluster.test-support.ts"
import { refTo, type SmallOperator, smallOperator } from "./small-operator.test-support.ts"
import {
  asking,
  callsTo,
  colors,
  initialised,
  hooks,
  liveWeights,
  midRun,
  pushed,
  saying,
  usingColors,
  versionOf,
} from "./stories.test-support.ts"

const writesOf = (operator: SmallOperator, part: string) =>
  operator.cluster.writes().filter((line) => line.includes(part))

describe("what is promoted", () => {
  it("is not a target that changed since it was judged: that one is judged first [fix 9]", async () => {
    const operator = await midRun()
    const { cluster } = operator
    // The caches learn of the push only after the copy has begun.
    cluster.when(/^get Deployment shop\/app$/, () => {
      cluster.lag()
      cluster.change(refTo.deployment(), pushed("3"))
    })
    await operator.pass()
    await operator.pass()
    expect(operator.status()).toMatchObject({ phase: "Progressing", canaryWeight: 0 })
    expect(liveWeights(operator)).toEqual([100, 0])
    expect(versionOf(operator, "app-primary")).toBeUndefined()
    cluster.deliver()
    expect(operator.texts()).toContain("New revision detected! Restarting analysis for app.shop")
    await operator.reaches("Succeeded")
    expect(versionOf(operator, "app-primary")).toBe("3")
  })
  it("is not a config that changed since it was judged either [fix 9]", async () => {
    const operator = await initialised({}, {}, [colors(), usingColors()])
    const { cluster } = operator
    cluster.change(refTo.configMap("colors"), { data: { sky: "grey" } })
    const copies: string[] = []
    cluster.when(/^get Deployment shop\/app$/, () => {
      cluster.lag()
      cluster.change(refTo.configMap("colors"), { data: { sky: "red" } })
    })
    await operator.settle()
    for (let count = 0; count < 3; count++) await operator.pass()
    copies.push(cluster.get(refTo.configMap("colors-primary"))?.["data"].sky)
    cluster.deliver()
    await operator.reaches("Succeeded")
    copies.push(cluster.get(refTo.configMap("colors-primary"))?.["data"].sky)
    expect(copies).toEqual(["blue", "red"])
    expect(operator.texts()).toContain("New revision detected! Restarting analysis for app.shop")
  })
  it("is nothing when the target is deleted at that moment", async () => {
    const operator = await midRun()
    const { cluster } = operator
    cluster.when(/^get Deployment shop\/app$/, () => {
      cluster.lag()
      cluster.remove(refTo.deployment())
    })
    await operator.pass()
    await operator.pass()
    expect(operator.texts().at(-1)).toMatch(/^deployment app\.shop get query error/)
    expect(versionOf(operator, "app-primary")).toBeUndefined()
  })
  it("is what was judged, on top of what others did to the primary at that moment", async () => {
    const operator = await midRun()
    const { cluster } = operator
    cluster.when(/^patch Deployment shop\/app-primary$/, () =>
      cluster.change(refTo.deployment("app-primary"), { spec: { paused: true } }),
    )
    await operator.reaches("Succeeded")
    expect(versionOf(operator, "app-primary")).toBe("2")
    expect(cluster.get(refTo.deployment("app-primary"))?.["spec"].paused).toBe(true)
  })
})

describe("a status that cannot be written", () => {
  it("is made up for when the route was moved already: told once, and not moved twice", async () => {
    const operator = await midRun()
    operator.cluster.when(/^patch Canary shop\/app status$/, () => {
      throw refused(500, "etcdserver: request timed out")
    })
    operator.cluster.requests.length = 0
    await operator.pass()
    expect(operator.status().canaryWeight).toBe(30)
    expect(liveWeights(operator)).toEqual([40, 60])
    expect(operator.texts().at(-1)).toBe("etcdserver: request timed out")
    await operator.pass(500)
    expect(operator.status().canaryWeight).toBe(60)
    expect(operator.texts().filter((text) => text === "Advance app.shop canary weight 60")).toHaveLength(1)
    expect(writesOf(operator, "VirtualService")).toHaveLength(1)
  })
  it("is no reason to judge a step before its interval is over", async () => {
    const operator = await midRun()
    operator.cluster.when(/^patch Canary shop\/app status$/, () => {
      throw refused(500, "no")
    })
    await operator.pass()
    await operator.pass(500)
    const asked = callsTo(operator, "query=")
    await operator.pass(9_400)
    expect(callsTo(operator, "query=")).toBe(asked)
    await operator.pass(600)
    expect(callsTo(operator, "query=")).toBeGreaterThan(asked)
  })
  it("does not have pods stopped or started twice", async () => {
    const operator = await initialised()
    const failing = () =>
      operator.cluster.when(/^patch Canary shop\/app status$/, () => {
        throw refused(500, "no")
      })
    operator.cluster.requests.length = 0
    failing()
    await operator.push("2")
    await operator.pass(1000)
    expect(operator.status().phase).toBe("Progressing")
    failing()
    operator.stuck.add("app")
    await operator.settle()
    await operator.pass(1000)
    expect(operator.status().phase).toBe("Failed")
    expect(writesOf(operator, "Deployment")).toHaveLength(2)
  })
  it("after the copy to the primary does not copy again", async () => {
    const operator = await midRun()
    await operator.pass()
    operator.cluster.when(/^patch Canary shop\/app status$/, () => {
      throw refused(500, "no")
    })
    operator.cluster.requests.length = 0
    await operator.reaches("Promoting")
    expect(writesOf(operator, "Deployment shop/app-primary")).toHaveLength(1)
  })
})

describe("who is outrun", () => {
  const byHand = (primary: number, canary: number) => ({
    spec: {
      http: [
        {
          route: ["app-primary", "app-canary"].map((host, index) => ({
            destination: { host },
            weight: [primary, canary][index],
          })),
        },
      ],
    },
  })

  it("by a weight that somebody sets at that moment does not write over it, but goes on from there", async () => {
    const operator = await midRun()
    operator.cluster.when(/^patch VirtualService/, () => operator.cluster.change(refTo.virtualService(), byHand(95, 5)))
    await operator.pass()
    expect(operator.status().canaryWeight).toBe(5)
    await operator.pass()
    expect(liveWeights(operator)).toEqual([65, 35])
    expect(operator.texts()).not.toContain("Advance app.shop canary weight 60")
  })
  it("by an edit of the canary at that moment loses neither the edit nor its step", async () => {
    const operator = await midRun()
    operator.cluster.when(/^patch Canary shop\/app status$/, () =>
      operator.cluster.change(refTo.canary(), { spec: { analysis: { stepWeight: 10 } } }),
    )
    await operator.pass()
    expect(operator.status().canaryWeight).toBe(60)
    expect(liveWeights(operator)).toEqual([40, 60])
    expect(operator.cluster.get(refTo.canary())?.["spec"].analysis.stepWeight).toBe(10)
    expect(operator.texts().filter((text) => text === "Advance app.shop canary weight 60")).toHaveLength(1)
  })
  it("by a wish to suspend the canary at that moment gives no verdict any more", async () => {
    const operator = await midRun()
    operator.cluster.when(/^patch Canary shop\/app status$/, () =>
      operator.cluster.change(refTo.canary(), { spec: { suspend: true } }),
    )
    await operator.pass()
    expect(operator.status().canaryWeight).toBe(30)
    expect(operator.texts().at(-1)).toBe("skipping canary run as object is suspended")
    operator.cluster.change(refTo.canary(), { spec: { suspend: false } })
    await operator.settle()
    expect(operator.texts().at(-1)).toBe("Advance app.shop canary weight 60")
  })
  it("again and again makes room for others, and nobody hears of it", async () => {
    const operator = await midRun()
    let count = 0
    operator.cluster.lag()
    const disturb = () =>
      operator.cluster.when(/^patch VirtualService/, () => {
        operator.cluster.change(refTo.virtualService(), { metadata: { labels: { count: `${++count}` } } })
        disturb()
      })
    disturb()
    await operator.pass()
    expect(count).toBeLessThan(5)
    expect(operator.texts().at(-1)).toBe("Advance app.shop canary weight 30")
    expect(liveWeights(operator)).toEqual([70, 30])
  })
})

describe("a restart", () => {
  it("asks a closed gate again at once", async () => {
    const closed = saying("confirm-rollout", 403)
    const operator = await initialised(asking("confirm-rollout"), closed)
    await operator.push("2")
    expect(operator.status().phase).toBe("Waiting")
    await operator.pass(1000)
    const next = operator.restarted({ answer: () => undefined })
    await next.settle()
    expect(callsTo(next, "confirm-rollout")).toBe(1)
    expect(next.status().phase).toBe("Progressing")
  })
  it("does not say again that a gate is closed", async () => {
    const operator = await initialised(asking("confirm-rollout"), saying("confirm-rollout", 403))
    await operator.push("2")
    const next = operator.restarted()
    await next.settle()
    expect(next.texts()).toEqual([])
  })
  it("asks the pre-rollout hooks again before the first traffic, and never after it", async () => {
    const before = await initialised(
      asking("pre-rollout", "confirm-traffic-increase"),
      saying("confirm-traffic-increase", 403),
    )
    await before.push("2")
    const next = before.restarted({ answer: () => undefined })
    await next.pass()
    expect(callsTo(next, "pre-rollout")).toBe(1)
    const last = next.restarted()
    await last.pass()
    expect(callsTo(last, "pre-rollout")).toBe(0)
  })
  it("does not delay the first traffic, which comes as soon as the canary is ready", async () => {
    const operator = await initialised()
    operator.slow.add("app")
    await operator.push("2")
    expect(operator.status()).toMatchObject({ phase: "Progressing", canaryWeight: 0 })
    const next = operator.restarted()
    await next.settle()
    expect(next.status().canaryWeight).toBe(30)
  })
  it("does not hurry the way home, which takes an interval per step", async () => {
    const operator = await midRun({ analysis: { stepWeightPromotion: 20 } })
    await operator.pass()
    await operator.pass()
    expect(operator.status()).toMatchObject({ phase: "Promoting", canaryWeight: 40 })
    const next = operator.restarted()
    await next.settle()
    expect(next.status().canaryWeight).toBe(40)
    await next.pass()
    expect(next.status().canaryWeight).toBe(20)
  })
  it("goes on from the live split, when the interval that had begun is over", async () => {
    const operator = await midRun()
    await operator.pass(4000)
    const next = operator.restarted()
    await next.settle()
    await next.pass(5000)
    expect(next.status().canaryWeight).toBe(30)
    await next.pass(1000)
    expect(next.status().canaryWeight).toBe(60)
    expect(next.texts()).toEqual(["Advance app.shop canary weight 60"])
  })
})

describe("a gate that stays closed", () => {
  it("is asked once per interval, whatever else changes", async () => {
    const operator = await initialised(
      asking("pre-rollout", "confirm-traffic-increase"),
      saying("confirm-traffic-increase", 403),
    )
    await operator.push("2")
    for (let count = 0; count < 3; count++) {
      operator.cluster.change(refTo.deployment(), { metadata: { labels: { count: `${count}` } } })
      await operator.pass(1000)
    }
    expect(callsTo(operator, "confirm-traffic-increase")).toBe(1)
    await operator.pass()
    expect(callsTo(operator, "confirm-traffic-increase")).toBe(2)
  })
  it("does not have the hooks repeated that passed before it", async () => {
    const operator = await initialised(
      asking("pre-rollout", "confirm-traffic-increase"),
      saying("confirm-traffic-increase", 403),
    )
    await operator.push("2")
    for (let count = 0; count < 3; count++) await operator.pass()
    expect(callsTo(operator, "pre-rollout")).toBe(1)
  })
})

describe("a rollback hook that is also asked while waiting", () => {
  it("is asked again for the run, when the gate opens [fix 33]", async () => {
    const [gate, rollback] = hooks("confirm-rollout", "rollback")
    let isOpen = false
    const answer = ({ url }: { url: string }) => {
      if (url.endsWith("confirm-rollout")) return isOpen ? 200 : 403
      return url.endsWith("rollback") ? 403 : undefined
    }
    const operator = await initialised(
      { analysis: { webhooks: [gate, { ...rollback, whileWaiting: true }] } },
      { answer },
    )
    await operator.push("2")
    // Pods that are there already let everything happen in one go.
    operator.cluster.change(refTo.deployment(), { spec: { replicas: 2 } })
    await operator.settle()
    isOpen = true
    await operator.pass()
    const phases = operator.calls
      .filter(({ url }) => url.endsWith("rollback"))
      .map(({ body }) => JSON.parse(body!).phase)
    expect(phases).toEqual(["Waiting", "Progressing"])
  })
})

describe("a canary that is made anew under the same name", () => {
  it("is another one, to which nothing of the former applies", async () => {
    const operator = smallOperator()
    const broken = () => canary("app", { analysis: { stepWeight: 2.5 } })
    await operator.create(deployment(), broken())
    expect(operator.texts()).toHaveLength(1)
    operator.cluster.remove(refTo.canary())
    await operator.create(broken())
    expect(operator.texts()).toHaveLength(2)
  })
  it("does not rely on the primary of the former, which is about to go", async () => {
    const operator = await initialised()
    operator.cluster.remove(refTo.canary())
    await operator.create(canary())
    expect(operator.texts().at(-1)).toBe("app-primary.shop not ready: it is being deleted with an earlier canary")
    operator.cluster.remove(refTo.deployment("app-primary"))
    await operator.settle()
    expect(operator.status().phase).toBe("Initialized")
  })
})

describe("the end of the process", () => {
  it("does not make a hook fail that was being asked", async () => {
    const operator = await initialised(asking("pre-rollout"), saying("pre-rollout", "silence"))
    const pushing = operator.push("2")
    await operator.until(() => callsTo(operator, "pre-rollout") === 1)
    operator.end()
    await pushing
    expect(operator.texts().filter((text) => text.includes("pre-rollout"))).toEqual([])
    expect(operator.status()).toMatchObject({ phase: "Progressing", failedChecks: 0 })
    const next = operator.restarted({ answer: () => undefined })
    await next.reaches("Succeeded")
  })
  it("does not make a metric fail that was being asked", async () => {
    let silent = false
    const operator = await midRun({}, { answer: () => (silent ? "silence" : undefined) })
    silent = true
    operator.calls.length = 0
    const passing = operator.pass()
    await operator.until(() => operator.calls.length === 1)
    operator.end()
    await passing
    expect(operator.texts().at(-1)).toBe("Advance app.shop canary weight 30")
    expect(operator.status().failedChecks).toBe(0)
  })
  it("does not keep a release from being told that has ended", async () => {
    const operator = await initialised(
      { skipAnalysis: true, ...asking("post-rollout") },
      saying("post-rollout", "silence"),
    )
    const pushing = operator.push("2")
    await operator.until(() => callsTo(operator, "post-rollout") === 1)
    operator.end()
    await pushing
    expect(operator.texts().at(-1)).toBe("Promotion completed! Canary analysis was skipped for app.shop")
    expect(operator.texts().join()).not.toContain("Post-rollout hook")
  })
})

describe("trouble with one canary", () => {
  it("is told in an event, tried again soon, and disturbs no other [fix 20]", async () => {
    const operator = smallOperator()
    operator.cluster.when(/^create Deployment shop\/app-primary$/, () => {
      throw refused(403, "exceeded quota: pods")
    })
    await operator.create(deployment(), canary(), deployment("other"), canary("other"))
    expect(operator.events).toContainEqual({
      name: "app",
      type: "Warning",
      text: "createPrimaryDeployment failed: exceeded quota: pods",
    })
    expect(operator.status("other").phase).toBe("Initialized")
    await operator.pass(500)
    expect(operator.status().phase).toBe("Initialized")
  })
  it("is told once per interval, however often it is met", async () => {
    const operator = await midRun()
    const fail = () =>
      operator.cluster.when(/^patch VirtualService/, () => {
        fail()
        throw refused(500, "etcd is away")
      })
    fail()
    const told = () => operator.texts().filter((text) => text === "etcd is away").length
    await operator.pass()
    for (let count = 0; count < 5; count++) await operator.pass(1000)
    expect(told()).toBe(1)
    await operator.pass()
    expect(told()).toBe(2)
  })
  it("in the middle of a step does not have the beginning of the step told again", async () => {
    const operator = await midRun()
    const fail = () =>
      operator.cluster.when(/^patch Deployment shop\/app-primary$/, () => {
        throw refused(500, "etcd is away")
      })
    await operator.pass()
    fail()
    await operator.pass()
    fail()
    await operator.pass(1000)
    await operator.reaches("Succeeded")
    const copying = "Copying app.shop template spec to app-primary.shop"
    expect(operator.texts().filter((text) => text === copying)).toHaveLength(1)
    expect(operator.texts()).toContain("updating deployment app-primary.shop template spec failed: etcd is away")
  })
  it.each([
    [/^create Service shop\/app-canary$/, "reconcileService failed: service app-canary.shop create error: no"],
    [/^patch Deployment shop\/app$/, "scaling down canary deployment app.shop failed: no"],
  ])("is told with what was tried: %s", async (request, text) => {
    const operator = smallOperator()
    operator.cluster.when(request, () => {
      throw refused(403, "no")
    })
    await operator.create(deployment(), canary())
    expect(operator.texts().at(-1)).toBe(text)
    await operator.pass(1000)
    expect(operator.status().phase).toBe("Initialized")
  })
  it("such as routes that cannot be moved home keeps the canary's pods, which still get traffic", async () => {
    const operator = await midRun()
    const fail = () =>
      operator.cluster.when(/^patch VirtualService/, () => {
        throw refused(500, "etcd is away")
      })
    fail()
    operator.stuck.add("app")
    await operator.settle()
    expect(operator.cluster.get(refTo.deployment())?.["spec"].replicas).toBe(2)
    expect(operator.status().phase).toBe("Progressing")
    await operator.pass(1000)
    expect(operator.cluster.get(refTo.deployment())?.["spec"].replicas).toBe(0)
    expect(operator.status().phase).toBe("Failed")
  })
  it("such as a kind that may not be watched is not taken for objects that are missing", async () => {
    const operator = await initialised()
    operator.cluster.forbids("VirtualService", "virtualservices is forbidden")
    operator.cluster.requests.length = 0
    await operator.push("2")
    expect(operator.texts().at(-1)).toBe("virtualservices is forbidden")
    expect(operator.cluster.writes()).toEqual([])
    operator.cluster.forbids("VirtualService", undefined)
    await operator.reaches("Succeeded")
  })
  it("such as a bug is an event too, not the end of the process [fix 20]", async () => {
    const operator = await midRun()
    operator.cluster.when(/^patch VirtualService/, () => {
      throw new TypeError("Cannot read properties of undefined (reading 'http')")
    })
    await operator.pass()
    expect(operator.texts().at(-1)).toBe("Cannot read properties of undefined (reading 'http')")
    expect(operator.logged.at(-1)).toMatchObject({ level: "error", canary: "app.shop" })
    await operator.reaches("Succeeded")
  })
  it("such as fractions is told and holds up nobody, until they are mended [fix 15, 17, 20]", async () => {
    const operator = smallOperator()
    await operator.create(
      deployment(),
      canary("app", { analysis: { stepWeight: 2.5 } }),
      deployment("other"),
      canary("other"),
    )
    const text = "invalid canary spec: whole numbers are needed, not fractions: spec.analysis.stepWeight: 2.5"
    expect(operator.events.filter(({ name }) => name === "app")).toEqual([{ name: "app", type: "Warning", text }])
    expect(operator.status().conditions).toMatchObject([
      { type: "Ready", status: "False", reason: "InvalidSpec", message: text },
    ])
    await operator.push("2", "other")
    await operator.reaches("Succeeded", "other")
    operator.cluster.change(refTo.canary(), { spec: { analysis: { stepWeight: 25 } } })
    await operator.reaches("Initialized")
    expect(operator.status().conditions).toMatchObject([{ type: "Promoted" }])
  })
  it("such as an analysis that is missing is told once [fix 17, 20]", async () => {
    const operator = smallOperator()
    const incomplete = canary()
    delete incomplete["spec"].analysis
    await operator.create(deployment(), incomplete)
    for (let count = 0; count < 3; count++) await operator.pass()
    expect(operator.texts()).toEqual(["invalid canary spec: spec.targetRef and spec.analysis are required"])
  })
  it("that became invalid in mid-run leaves the traffic where it is", async () => {
    const operator = await midRun()
    operator.cluster.change(refTo.canary(), { spec: { analysis: { stepWeight: 2.5 } } })
    for (let count = 0; count < 3; count++) await operator.pass()
    expect(liveWeights(operator)).toEqual([70, 30])
    expect(operator.status()).toMatchObject({ phase: "Progressing", canaryWeight: 30 })
    operator.cluster.change(refTo.canary(), { spec: { analysis: { stepWeight: 30 } } })
    await operator.reaches("Succeeded")
  })
})
