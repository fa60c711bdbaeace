import { describe, expect, it } from "vitest"
import { nextStep } from "./next-step.ts"
import {
  broken,
  busy,
  failing,
  newWorld,
  passing,
  ready,
  release,
  snapshotOf,
  tick,
  until,
  wake,
  withStatus,
  type World,
  worldOf,
} from "./world.test-support.ts"

const hook = (type: string, extra: object = {}) => ({ name: type, type, url: "http://hook", ...extra }) as never
const analysis = (change: object) => ({
  analysis: { interval: "10s", threshold: 2, stepWeight: 20, maxWeight: 40, metrics: [{ name: "errors" }], ...change },
})
const weights = (change: object) => ({ analysis: { interval: "10s", threshold: 2, ...change } }) as never
/** A weighted canary in mid-run at 20 %. */
const midRun = (spec: object = {}): World => {
  const world = release(worldOf(spec))
  tick(world)
  expect(world.routes.canary).toBe(20)
  return world
}
const phaseOf = (world: World) => world.canary.status?.phase
const closed = { passed: [], failed: { name: "gate", why: "no" } }
const open = { passed: ["gate"] }

describe("suspend", () => {
  it("leaves a suspended canary alone and says so once, not at every tick", () => {
    const step = nextStep(snapshotOf(release(worldOf({ suspend: true }))))
    expect(step).toMatchObject({
      kind: "wait",
      say: [{ event: "skipping canary run as object is suspended", once: true }],
    })
  })
  it("holds the traffic where it is when suspended in mid-run", () => {
    const world = midRun()
    world.canary = { ...world.canary, spec: { ...world.canary.spec, suspend: true } }
    for (let count = 0; count < 3; count++) tick(world)
    expect(world.routes.canary).toBe(20)
  })
})

describe("a canary that cannot be served", () => {
  const refused = { refusal: { reason: "InvalidSpec", text: "invalid canary spec: stepWeight 1.5" } }
  it("is told in an event and a condition what to change", () => {
    const world = worldOf({}, refused)
    wake(world)
    expect(world.told).toEqual(["invalid canary spec: stepWeight 1.5"])
    expect(world.canary.status?.conditions?.at(-1)).toMatchObject({
      type: "Ready",
      status: "False",
      reason: "InvalidSpec",
    })
  })
  it("writes the condition once", () => {
    const world = worldOf({}, refused)
    wake(world)
    expect(wake(world).kind).toBe("wait")
  })
  it("loses the condition when it is mended", () => {
    const world = worldOf({}, refused)
    wake(world)
    delete world.refusal
    wake(world)
    expect(world.canary.status?.conditions?.map(({ type }) => type)).toEqual(["Promoted"])
  })
  it("begins as any other once it is mended, also when it was never initialised", () => {
    const world = newWorld({}, refused)
    wake(world)
    delete world.refusal
    world.primary.readiness = ready
    wake(world)
    expect(phaseOf(world)).toBe("Initialized")
  })
})

describe("the scenery", () => {
  it.each(["services", "apex", "routes", "scaler"] as const)(
    "is repaired when %s drift, without moving weight",
    (part) => {
      const world = midRun()
      world.made[part] = false
      wake(world)
      expect(world.made[part]).toBe(true)
      expect(world.routes.canary).toBe(20)
    },
  )
  it("probes the metrics backends of a new canary and goes on whatever they answer", () => {
    const world = newWorld()
    wake(world)
    expect(phaseOf(world)).toBe("Initializing")
    expect(world.primary.exists).toBe(true)
  })
  it("never scales the only working pods to zero while the primary is stuck [fix 11]", () => {
    const world = newWorld(
      {},
      { plain: true, primary: { exists: true, revision: "r1", readiness: broken("deadline") } },
    )
    for (let count = 0; count < 5; count++) tick(world)
    expect(world.target.replicas).toBe(2)
    expect(phaseOf(world)).toBe("Initializing")
    expect(world.told).toContain("deadline")
  })
})

