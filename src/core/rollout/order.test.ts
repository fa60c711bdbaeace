import { describe, expect, it } from "vitest"
import type { HookType, Phase } from "#api/canary.ts"
import { cookiesFor } from "./cookies.ts"
import { nextStep } from "./next-step.ts"
import type { AlertText, Say } from "./say.ts"
import type { Answers } from "./snapshot.ts"
import type { Change, Step } from "./step.ts"
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

const hooks = (...types: HookType[]) => types.map((type) => ({ name: type, type, url: "http://hook" }))
const analysis = (change: object) => ({
  analysis: { interval: "10s", threshold: 2, stepWeight: 20, maxWeight: 40, metrics: [{ name: "errors" }], ...change },
})
const plainAnalysis = (change: object) => ({ analysis: { interval: "10s", threshold: 2, ...change } }) as never
const yes = { passed: ["gate"] }
const no = { passed: [], failed: { name: "gate", why: "no" } }

/** A canary at 20 % whose interval is over. */
function judged(spec: object = {}, change: (world: World) => void = () => {}): World {
  const world = release(worldOf(spec))
  tick(world)
  world.nowMs = world.nextDueMs
  change(world)
  return world
}
/** The same, with the wish to skip the rest of the analysis. */
const skipping = (): World =>
  judged({}, (world) => {
    world.canary = { ...world.canary, spec: { ...world.canary.spec, skipAnalysis: true } }
  })
const stepOf = (world: World, answers: Partial<Answers> = {}): Step =>
  nextStep(snapshotOf(world, { hooks: {}, ...answers }))
/** The step that changes something, with all questions answered well. */
function changeOf(world: World, hookAnswers: Answers["hooks"] = {}): Change {
  let answers: Answers = { hooks: {} }
  for (;;) {
    const step = stepOf(world, answers)
    if (step.kind === "change") return step
    if (step.kind === "wait") throw new Error(`waits: ${step.why}`)
    const { question } = step
    if (question.ask === "checks") answers = { ...answers, checks: world.checks }
    else if (question.ask === "online") answers = { ...answers, online: {} }
    else answers = { ...answers, hooks: { ...answers.hooks, [question.type]: hookAnswers[question.type] ?? yes } }
  }
}
const done = (step: Change): string[] =>
  step.actions.map((action) => {
    if (action.do === "route")
      return `route ${action.to.primary}/${action.to.canary}${action.to.mirrored ? " mirrored" : ""}`
    return action.do === "make" ? `make ${action.part}` : action.do
  })
const texts = (say: Say[] = []) => say.flatMap((one) => ("event" in one ? [one.event] : []))
const alerts = (step: Change): AlertText[] =>
  [...(step.before ?? []), ...(step.say ?? []), ...(step.afterwards?.say ?? [])].flatMap((one) =>
    "alert" in one ? [one.alert] : [],
  )
const inPhase = (world: World, phase: Phase): World => withStatus(world, { phase })

describe("before a new canary is initialised", () => {
  const fresh = (spec: object = {}, change: Partial<World> = {}): World => {
    const world = newWorld(spec, { made: { services: true, scaler: false, apex: false, routes: false }, ...change })
    return withStatus(world, { phase: "Initializing" })
  }
  it("its metrics backends are probed, after the Services and before the primary", () => {
    expect(stepOf(newWorld())).toMatchObject({ status: { phase: "Initializing" } })
    expect(stepOf(inPhase(newWorld(), "Initializing"))).toMatchObject({ actions: [{ do: "make", part: "services" }] })
    expect(stepOf(fresh())).toMatchObject({ kind: "ask", question: { ask: "online" } })
    expect(stepOf(fresh(), { online: {} })).toMatchObject({ actions: [{ do: "make", part: "primary" }] })
  })
  it("an answer that is bad holds up nothing", () => {
    expect(stepOf(fresh(), { online: { offline: "no route" } })).toMatchObject({
      actions: [{ do: "make", part: "primary" }],
    })
  })
  it("they are probed again every interval, not at every look", () => {
    const waiting = fresh({}, { primary: { exists: true, revision: "r1", readiness: busy() } })
    expect(stepOf(waiting).kind).toBe("ask")
    waiting.nextDueMs = waiting.nowMs + 1
    expect(stepOf(waiting).kind).toBe("wait")
  })
  it("they are not probed where analysis is skipped", () => {
    expect(stepOf(fresh({ skipAnalysis: true })).kind).toBe("change")
  })
  it("a primary that is not ready leaves everything else as it is", () => {
    const world = fresh({}, { primary: { exists: true, revision: "r1", readiness: busy("primary busy") } })
    expect(stepOf(world, { online: {} })).toEqual({
      kind: "wait",
      why: "primary busy",
      say: [{ event: "primary busy", type: "Warning" }],
    })
  })
  it("autoscaler, apex Service, target and routes follow in this order, then the status", () => {
    const world = fresh({}, { primary: { exists: true, revision: "r1", readiness: ready } })
    const step = changeOf(world)
    expect(done(step)).toEqual(["make scaler", "pauseScaler", "make apex", "stopTarget", "make routes"])
    expect(step.status).toMatchObject({ phase: "Initialized", lastAppliedSpec: "r1", lastPromotedSpec: "r1" })
    expect(texts(step.say)).toEqual(["Initialization done! web.shop"])
  })
})