describe("detection", () => {
  it("takes a changed config for a new revision", () => {
    const world = withStatus(worldOf(), { trackedConfigs: { "configmap/a": "1" } })
    world.target.configs = { "configmap/a": "2" }
    tick(world)
    expect(world.canary.status).toMatchObject({ phase: "Progressing", trackedConfigs: { "configmap/a": "2" } })
  })
  it("takes a config that is no longer referred to for a change, and forgets its checksum", () => {
    const world = withStatus(worldOf(), { trackedConfigs: { "configmap/a": "1", "configmap/b": "1" } })
    world.target.configs = { "configmap/a": "1" }
    tick(world)
    expect(world.canary.status).toMatchObject({ phase: "Progressing", trackedConfigs: { "configmap/a": "1" } })
  })
  it("starts nothing when the target returns to the promoted revision", () => {
    const world = withStatus(worldOf(), { phase: "Succeeded", lastAppliedSpec: "r0", lastPromotedSpec: "r1" })
    expect(tick(world).kind).toBe("wait")
  })
  it("says why when a required config cannot be read", () => {
    const snapshot = snapshotOf(release(worldOf()))
    const step = nextStep({ ...snapshot, target: { ...snapshot.target!, problem: "configmap a.shop not found" } })
    expect(step).toMatchObject({ kind: "wait", say: [{ event: "configmap a.shop not found" }] })
  })
  it("waits for a primary that is busy before it starts", () => {
    const world = release(worldOf({}, { primary: { exists: true, revision: "r1", readiness: busy("primary busy") } }))
    tick(world)
    expect(phaseOf(world)).toBe("Initialized")
    expect(world.told).toEqual(["primary busy"])
    world.primary.readiness = ready
    wake(world)
    expect(phaseOf(world)).toBe("Progressing")
  })
  it("scales the canary up, resumes its autoscaler and tells people", () => {
    const world = release(worldOf({}, { target: { ...worldOf().target, readiness: busy() } }))
    tick(world)
    expect(world).toMatchObject({ paused: false, target: { replicas: 1 } })
    expect(world.told).toEqual(["New revision detected! Scaling up web.shop"])
    expect(world.alerts).toEqual(["New revision detected, progressing canary analysis."])
  })
})

describe("taking over from the original [fix 1]", () => {
  const foreign = "5498f4fcd6"
  it.each(["Initialized", "Succeeded"] as const)("adopts a canary in %s without a rollout", (phase) => {
    const world = withStatus(worldOf({}, { runsOnPrimary: true }), {
      phase,
      lastAppliedSpec: foreign,
      lastPromotedSpec: foreign,
    })
    wake(world)
    expect(world.canary.status).toMatchObject({ phase, lastAppliedSpec: "r1", lastPromotedSpec: "r1" })
    expect(world.target.replicas).toBe(0)
    expect(world.told).toEqual([])
  })
  it("adopts a failed revision as failed: it is neither promoted nor tried again", () => {
    const world = withStatus(release(worldOf({}, { runsOnPrimary: false })), {
      phase: "Failed",
      lastAppliedSpec: foreign,
      lastPromotedSpec: "7b9d769f9f",
    })
    wake(world)
    expect(world.canary.status).toMatchObject({
      phase: "Failed",
      lastAppliedSpec: "r2",
      lastPromotedSpec: "7b9d769f9f",
    })
    expect(tick(world).kind).toBe("wait")
  })
  it("recognises the promoted revision when a failed one is taken back after the take-over", () => {
    const world = withStatus(worldOf({}, { runsOnPrimary: true }), {
      phase: "Failed",
      lastAppliedSpec: "r2",
      lastPromotedSpec: foreign,
    })
    tick(world)
    expect(world.canary.status).toMatchObject({ phase: "Failed", lastAppliedSpec: "r1", lastPromotedSpec: "r1" })
  })
  it("releases a revision that was pushed while no operator ran", () => {
    const world = withStatus(release(worldOf({}, { runsOnPrimary: false })), {
      phase: "Succeeded",
      lastAppliedSpec: foreign,
      lastPromotedSpec: foreign,
    })
    tick(world)
    expect(world.canary.status).toMatchObject({ phase: "Progressing", lastAppliedSpec: "r2" })
  })
  it("releases a config change that was made while no operator ran", () => {
    const world = withStatus(worldOf({}, { runsOnPrimary: true }), {
      lastAppliedSpec: foreign,
      lastPromotedSpec: foreign,
      trackedConfigs: { "configmap/a": "1" },
    })
    world.target.configs = { "configmap/a": "2" }
    tick(world)
    expect(phaseOf(world)).toBe("Progressing")
  })
  it("judges a revision from the beginning when it was being judged during the swap", () => {
    const world = withStatus(midRun(), { lastAppliedSpec: foreign })
    tick(world)
    expect(world.canary.status).toMatchObject({ phase: "Progressing", lastAppliedSpec: "r2", canaryWeight: 0 })
  })
  it.each(["Promoting", "Finalising"] as const)("finishes a promotion that was under way in %s", (phase) => {
    const world = withStatus(midRun(), { phase, lastAppliedSpec: foreign })
    world.primary.revision = "r2"
    world.runsOnPrimary = true
    world.told = []
    until(world, ["Succeeded"])
    tick(world)
    expect(world.canary.status).toMatchObject({ phase: "Succeeded", lastAppliedSpec: "r2", lastPromotedSpec: "r2" })
    expect(world.told).not.toContain("New revision detected! Scaling up web.shop")
  })
})

describe("the gate before a run", () => {
  const gated = { ...analysis({ webhooks: [hook("confirm-rollout")] }) }
  it("keeps the canary at zero while it is closed", () => {
    const world = release(worldOf(gated, { hooks: { "confirm-rollout": closed } }))
    tick(world)
    expect(phaseOf(world)).toBe("Waiting")
    expect(world.target.replicas).toBe(0)
    expect(world.told).toEqual(["Halt web.shop advancement waiting for approval gate"])
    expect(world.alerts).toEqual(["Canary is waiting for approval."])
  })
  it("is asked again every interval, and says nothing while it stays closed", () => {
    const world = release(worldOf(gated, { hooks: { "confirm-rollout": closed } }))
    for (let count = 0; count < 4; count++) tick(world)
    expect(world.asked).toEqual(Array(4).fill("confirm-rollout"))
    expect(world.told).toHaveLength(1)
  })
  it("is not asked more often because something else changes", () => {
    const world = release(worldOf(gated, { hooks: { "confirm-rollout": closed } }))
    tick(world)
    for (let count = 0; count < 4; count++) wake(world)
    expect(world.asked).toHaveLength(1)
  })
  it("lets the run begin when it opens", () => {
    const world = release(worldOf(gated, { hooks: { "confirm-rollout": closed } }))
    tick(world)
    world.hooks["confirm-rollout"] = open
    expect(until(world, ["Succeeded"]).primary.revision).toBe("r2")
  })
  it("does not alert when it is muted", () => {
    const muted = { passed: [], failed: { name: "gate", why: "no", muted: true } }
    const world = release(worldOf(gated, { hooks: { "confirm-rollout": muted } }))
    tick(world)
    expect(world.alerts).toEqual([])
  })
  it("drops the run when the target goes back while it waits [fix 33]", () => {
    const world = release(worldOf(gated, { hooks: { "confirm-rollout": closed } }))
    tick(world)
    world.target.revision = "r1"
    wake(world)
    expect(world.canary.status).toMatchObject({ phase: "Succeeded", lastAppliedSpec: "r1" })
    world.hooks["confirm-rollout"] = open
    expect(tick(world).kind).toBe("wait")
  })
  it("asks rollback hooks while waiting when they ask for it [fix 33]", () => {
    const webhooks = [hook("confirm-rollout"), hook("rollback", { whileWaiting: true })]
    const world = release(
      worldOf(analysis({ webhooks }), { hooks: { "confirm-rollout": closed, rollback: { passed: ["back"] } } }),
    )
    tick(world)
    tick(world)
    expect(world.canary.status).toMatchObject({ phase: "Failed", lastAppliedSpec: "r2" })
    expect(world.target.replicas).toBe(0)
  })
  it("leaves other rollback hooks alone while waiting, as the original does", () => {
    const webhooks = [hook("confirm-rollout"), hook("rollback")]
    const world = release(worldOf(analysis({ webhooks }), { hooks: { "confirm-rollout": closed } }))
    tick(world)
    tick(world)
    expect(world.asked).not.toContain("rollback")
  })
})

describe("the first traffic", () => {
  it("comes as soon as the canary is ready, not an interval later", () => {
    const world = release(worldOf({}, { target: { ...worldOf().target, readiness: busy() } }))
    tick(world)
    expect(world.routes.canary).toBe(0)
    world.target.readiness = ready
    wake(world)
    expect(world.routes.canary).toBe(20)
  })
  it("is preceded by the pre-rollout hooks and by no metric", () => {
    const world = release(worldOf(analysis({ webhooks: [hook("pre-rollout"), hook("rollout")] })))
    tick(world)
    expect(world.asked).toEqual(["pre-rollout"])
    expect(world.told).toEqual([
      "New revision detected! Scaling up web.shop",
      "Starting canary analysis for web.shop",
      "Advance web.shop canary weight 20",
    ])
  })
  it("does not come while a pre-rollout hook fails; failures count and end the run", () => {
    const world = release(worldOf(analysis({ webhooks: [hook("pre-rollout")] }), { hooks: { "pre-rollout": closed } }))
    until(world, ["Failed"])
    expect(world.splits).toEqual(["100/0"])
    expect(world.told).toContain("Halt web.shop advancement pre-rollout check gate failed no")
  })
  it("retries a failed pre-rollout hook only when the interval is over", () => {
    const world = release(worldOf(analysis({ webhooks: [hook("pre-rollout")] }), { hooks: { "pre-rollout": closed } }))
    tick(world)
    for (let count = 0; count < 3; count++) wake(world)
    expect(world.asked).toEqual(["pre-rollout"])
  })
  it("does not repeat pre-rollout hooks that passed while the traffic gate is closed", () => {
    const webhooks = [hook("pre-rollout"), hook("confirm-traffic-increase")]
    const world = release(worldOf(analysis({ webhooks }), { hooks: { "confirm-traffic-increase": closed } }))
    for (let count = 0; count < 3; count++) tick(world)
    expect(world.asked.filter((type) => type === "pre-rollout")).toHaveLength(1)
    expect(world.asked.filter((type) => type === "confirm-traffic-increase")).toHaveLength(3)
    expect(world.routes.canary).toBe(0)
  })
})