describe("at the end of an interval", () => {
  it("a newer revision counts before the readiness of its pods, which belong to it", () => {
    const world = judged({}, (one) => {
      one.target = { ...one.target, revision: "r3", readiness: broken() }
    })
    expect(texts(changeOf(world).before)).toEqual(["New revision detected! Restarting analysis for web.shop"])
  })
  it("a busy primary is waited for before anything is asked", () => {
    const world = judged(analysis({ webhooks: hooks("rollback") }), (one) => {
      one.primary.readiness = busy("primary busy")
    })
    expect(stepOf(world)).toMatchObject({ kind: "wait", why: "primary busy" })
  })
  it("a busy canary is waited for before a rollback hook is asked", () => {
    const world = judged(analysis({ webhooks: hooks("rollback") }), (one) => {
      one.target.readiness = busy("canary busy")
    })
    expect(stepOf(world)).toMatchObject({ kind: "wait", why: "canary busy" })
  })
  it("rollback hooks are asked before failed checks are counted up, and are told as the reason too", () => {
    const world = judged(analysis({ webhooks: hooks("rollback") }))
    const failed = withStatus(world, { failedChecks: 2 })
    expect(stepOf(failed)).toMatchObject({ question: { type: "rollback" } })
    expect(texts(changeOf(failed).before)).toEqual([
      "Rolling back web.shop manual webhook invoked",
      "Rolling back web.shop failed checks threshold reached 2",
    ])
  })
  it("too many failed checks end the run before anything else is asked", () => {
    const world = withStatus(judged(analysis({ webhooks: hooks("rollout") })), { failedChecks: 2 })
    expect(texts((stepOf(world) as Change).before)).toEqual(["Rolling back web.shop failed checks threshold reached 2"])
  })
  it("the traffic gate is asked after the checks and the promotion gate last", () => {
    const world = judged(
      analysis({ maxWeight: 20, webhooks: hooks("confirm-promotion", "confirm-traffic-increase", "rollout") }),
    )
    world.asked = []
    tick(world)
    expect(world.asked).toEqual(["rollout", "checks", "confirm-traffic-increase", "confirm-promotion"])
  })
})

describe("the traffic gate", () => {
  it("is not asked while the canary only gets copies", () => {
    const world = release(worldOf(analysis({ mirror: true, webhooks: hooks("confirm-traffic-increase") })))
    tick(world)
    expect(world.routes.mirrored).toBe(true)
    world.asked = []
    tick(world)
    expect(world.asked).toEqual(["checks"])
  })
  it("is not asked while promotion waits for its own gate", () => {
    const world = release(worldOf(analysis({ webhooks: hooks("confirm-traffic-increase", "confirm-promotion") })))
    world.hooks["confirm-promotion"] = no
    until(world, ["WaitingPromotion"])
    world.asked = []
    tick(world)
    expect(world.asked).toEqual(["checks", "confirm-promotion"])
  })
})