describe("a check", () => {
  it("asks the rollout hooks first and the metrics only when they pass", () => {
    const world = midRun(analysis({ webhooks: [hook("rollout")] }))
    world.hooks.rollout = closed
    world.asked = []
    tick(world)
    expect(world.asked).toEqual(["rollout"])
    expect(world.canary.status?.failedChecks).toBe(1)
    expect(world.told.at(-1)).toBe("Halt web.shop advancement external check gate failed no")
  })
  it("is not made before the interval is over, whatever changes meanwhile", () => {
    const world = midRun()
    for (let count = 0; count < 3; count++) wake(world)
    expect(world.asked).not.toContain("checks")
    expect(world.routes.canary).toBe(20)
  })
  it("halts without moving back, and counts", () => {
    const world = midRun()
    world.checks = failing("Halt web.shop advancement errors 7.00 > 3")
    tick(world)
    expect(world.routes.canary).toBe(20)
    expect(world.canary.status).toMatchObject({ failedChecks: 1, canaryWeight: 20 })
    expect(world.told.at(-1)).toBe("Halt web.shop advancement errors 7.00 > 3")
  })
  it("never takes back a failure that was counted", () => {
    const world = midRun()
    world.checks = failing()
    tick(world)
    world.checks = passing
    tick(world)
    expect(world.canary.status).toMatchObject({ failedChecks: 1, canaryWeight: 40 })
  })
  it("is not needed when there are no metrics", () => {
    const world = midRun(analysis({ metrics: [] }))
    expect(until(world, ["Succeeded"]).asked).not.toContain("checks")
  })
})

describe("rollback on demand", () => {
  it("goes back at once when a rollback hook says so", () => {
    const world = midRun(analysis({ webhooks: [hook("rollback")] }))
    world.hooks.rollback = { passed: ["back"] }
    tick(world)
    expect(phaseOf(world)).toBe("Failed")
    expect(world.told.slice(-3)).toEqual([
      "Rollback check back passed",
      "Rolling back web.shop manual webhook invoked",
      "Canary failed! Scaling down web.shop",
    ])
    expect(world.alerts.at(-1)).toBe("Rolling back manual webhook invoked")
  })
  it("is asked before anything else of a check", () => {
    const world = midRun(analysis({ webhooks: [hook("rollback"), hook("rollout")] }))
    world.asked = []
    tick(world)
    expect(world.asked).toEqual(["rollback", "rollout", "checks"])
  })
})

describe("a canary without pods in mid-run", () => {
  it("gets no more traffic: a rollback that was cut off after stopping it is finished", () => {
    const world = midRun()
    world.routes = { primary: 100, canary: 0, mirrored: false }
    world.target.replicas = 0
    tick(world)
    expect(phaseOf(world)).toBe("Failed")
    expect(world.told).toContain("canary deployment web.shop is scaled to zero")
    expect(world.primary.revision).toBe("r1")
  })
  it("is taken back when somebody scales it down by hand, also while the primary is updated", () => {
    const world = until(midRun(), ["Promoting"])
    world.target.replicas = 0
    wake(world)
    expect(world.routes.canary).toBe(0)
    expect(phaseOf(world)).toBe("Failed")
  })
  it("is as it should be when the end of a good run was cut off after stopping it", () => {
    const world = until(midRun(), ["Finalising"])
    world.target.replicas = 0
    tick(world)
    expect(phaseOf(world)).toBe("Succeeded")
  })
})

describe("a newer revision in mid-run", () => {
  it("takes all traffic from the canary and begins from zero, at once", () => {
    const world = midRun()
    world.checks = failing()
    tick(world)
    world.target.revision = "r3"
    world.target.readiness = busy()
    wake(world)
    expect(world.routes).toEqual({ primary: 100, canary: 0, mirrored: false })
    expect(world.canary.status).toMatchObject({
      phase: "Progressing",
      lastAppliedSpec: "r3",
      failedChecks: 0,
      canaryWeight: 0,
    })
    expect(world.told.at(-1)).toBe("New revision detected! Restarting analysis for web.shop")
    expect(world.target.replicas).toBe(1)
  })
  it("restarts while promotion waits for approval too", () => {
    const world = midRun(analysis({ webhooks: [hook("confirm-promotion")] }))
    world.hooks["confirm-promotion"] = closed
    until(world, ["WaitingPromotion"])
    world.target.revision = "r3"
    wake(world)
    expect(world.canary.status).toMatchObject({ phase: "Progressing", lastAppliedSpec: "r3" })
  })
  it("ends the run quietly when the target goes back to the promoted revision [fix 8]", () => {
    const world = midRun()
    world.target.revision = "r1"
    wake(world)
    expect(world.routes.canary).toBe(0)
    expect(world.target.replicas).toBe(0)
    expect(world.canary.status).toMatchObject({ phase: "Succeeded", lastAppliedSpec: "r1", lastPromotedSpec: "r1" })
    expect(world.alerts).not.toContain("Failed checks threshold reached 2")
    expect(tick(world).kind).toBe("wait")
  })
})

describe("a canary that is not ready", () => {
  it("is waited for, without counting failures", () => {
    const world = midRun()
    world.target.readiness = busy("0 of 2 available")
    tick(world)
    expect(world.canary.status).toMatchObject({ failedChecks: 0, canaryWeight: 20 })
    expect(world.told.at(-1)).toBe("0 of 2 available")
  })
  it("is taken back when it cannot become ready, with the documented alert [fix 12]", () => {
    const world = midRun()
    world.target.readiness = broken("deadline exceeded")
    wake(world)
    expect(phaseOf(world)).toBe("Failed")
    expect(world.told.slice(-2)).toEqual(["deadline exceeded", "Canary failed! Scaling down web.shop"])
    expect(world.alerts.at(-1)).toBe("Progress deadline exceeded deadline exceeded")
  })
})

describe("a weight that was moved but not recorded", () => {
  const unrecorded = (): World => {
    const world = midRun()
    world.routes = { primary: 60, canary: 40, mirrored: false }
    return world
  }
  it("is recorded and told first, and judged an interval later, not at once on older numbers", () => {
    const world = unrecorded()
    world.asked = []
    tick(world)
    expect(world.canary.status).toMatchObject({ phase: "Progressing", canaryWeight: 40 })
    expect(world.told.at(-1)).toBe("Advance web.shop canary weight 40")
    wake(world)
    expect(world.asked).toEqual([])
    tick(world)
    expect(world.asked).toEqual(["checks"])
  })
  it("is gone on from when somebody moved it by hand", () => {
    const world = midRun()
    world.routes = { primary: 95, canary: 5, mirrored: false }
    wake(world)
    tick(world)
    expect(world.routes.canary).toBe(25)
  })
  it("is not moved on at once on the way home either", () => {
    const world = until(midRun(analysis({ stepWeightPromotion: 10 })), ["Promoting"])
    world.routes = { primary: 90, canary: 10, mirrored: false }
    wake(world)
    expect(world.canary.status?.canaryWeight).toBe(10)
    wake(world)
    expect(world.routes.canary).toBe(10)
  })
})

describe("the traffic gate", () => {
  it("holds the weight, says so every interval and counts no failure", () => {
    const world = midRun(analysis({ webhooks: [hook("confirm-traffic-increase")] }))
    world.hooks["confirm-traffic-increase"] = closed
    tick(world)
    tick(world)
    expect(world.canary.status).toMatchObject({ phase: "Progressing", canaryWeight: 20, failedChecks: 0 })
    expect(world.told.slice(-2)).toEqual(
      Array(2).fill("Halt web.shop advancement waiting for traffic increase approval gate"),
    )
  })
  it("is also asked before the promotion", () => {
    const world = midRun(analysis({ webhooks: [hook("confirm-traffic-increase"), hook("confirm-promotion")] }))
    tick(world)
    world.asked = []
    tick(world)
    expect(world.asked).toEqual(["checks", "confirm-traffic-increase", "confirm-promotion"])
  })
})

describe("the promotion gate", () => {
  const gated = analysis({ webhooks: [hook("confirm-promotion")] })
  it("keeps the traffic split while it is closed, and says so once", () => {
    const world = midRun(gated)
    world.hooks["confirm-promotion"] = closed
    until(world, ["WaitingPromotion"])
    tick(world)
    tick(world)
    expect(world.routes.canary).toBe(40)
    expect(world.canary.status).toMatchObject({ canaryWeight: 0, iterations: -1 })
    expect(world.told.filter((text) => text.includes("waiting for promotion"))).toHaveLength(1)
    expect(world.alerts.filter((text) => text.includes("promotion is waiting"))).toHaveLength(1)
  })
  it("goes on judging while it is closed, and rolls back", () => {
    const world = midRun(gated)
    world.hooks["confirm-promotion"] = closed
    until(world, ["WaitingPromotion"])
    world.checks = failing()
    expect(until(world, ["Failed"]).routes.canary).toBe(0)
  })
  it("promotes when it opens", () => {
    const world = midRun(gated)
    world.hooks["confirm-promotion"] = closed
    until(world, ["WaitingPromotion"])
    world.hooks["confirm-promotion"] = open
    expect(until(world, ["Succeeded"]).primary.revision).toBe("r2")
  })
  it("is asked at every interval of a waiting blue/green release, with counters that stand still [fix 32]", () => {
    const world = release(worldOf(weights({ iterations: 2, webhooks: [hook("confirm-promotion")] })))
    world.hooks["confirm-promotion"] = closed
    until(world, ["WaitingPromotion"])
    world.asked = []
    const counters = [1, 2, 3].map(() => {
      tick(world)
      return world.canary.status?.iterations
    })
    expect(counters).toEqual([1, 1, 1])
    expect(world.asked.filter((type) => type === "confirm-promotion")).toHaveLength(3)
  })
  it("is asked twice by blue/green: before the switch and before the copy", () => {
    const world = release(worldOf(weights({ iterations: 1, webhooks: [hook("confirm-promotion")] })))
    until(world, ["Promoting"])
    expect(world.asked.filter((type) => type === "confirm-promotion")).toHaveLength(2)
  })
  it.each([[[]], [[{ headers: { a: { exact: "b" } } }]]])(
    "lets a waiting blue/green or A/B release finish when it opens (%j)",
    (match) => {
      const world = release(worldOf(weights({ iterations: 1, match, webhooks: [hook("confirm-promotion")] })))
      world.hooks["confirm-promotion"] = closed
      until(world, ["WaitingPromotion"])
      tick(world)
      world.hooks["confirm-promotion"] = open
      expect(until(world, ["Succeeded"]).primary.revision).toBe("r2")
    },
  )
})