describe("the phase in which a hook is asked about", () => {
  const asked = (world: World): unknown => {
    const step = stepOf(world, { checks: passing })
    return step.kind === "ask" && step.question.ask === "hooks" ? [step.question.type, step.question.phase] : step
  }
  const settledIn = (phase: Phase) =>
    release(withStatus(worldOf(analysis({ webhooks: hooks("confirm-rollout") })), { phase }))
  it.each(["Initialized", "Succeeded", "Failed", "Waiting"] as const)(
    "is that of the status for confirm-rollout: %s",
    (phase) => expect(asked(settledIn(phase))).toEqual(["confirm-rollout", phase]),
  )
  it.each(["Progressing", "WaitingPromotion"] as const)("is that of the status for rollback: %s", (phase) => {
    const world = inPhase(judged(analysis({ webhooks: hooks("rollback") })), phase)
    expect(asked(world)).toEqual(["rollback", phase])
  })
  it.each(["rollout", "confirm-traffic-increase"] as const)("is Progressing for %s", (type) => {
    expect(asked(judged(analysis({ webhooks: hooks(type) })))).toEqual([type, "Progressing"])
  })
  it("is Progressing for confirm-promotion, also while promotion waits", () => {
    const world = judged(analysis({ maxWeight: 20, webhooks: hooks("confirm-promotion") }))
    expect(asked(world)).toEqual(["confirm-promotion", "Progressing"])
    expect(asked(inPhase(world, "WaitingPromotion"))).toEqual(["confirm-promotion", "Progressing"])
  })
  it("is the one reached for post-rollout", () => {
    expect(changeOf(withStatus(judged(), { failedChecks: 2 })).afterwards?.hooks).toBe("Failed")
    expect(changeOf(skipping()).afterwards?.hooks).toBe("Succeeded")
  })
})

describe("what is done, and in which order", () => {
  it("at the start of a run: the autoscaler, then the pods", () => {
    expect(done(changeOf(release(worldOf())))).toEqual(["resumeScaler", "startTarget"])
  })
  it("at a restart: only the traffic, the canary stays as it is", () => {
    expect(done(changeOf(judged({}, (world) => void (world.target.revision = "r3"))))).toEqual(["route 100/0"])
  })
  it("at a rollback: the traffic first, so that no request meets a pod that goes", () => {
    expect(done(changeOf(withStatus(judged(), { failedChecks: 2 })))).toEqual([
      "route 100/0",
      "pauseScaler",
      "stopTarget",
    ])
  })
  it("at a promotion: the copy alone, while traffic stays split", () => {
    const world = judged(analysis({ maxWeight: 20 }))
    expect(done(changeOf(world))).toEqual(["promote"])
    expect(texts(changeOf(world).before)).toEqual(["Copying web.shop template spec to web-primary.shop"])
  })
  it("once the primary is promoted: its autoscaler, then the traffic", () => {
    const world = until(judged(), ["Promoting"])
    const step = changeOf(world)
    expect(done(step)).toEqual(["updateScaler", "route 100/0"])
    expect(texts(step.before)).toEqual(["Routing all traffic to primary"])
  })
  it("once the primary is promoted, without a router: nothing is said about traffic", () => {
    const world = until(release(worldOf(plainAnalysis({ iterations: 1 }), { plain: true })), ["Promoting"])
    const step = changeOf(world)
    expect(done(step)).toEqual(["updateScaler"])
    expect(texts(step.before)).toEqual([])
  })
  it("on the way home in steps: each is told with the primary's weight", () => {
    const world = until(judged(analysis({ stepWeightPromotion: 30 })), ["Promoting"])
    world.nowMs = world.nextDueMs
    expect(done(changeOf(world))).toEqual(["updateScaler", "route 90/10"])
    expect(texts(changeOf(world).say)).toEqual(["Advance web.shop primary weight 90"])
  })
  it("at the end: the autoscaler, then the pods", () => {
    const world = until(judged(), ["Finalising"])
    world.nowMs = world.nextDueMs
    expect(done(changeOf(world))).toEqual(["pauseScaler", "stopTarget"])
  })
  it("without analysis: everything in one step, with the traffic on the primary first", () => {
    expect(done(changeOf(skipping()))).toEqual(["route 100/0", "promote", "updateScaler", "pauseScaler", "stopTarget"])
  })
  it("when a promotion fails: only the traffic, which the canary's pods go on serving", () => {
    const world = until(judged(), ["Promoting"])
    world.primary.readiness = broken("stuck")
    expect(done(changeOf(world))).toEqual(["route 0/100"])
  })
  it("when the primary breaks after the traffic came home, too: it goes back to the canary", () => {
    const world = until(judged(), ["Finalising"])
    world.primary.readiness = broken("stuck")
    const step = changeOf(world)
    expect(done(step)).toEqual(["route 0/100"])
    expect(step.status).toMatchObject({ phase: "Failed", canaryWeight: 100 })
  })
  it("when blue/green switches over: mirroring ends, in words", () => {
    const mirrored = plainAnalysis({ iterations: 1, mirror: true })
    const world = withStatus(release(worldOf(mirrored, { target: { ...worldOf().target, replicas: 1 } })), {
      phase: "Progressing",
      lastAppliedSpec: "r2",
      iterations: 1,
    })
    world.routes = { primary: 100, canary: 0, mirrored: true }
    expect(texts(changeOf(world).before)).toEqual(["Stop traffic mirroring and route all traffic to canary"])
    expect(done(changeOf(world))).toEqual(["route 0/100"])
  })
})