describe("steps of weight", () => {
  it("says once that a step of zero can never move, and holds [fix 10]", () => {
    const world = release(worldOf(weights({ stepWeight: 0 })))
    tick(world)
    tick(world)
    expect(world.told).toContain("web.shop cannot advance: analysis.stepWeight must be greater than 0")
    expect(world.routes.canary).toBe(0)
  })
  it("goes on with the next larger weight when the list is edited in mid-run [fix 10]", () => {
    const world = release(worldOf(weights({ stepWeights: [10, 30, 60] })))
    tick(world)
    world.canary = {
      ...world.canary,
      spec: { ...world.canary.spec, ...(weights({ stepWeights: [5, 25, 50] }) as object) },
    }
    tick(world)
    expect(world.routes.canary).toBe(25)
  })
  it.each(["no", "blueGreen"] as const)("skips the mirror step where the router has none (%s) [fix 7]", (mirror) => {
    const world = release(worldOf(weights({ stepWeight: 50, mirror: true }), { mirror }))
    tick(world)
    expect(world.routes.canary).toBe(50)
  })
})

describe("without a router", () => {
  it("does ten checks instead of weights, and says so once", () => {
    const world = release(worldOf(weights({ stepWeight: 10 }), { plain: true }))
    until(world, ["Succeeded"])
    expect(world.told.filter((text) => text.startsWith("Advance"))).toHaveLength(10)
    expect(world.told).toContain("Setting canaryAnalysis.iterations: 10")
    expect(world.told).toContain("Progressive traffic is not supported when using the kubernetes provider")
  })
  it("drops an A/B match, and says so", () => {
    const world = release(
      worldOf(weights({ iterations: 1, match: [{ headers: { a: { exact: "b" } } }] }), { plain: true }),
    )
    until(world, ["Succeeded"])
    expect(world.told).toContain("A/B testing is not supported when using the kubernetes provider")
  })
})

describe("promotion", () => {
  const promoting = (spec: object = {}): World => until(midRun(spec), ["Promoting"])
  it("goes on as soon as the primary's new pods are ready", () => {
    const world = promoting()
    world.primary.readiness = busy("rolling")
    tick(world)
    expect(world.told.at(-1)).toBe("rolling")
    world.primary.readiness = ready
    wake(world)
    expect(phaseOf(world)).toBe("Finalising")
  })
  it("gives connections an interval to drain before the canary's pods go", () => {
    const world = until(promoting(), ["Finalising"])
    wake(world)
    expect(world.target.replicas).toBe(1)
    tick(world)
    expect(world.target.replicas).toBe(0)
  })
  it("leaves the canary serving everything when the primary does not come up", () => {
    const world = promoting()
    world.primary.readiness = broken("stuck")
    wake(world)
    expect(world.routes).toEqual({ primary: 0, canary: 100, mirrored: false })
    expect(world.canary.status).toMatchObject({ phase: "Failed", canaryWeight: 100 })
    expect(world.target.replicas).toBe(1)
    expect(world.told.at(-1)).toBe("Promotion of web.shop failed, primary not ready: stuck")
    expect(world.alerts.at(-1)).toBe("Promotion failed, primary not ready: stuck")
    expect(world.asked.at(-1)).toBe("post-rollout Failed")
  })
  it("rolls back when the canary breaks while the primary is updated", () => {
    const world = promoting()
    world.target.readiness = broken("crash loop")
    wake(world)
    expect(phaseOf(world)).toBe("Failed")
    expect(world.routes.canary).toBe(0)
  })
  it("ends when all traffic is home already, instead of waiting for ever [fix 10]", () => {
    const world = promoting(analysis({ stepWeightPromotion: 50 }))
    world.routes = { primary: 100, canary: 0, mirrored: false }
    expect(phaseOf(until(world, ["Succeeded"]))).toBe("Succeeded")
  })
  it("calls the post-rollout hooks and tells people, in that order, once the status says so", () => {
    const world = until(promoting(), ["Succeeded"])
    expect(world.asked.at(-1)).toBe("post-rollout Succeeded")
    expect(world.told.at(-1)).toBe("Promotion completed! Scaling down web.shop")
    expect(world.alerts.at(-1)).toBe("Canary analysis completed successfully, promotion finished.")
    expect(world.ended).toEqual(["succeeded completed"])
  })
  it("happens in mid-run when skipAnalysis is set", () => {
    const world = midRun()
    world.canary = { ...world.canary, spec: { ...world.canary.spec, skipAnalysis: true } }
    wake(world)
    expect(phaseOf(world)).toBe("Succeeded")
    expect(world.told.at(-1)).toBe("Promotion completed! Canary analysis was skipped for web.shop")
    expect(world.ended).toEqual(["succeeded skipped"])
  })
})

describe("after a failed promotion", () => {
  const stranded = (): World => {
    const world = withStatus(release(worldOf({}, { routes: { primary: 0, canary: 100, mirrored: false } })), {
      phase: "Failed",
      lastAppliedSpec: "r2",
      canaryWeight: 100,
    })
    world.target.replicas = 2
    world.primary.readiness = broken("stuck")
    return world
  }
  it("nothing routes to the broken primary when a new revision comes [fix 3]", () => {
    const world = stranded()
    world.target.revision = "r3"
    for (let count = 0; count < 3; count++) tick(world)
    expect(world.splits).toEqual([])
    expect(world.target.replicas).toBe(2)
    expect(world.told).toContain("stuck")
  })
  it("a new revision starts at zero once the primary has recovered, not live at 100 % [fix 4]", () => {
    const world = stranded()
    world.target.revision = "r3"
    world.target.readiness = busy()
    world.primary.readiness = ready
    tick(world)
    expect(world.routes.primary).toBe(100)
    world.target.readiness = ready
    wake(world)
    expect(world.told).toContain("Starting canary analysis for web.shop")
    expect(world.routes.canary).toBe(20)
  })
})

describe("after a failed promotion, with a gate before the next run", () => {
  const gated = analysis({ webhooks: [hook("confirm-rollout")] })
  const waiting = (): World => {
    const world = withStatus(release(worldOf(gated, { routes: { primary: 0, canary: 100, mirrored: false } }), "r3"), {
      phase: "Failed",
      lastAppliedSpec: "r2",
      canaryWeight: 100,
    })
    world.target.replicas = 2
    world.hooks["confirm-rollout"] = closed
    tick(world)
    expect(phaseOf(world)).toBe("Waiting")
    return world
  }
  it("the revision that was waited for starts at zero, not live at 100 % [fix 4]", () => {
    const world = waiting()
    world.target.readiness = busy()
    world.hooks["confirm-rollout"] = open
    tick(world)
    expect(world.routes.primary).toBe(100)
  })
  it("taking that revision back leaves the failure a failure, and the traffic where it is", () => {
    const world = waiting()
    world.target.revision = "r2"
    wake(world)
    expect(world.canary.status).toMatchObject({ phase: "Failed", canaryWeight: 100 })
    expect(world.routes.canary).toBe(100)
  })
  it("skipping the analysis does not send everybody to the broken primary while the canary rolls", () => {
    const world = waiting()
    world.canary = { ...world.canary, spec: { ...world.canary.spec, skipAnalysis: true } }
    world.primary.readiness = broken()
    world.target.readiness = busy()
    world.hooks["confirm-rollout"] = open
    tick(world)
    expect(world.routes.canary).toBe(100)
  })
  it("a release without a router is not held back: no traffic depends on the canary there", () => {
    const world = withStatus(release(worldOf({}, { plain: true }), "r3"), {
      phase: "Failed",
      lastAppliedSpec: "r2",
      canaryWeight: 100,
    })
    world.primary.readiness = broken()
    tick(world)
    expect(phaseOf(world)).toBe("Progressing")
  })
})

describe("a part that does not stay as it was written", () => {
  it("is written once per look and keeps nothing else from going on", () => {
    const seen = snapshotOf(release(worldOf()))
    const differing = { ...seen, scenery: { ...seen.scenery, routes: "differs" as const } }
    expect(nextStep(differing)).toMatchObject({ actions: [{ do: "make", part: "routes" }] })
    expect(nextStep({ ...differing, made: ["routes"] })).toMatchObject({ status: { phase: "Progressing" } })
  })
})

describe("a broken primary", () => {
  it("does not block the very revision that mends it [fix 6]", () => {
    const world = release(worldOf({}, { primary: { exists: true, revision: "r1", readiness: broken("stuck") } }))
    tick(world)
    expect(phaseOf(world)).toBe("Progressing")
    while (phaseOf(world) === "Progressing") tick(world)
    expect(world.primary.revision).toBe("r2")
    world.primary.readiness = ready
    expect(phaseOf(until(world, ["Succeeded"]))).toBe("Succeeded")
  })
})

describe("in Failed", () => {
  it("writes nothing while nothing changes [fix 22]", () => {
    const world = withStatus(release(worldOf()), { phase: "Failed", lastAppliedSpec: "r2" })
    for (let count = 0; count < 3; count++) expect(tick(world).kind).toBe("wait")
  })
  it("does not lose a new revision when the primary is busy at that moment [fix 5]", () => {
    const world = withStatus(release(worldOf(), "r3"), { phase: "Failed", lastAppliedSpec: "r2" })
    world.primary.readiness = busy()
    tick(world)
    expect(world.canary.status?.lastAppliedSpec).toBe("r2")
    world.primary.readiness = ready
    expect(until(world, ["Succeeded"]).primary.revision).toBe("r3")
  })
})