describe("skipAnalysis", () => {
  it("asks the gate before the run and the hooks after it, and nobody in between", () => {
    const all = hooks(
      "confirm-rollout",
      "pre-rollout",
      "rollout",
      "confirm-traffic-increase",
      "confirm-promotion",
      "rollback",
      "post-rollout",
    )
    const world = release(worldOf({ skipAnalysis: true, ...analysis({ webhooks: all }) }))
    until(world, ["Succeeded"])
    expect(world.asked).toEqual(["confirm-rollout", "post-rollout Succeeded"])
  })
  it("does not wait for the primary, whatever its state", () => {
    const world = release(
      worldOf({ skipAnalysis: true }, { primary: { exists: true, revision: "r1", readiness: broken() } }),
    )
    expect(until(world, ["Succeeded"]).primary.revision).toBe("r2")
  })
  it("waits for the canary, and gives up on one that will not come up", () => {
    const world = release(worldOf({ skipAnalysis: true }))
    world.target.readiness = busy("canary busy")
    tick(world)
    expect(world.primary.revision).toBe("r1")
    world.target.readiness = broken("canary broken")
    tick(world)
    expect(world.canary.status?.phase).toBe("Failed")
  })
})

describe("while a new revision waits for approval", () => {
  const gated = analysis({ webhooks: hooks("confirm-rollout") })
  it("another one simply takes its place", () => {
    const world = release(worldOf(gated, { hooks: { "confirm-rollout": no } }))
    tick(world)
    world.target.revision = "r3"
    tick(world)
    expect(world.canary.status).toMatchObject({ phase: "Waiting", lastAppliedSpec: "r1" })
    world.hooks["confirm-rollout"] = yes
    tick(world)
    expect(world.canary.status).toMatchObject({ phase: "Progressing", lastAppliedSpec: "r3" })
  })
})

describe("an alert", () => {
  const promoting = () => until(judged(), ["Promoting"])
  const finalising = () => {
    const world = until(judged(), ["Finalising"])
    world.nowMs = world.nextDueMs
    return world
  }
  const fresh = () =>
    inPhase(
      newWorld({}, { made: { services: true, scaler: true, apex: true, routes: true }, primary: worldOf().primary }),
      "Initializing",
    )
  const breaking = (world: World, part: "target" | "primary") => {
    world[part].readiness = broken("stuck")
    return world
  }
  it.each<[string, () => World, object]>([
    [
      "of a new canary",
      fresh,
      { text: "New Deployment detected, initialization completed.", severity: "info", metadata: true },
    ],
    [
      "of a new revision",
      () => release(worldOf()),
      { text: "New revision detected, progressing canary analysis.", severity: "info", metadata: true },
    ],
    [
      "of a rollback on demand",
      () => judged(analysis({ webhooks: hooks("rollback") })),
      { text: "Rolling back manual webhook invoked", severity: "warn" },
    ],
    [
      "of failed checks",
      () => withStatus(judged(), { failedChecks: 2 }),
      { text: "Failed checks threshold reached 2", severity: "error" },
    ],
    [
      "of an exceeded deadline [fix 12]",
      () => breaking(judged(), "target"),
      { text: "Progress deadline exceeded stuck", severity: "error" },
    ],
    [
      "of a failed promotion",
      () => breaking(promoting(), "primary"),
      { text: "Promotion failed, primary not ready: stuck", severity: "error" },
    ],
    [
      "of success",
      finalising,
      { text: "Canary analysis completed successfully, promotion finished.", severity: "info" },
    ],
    [
      "of success without analysis",
      () => skipping(),
      { text: "Canary analysis was skipped, promotion finished.", severity: "info" },
    ],
  ])("%s says so, as urgently as it is", (_, world, alert) => {
    const [found, ...others] = alerts(changeOf(world()))
    expect({ ...found, kind: undefined }).toEqual({ ...alert, kind: undefined })
    expect(others).toEqual([])
  })
})