describe("deletion", () => {
  const leaving = (spec: object = { revertOnDeletion: true }): World => {
    const world = worldOf(spec)
    const metadata = { ...world.canary.metadata, finalizers: ["finalizer.flagger.app"], deletionTimestamp: "now" }
    return { ...world, canary: { ...world.canary, metadata } }
  }
  it("adds the finalizer when everything is to be put back, and only then", () => {
    const world = worldOf({ revertOnDeletion: true })
    wake(world)
    expect(world.canary.metadata.finalizers).toEqual(["finalizer.flagger.app"])
    expect(wake(worldOf()).kind).toBe("wait")
  })
  it("removes the finalizer when that wish is taken back", () => {
    const world = leaving({})
    delete world.canary.metadata.deletionTimestamp
    wake(world)
    expect(world.canary.metadata.finalizers).toEqual([])
  })
  it("starts the target, waits for it, then gives it the traffic and lets go", () => {
    const world = leaving()
    world.target.readiness = busy()
    tick(world)
    tick(world)
    expect(world).toMatchObject({ paused: false, target: { replicas: 1 } })
    expect(world.canary.metadata.finalizers).toEqual(["finalizer.flagger.app"])
    expect(world.told).toContain("canary not ready during finalizing: retriable error")
    world.target.readiness = ready
    wake(world)
    expect(world.canary.metadata.finalizers).toEqual([])
    expect(world.told.at(0)).toBe("Terminating canary web.shop")
    expect(world.told.at(-1)).toBe("Terminated canary web.shop")
  })
  it("gives the target the primary's size before the primary goes, also in mid-run", () => {
    const world = leaving()
    world.target.replicas = 1
    wake(world)
    expect(world.paused).toBe(false)
    expect(world.scaled).toContain("restoreTarget")
  })
  it("does not let go while it cannot put things back", () => {
    const world = leaving()
    world.refusal = { reason: "InvalidSpec", text: "invalid canary spec: unknown provider" }
    tick(world)
    expect(world.canary.metadata.finalizers).toEqual(["finalizer.flagger.app"])
    expect(world.told).toContain("invalid canary spec: unknown provider")
  })
  it("lets go when the workload is gone too", () => {
    const world = leaving()
    world.refusal = { reason: "TargetNotFound", text: "deployment web.shop not found" }
    wake(world)
    expect(world.canary.metadata.finalizers).toEqual([])
  })
  it("starts no run and repairs nothing while it is being deleted [fix 2]", () => {
    const world = release(worldOf())
    world.canary = { ...world.canary, metadata: { ...world.canary.metadata, deletionTimestamp: "now" } }
    world.made.apex = false
    expect(tick(world).kind).toBe("wait")
    expect(world.made.apex).toBe(false)
  })
})

describe("the status", () => {
  it.each([
    ["Initialized", "True", "Deployment initialization completed."],
    ["Progressing", "Unknown", "New revision detected, progressing canary analysis."],
    ["Promoting", "Unknown", "Canary analysis completed, starting primary rolling update."],
    ["Finalising", "Unknown", "Canary analysis completed, routing all traffic to primary."],
    ["Succeeded", "True", "Canary analysis completed successfully, promotion finished."],
  ])("says in its condition what %s means", (phase, status, message) => {
    const world = newWorld({}, { primary: { exists: false, revision: "", readiness: ready } })
    if (phase !== "Initialized") {
      wake(world)
      release(world)
      world.target.revision = "r2"
      world.target.readiness = phase === "Progressing" ? busy() : ready
    }
    until(world, [phase])
    expect(world.canary.status?.conditions).toMatchObject([{ type: "Promoted", status, reason: phase, message }])
  })
  it("keeps the time of the last change of the condition's value while only its reason changes", () => {
    const world = midRun()
    const before = world.canary.status?.conditions?.[0]?.lastTransitionTime
    until(world, ["Promoting"])
    expect(world.canary.status?.conditions?.[0]?.lastTransitionTime).toBe(before)
    until(world, ["Succeeded"])
    expect(world.canary.status?.conditions?.[0]?.lastTransitionTime).not.toBe(before)
  })
  it("carries the session cookie before and after, so that a restart uses the same one", () => {
    const world = midRun(analysis({ sessionAffinity: { cookieName: "sticky" } }))
    const cookie = world.canary.status?.sessionAffinityCookie
    expect(cookie).toMatch(/^sticky=[A-Za-z]{10}$/)
    until(world, ["Succeeded"])
    expect(world.canary.status?.sessionAffinityCookie).toBeUndefined()
    expect(world.canary.status?.previousSessionAffinityCookie).toBe(cookie)
  })
})