describe("a step that moves traffic", () => {
  const sticky = { sessionAffinity: { cookieName: "sticky", primaryCookieName: "home" } }
  const afterFailedPromotion = () => {
    const world = withStatus(release(worldOf(analysis(sticky)), "r3"), {
      phase: "Failed",
      lastAppliedSpec: "r2",
      canaryWeight: 100,
      sessionAffinityCookie: "sticky=old",
    })
    return { ...world, routes: { primary: 0, canary: 100, mirrored: false } }
  }
  const iterating = (change: object, status: object = {}) =>
    withStatus(judged(plainAnalysis({ iterations: 2, ...sticky, ...change })), status)
  const match = [{ headers: { user: { exact: "insider" } } }]
  const promoting = (change: object = {}) => {
    const world = until(judged(analysis({ ...sticky, ...change })), ["Promoting"])
    world.nowMs = world.nextDueMs
    return world
  }
  const broke = (world: World) => {
    world.primary.readiness = broken()
    return world
  }
  it.each<[string, () => World]>([
    ["of weight", () => judged(analysis({ maxWeight: 100, ...sticky }))],
    ["home before a new run", afterFailedPromotion],
    ["at a restart", () => judged(analysis(sticky), (world) => void (world.target.revision = "r3"))],
    ["at a rollback", () => withStatus(judged(analysis(sticky)), { failedChecks: 2 })],
    ["when the target is taken back", () => judged(analysis(sticky), (world) => void (world.target.revision = "r1"))],
    ["home after a promotion", promoting],
    ["home in steps", () => promoting({ stepWeightPromotion: 10 })],
    ["to the canary when a promotion fails", () => broke(promoting())],
    ["of an A/B test", () => iterating({ match })],
    ["of blue/green", () => iterating({}, { iterations: 2 })],
  ])("(%s) takes the session cookies of that weight along, in one status patch [fix 37]", (_, made) => {
    const world = made()
    const step = changeOf(world)
    const routed = step.actions.find((action) => action.do === "route")
    expect(routed).toBeDefined()
    const cookies = cookiesFor(world.canary, routed!.to.canary, { primary: true })
    expect(Object.keys(cookies)).not.toEqual([])
    expect(step.status).toMatchObject(cookies)
  })
  it("through a router that knows no cookies has none in the status", () => {
    const world = judged(analysis({ maxWeight: 100, ...sticky }), (one) => void (one.sticky = false))
    delete world.canary.status?.sessionAffinityCookie
    expect(Object.keys(changeOf(world).status ?? {})).toEqual(["canaryWeight", "lastTransitionTime"])
  })
})

describe("without a router", () => {
  const running = (change: object, status: object) =>
    withStatus(
      judged(plainAnalysis({ iterations: 2, ...change }), (world) => void (world.plain = true)),
      status,
    )
  it("nothing is mirrored", () => {
    const step = changeOf(running({ mirror: true }, { iterations: 1 }))
    expect(done(step)).toEqual([])
    expect(texts(step.say)).toEqual(["Advance web.shop canary iteration 2/2"])
  })
  it("nothing is switched over, and nothing is said about it", () => {
    const step = changeOf(running({}, { iterations: 2 }))
    expect(done(step)).toEqual([])
    expect([...texts(step.before), ...texts(step.say)]).toEqual([])
    expect(step.status).toMatchObject({ iterations: 3 })
  })
})

describe("while promotion waits for approval", () => {
  const match = [{ headers: { user: { exact: "insider" } } }]
  const waiting = (change: object) => {
    const world = release(
      worldOf(
        plainAnalysis({
          iterations: 1,
          metrics: [{ name: "e" }],
          webhooks: hooks("pre-rollout", "confirm-promotion"),
          ...change,
        }),
      ),
    )
    world.hooks["confirm-promotion"] = no
    until(world, ["WaitingPromotion"])
    world.asked = []
    world.told = []
    return world
  }
  it.each([
    ["a weighted canary", { iterations: undefined, stepWeight: 50, maxWeight: 50 }],
    ["blue/green", {}],
    ["an A/B test", { match }],
  ])("%s is judged, and nothing is written, repeated or begun anew [fix 32]", (_, change) => {
    const world = waiting(change)
    const { canary } = world
    for (let count = 0; count < 3; count++) expect(tick(world).kind).toBe("wait")
    expect(world.canary).toEqual(canary)
    expect(world.asked).toEqual([
      "checks",
      "confirm-promotion",
      "checks",
      "confirm-promotion",
      "checks",
      "confirm-promotion",
    ])
    expect(world.told).toEqual([])
  })
})

describe("an A/B test whose first routes were written and not counted", () => {
  it("has not begun: its pre-rollout hooks are asked, and no metrics yet", () => {
    const match = [{ headers: { user: { exact: "insider" } } }]
    const world = release(
      worldOf(plainAnalysis({ iterations: 2, match, metrics: [{ name: "e" }], webhooks: hooks("pre-rollout") })),
    )
    const routed = withStatus(world, { phase: "Progressing", lastAppliedSpec: "r2" })
    routed.target.replicas = 1
    routed.routes = { primary: 0, canary: 100, mirrored: false }
    tick(routed)
    expect(routed.asked).toEqual(["pre-rollout"])
  })
})

describe("a rollback hook that is asked while waiting", () => {
  const webhooks = [
    { name: "gate", type: "confirm-rollout", url: "http://hook" },
    { name: "back", type: "rollback", url: "http://hook", whileWaiting: true },
  ]
  const waiting = (change: Partial<World> = {}): World => {
    const world = release(worldOf(analysis({ webhooks }), { hooks: { "confirm-rollout": no }, ...change }))
    tick(world)
    world.asked = []
    return world
  }
  it("is asked once per interval, before the gate", () => {
    const world = waiting()
    for (let count = 0; count < 3; count++) wake(world)
    expect(world.asked).toEqual([])
    tick(world)
    expect(world.asked).toEqual(["rollback", "confirm-rollout"])
  })
  it("cannot take back what a failed promotion left on the canary", () => {
    const world = inPhase({ ...waiting(), routes: { primary: 0, canary: 100, mirrored: false } }, "Waiting")
    world.hooks = { "confirm-rollout": no, rollback: { passed: ["back"] } }
    world.target.replicas = 2
    world.nowMs = world.nextDueMs
    tick(world)
    expect(world.routes.canary).toBe(100)
    expect(world.target.replicas).toBe(2)
  })
})

describe("skipAnalysis that is set while the primary is updated", () => {
  const late = (change: (world: World) => void = () => {}): World => {
    const world = until(judged(), ["Promoting"])
    world.canary = { ...world.canary, spec: { ...world.canary.spec, skipAnalysis: true } }
    change(world)
    return world
  }
  it("ends the release at once", () => {
    expect(changeOf(late()).status).toMatchObject({ phase: "Succeeded" })
  })
  it("does not promote a revision that came meanwhile: that one begins anew", () => {
    const step = changeOf(late((world) => void (world.target.revision = "r3")))
    expect(texts(step.before)).toEqual(["New revision detected! Restarting analysis for web.shop"])
    expect(done(step)).toEqual(["route 100/0"])
  })
  it("sends nobody to a primary that is not ready when it begins anew", () => {
    const step = changeOf(
      late((world) => {
        world.target.revision = "r3"
        world.primary.readiness = busy()
      }),
    )
    expect(done(step)).toEqual([])
    expect(step.status).toMatchObject({ phase: "Progressing", lastAppliedSpec: "r3" })
  })
})

describe("a new revision that meets a rollback cut off after its pods were stopped", () => {
  it("gets pods again instead of being blamed for having none", () => {
    const step = changeOf(
      judged({}, (world) => {
        world.target.revision = "r3"
        world.target.replicas = 0
      }),
    )
    expect(done(step)).toEqual(["route 100/0", "resumeScaler", "startTarget"])
    expect(step.status).toMatchObject({ phase: "Progressing", lastAppliedSpec: "r3", failedChecks: 0 })
  })
})

describe("a hook without a type", () => {
  it("is a rollout hook", () => {
    const webhooks = [{ name: "test", url: "http://hook" }]
    const world = judged(analysis({ webhooks }))
    world.asked = []
    tick(world)
    expect(world.asked).toEqual(["rollout", "checks"])
  })
})

describe("routes that cannot be read", () => {
  it.each(["Succeeded", "Progressing", "Promoting", "Finalising"] as const)(
    "hold everything in %s, in words",
    (phase) => {
      const world = inPhase(judged(), phase)
      world.target.revision = phase === "Succeeded" ? "r3" : "r2"
      const seen = { ...snapshotOf(world), routes: { problem: "route app.shop is not accepted" } }
      expect(nextStep(seen)).toMatchObject({ kind: "wait", say: [{ event: "route app.shop is not accepted" }] })
    },
  )
})

describe("a failed check", () => {
  it("costs nothing but its count", () => {
    const step = changeOf(judged({}, (world) => void (world.checks = failing())))
    expect(step.actions).toEqual([])
    expect(Object.keys(step.status ?? {}).toSorted()).toEqual(["failedChecks", "lastTransitionTime"])
  })
})
