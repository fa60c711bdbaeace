import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Analysis, CanarySpec } from "#api/canary.ts"
import { thresholdOf } from "#api/release.ts"
import { nextStep } from "./next-step.ts"
import {
  broken,
  busy,
  Died,
  failing,
  newWorld,
  passing,
  ready,
  snapshotOf,
  until,
  wake,
  type World,
} from "./world.test-support.ts"

const weight = fc.integer({ min: 1, max: 100 })
const strategy = fc.oneof(
  fc.record({ stepWeight: weight, maxWeight: weight, stepWeightPromotion: fc.integer({ min: 0, max: 100 }) }),
  fc.record({ stepWeights: fc.array(weight, { minLength: 1, maxLength: 5 }), stepWeight: fc.constant(undefined) }),
  fc.record({ iterations: fc.integer({ min: 1, max: 4 }), stepWeight: fc.constant(undefined) }),
  fc.record({
    iterations: fc.integer({ min: 1, max: 4 }),
    stepWeight: fc.constant(undefined),
    match: fc.constant<Analysis["match"]>([{ headers: { user: { exact: "insider" } } }]),
  }),
)
const hooks = fc.subarray([
  "confirm-rollout",
  "pre-rollout",
  "rollout",
  "confirm-traffic-increase",
  "confirm-promotion",
  "post-rollout",
  "rollback",
] as const)

const specs: fc.Arbitrary<CanarySpec> = fc
  .record({
    strategy,
    hooks,
    threshold: fc.integer({ min: 0, max: 4 }),
    mirror: fc.boolean(),
    sticky: fc.boolean(),
    skipAnalysis: fc.option(fc.boolean(), { nil: undefined, freq: 10 }),
  })
  .map(({ strategy: how, hooks: types, threshold, mirror, sticky, skipAnalysis }): CanarySpec => ({
    targetRef: { apiVersion: "apps/v1", kind: "Deployment" as const, name: "web" },
    service: { port: 80 },
    ...(skipAnalysis ? { skipAnalysis } : {}),
    analysis: {
      interval: "10s",
      threshold,
      mirror,
      metrics: [{ name: "errors" }],
      webhooks: types.map((type) => ({ name: type, type, url: "http://hook" })),
      ...(sticky ? { sessionAffinity: { cookieName: "sticky" } } : {}),
      ...how,
    },
  }))

/** Things that happen around a canary. */
const happenings = {
  tick: (world: World) => void (world.nowMs = Math.max(world.nowMs, world.nextDueMs)),
  push: (world: World) =>
    void (world.target = { ...world.target, revision: `r${world.asked.length + world.told.length}` }),
  takeBack: (world: World) =>
    void (world.target = { ...world.target, revision: world.canary.status?.lastPromotedSpec ?? world.target.revision }),
  checksFail: (world: World) => void (world.checks = failing()),
  checksPass: (world: World) => void (world.checks = passing),
  gatesClose: (world: World) =>
    void (world.hooks = Object.fromEntries(
      gates.map((type) => [type, { passed: [], failed: { name: type, why: "closed" } }]),
    )),
  gatesOpen: (world: World) => void (world.hooks = {}),
  askForRollback: (world: World) => void (world.hooks = { ...world.hooks, rollback: { passed: ["back"] } }),
  canaryBusy: (world: World) => void (world.target = { ...world.target, readiness: busy() }),
  canaryBroken: (world: World) => void (world.target = { ...world.target, readiness: broken() }),
  canaryReady: (world: World) => void (world.target = { ...world.target, readiness: ready }),
  primaryBusy: (world: World) => void (world.primary = { ...world.primary, readiness: busy() }),
  primaryBroken: (world: World) => void (world.primary = { ...world.primary, readiness: broken() }),
  primaryReady: (world: World) => void (world.primary = { ...world.primary, readiness: ready }),
  drift: (world: World) => void (world.made = { ...world.made, apex: false, routes: false }),
  restartOperator: (world: World) => void Object.assign(world, { fresh: true, preRolloutPassed: false, nextDueMs: 0 }),
}
const gates = ["confirm-rollout", "pre-rollout", "rollout", "confirm-traffic-increase", "confirm-promotion"] as const
const names = Object.keys(happenings) as (keyof typeof happenings)[]
const histories = fc.array(
  fc.oneof({ weight: 3, arbitrary: fc.constant("tick" as const) }, fc.constantFrom(...names)),
  {
    maxLength: 60,
  },
)
const worlds = fc
  .record({
    spec: specs,
    plain: fc.boolean(),
    mirror: fc.constantFrom("no" as const, "blueGreen" as const, "yes" as const),
  })
  .map(({ spec, plain, mirror }) => {
    const world = newWorld({}, { plain, mirror, primary: { exists: false, revision: "", readiness: ready } })
    return { ...world, canary: { ...world.canary, spec } }
  })

const activePhases = ["Progressing", "WaitingPromotion", "Promoting", "Finalising"]
const phaseOf = (world: World) => world.canary.status?.phase ?? ""
const fair = (world: World): void => {
  for (const name of ["checksPass", "gatesOpen", "canaryReady", "primaryReady"] as const) happenings[name](world)
}

describe("any canary with any history", () => {
  it("keeps the weights between 0 and 100 and their sum at 100", () => {
    fc.assert(
      fc.property(worlds, histories, (start, history) => {
        const world = structuredClone(start)
        for (const name of history) {
          happenings[name](world)
          wake(world)
          const { primary, canary } = world.routes
          expect(primary + canary).toBe(100)
          expect(Math.min(primary, canary)).toBeGreaterThanOrEqual(0)
        }
      }),
      { numRuns: 300 },
    )
  })

  it("is never promoted on a look at which a check failed", () => {
    fc.assert(
      fc.property(worlds, histories, (start, history) => {
        const world = structuredClone(start)
        for (const name of history) {
          happenings[name](world)
          const before = { revision: world.primary.revision, asked: world.asked.length, phase: phaseOf(world) }
          const canFail = !world.checks.passed && !world.canary.spec.skipAnalysis
          wake(world)
          const promoted = before.revision !== "" && world.primary.revision !== before.revision
          if (promoted && canFail) expect(world.asked.slice(before.asked)).not.toContain("checks")
          if (promoted && canFail) expect(activePhases).toContain(before.phase)
        }
      }),
      { numRuns: 300 },
    )
  })

  it("promotes only what was judged: the promoted revision is always the applied one", () => {
    fc.assert(
      fc.property(worlds, histories, (start, history) => {
        const world = structuredClone(start)
        for (const name of history) {
          happenings[name](world)
          const before = world.primary.revision
          wake(world)
          if (before !== "" && world.primary.revision !== before) {
            expect(world.primary.revision).toBe(world.canary.status?.lastAppliedSpec)
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  it("never stops the canary's pods while they get traffic, nor the workload before the primary serves", () => {
    fc.assert(
      fc.property(worlds, histories, (start, history) => {
        const world = structuredClone(start)
        for (const name of history) {
          happenings[name](world)
          wake(world)
          if (world.target.replicas > 0) continue
          expect(world.made.apex || name === "drift").toBe(true)
          if (!world.plain) expect(world.routes.canary).toBe(0)
        }
      }),
      { numRuns: 300 },
    )
  })

  it("comes to an end when things go well from some moment on: every state has a way out", () => {
    fc.assert(
      fc.property(worlds, histories, (start, history) => {
        const world = structuredClone(start)
        for (const name of history) {
          happenings[name](world)
          wake(world)
        }
        fair(world)
        until(world, ["Initialized", "Succeeded", "Failed"], 300)
        // From there a new revision can always be released.
        fair(world)
        world.target = { ...world.target, revision: "last" }
        world.nowMs = world.nextDueMs
        wake(world)
        fair(world)
        until(world, ["Succeeded"], 300)
        expect(world.primary.revision).toBe("last")
      }),
      { numRuns: 300 },
    )
  })

  it("rolls back at the threshold and not before", () => {
    fc.assert(
      fc.property(worlds, (start) => {
        const world = structuredClone(start)
        if (world.canary.spec.skipAnalysis) return
        wake(world)
        world.target = { ...world.target, revision: "bad" }
        wake(world)
        world.checks = failing()
        const threshold = thresholdOf(world.canary.spec.analysis)
        for (let count = 0; count < threshold + 5 && phaseOf(world) !== "Failed"; count++) {
          happenings.tick(world)
          wake(world)
          expect(world.canary.status?.failedChecks).toBeLessThanOrEqual(threshold)
        }
        expect(phaseOf(world)).toBe("Failed")
        expect(world.primary.revision).not.toBe("bad")
      }),
    )
  })

  it("ends the same when the process dies after any effect and is started again", () => {
    const history = fc.array(fc.constantFrom("tick", "tick", "push"), { maxLength: 25 })
    fc.assert(
      fc.property(worlds, history, fc.boolean(), fc.nat({ max: 60 }), (start, names, healthy, dies) => {
        const world = { ...start, checks: healthy ? passing : failing() }
        const calm = play(structuredClone(world), names, Number.POSITIVE_INFINITY)
        const shaken = play(structuredClone(world), names, dies)
        expect(essence(shaken)).toEqual(essence(calm))
      }),
      { numRuns: 1000 },
    )
  })

  it("gives the same step for the same snapshot, and changes nothing it was given", () => {
    fc.assert(
      fc.property(worlds, histories, (start, history) => {
        const world = structuredClone(start)
        for (const name of history) {
          happenings[name](world)
          const seen = deepFreeze(snapshotOf(structuredClone(world)))
          expect(nextStep(seen)).toEqual(nextStep(seen))
          wake(world)
        }
      }),
      { numRuns: 100 },
    )
  })
})

/** Plays a history to its end; the process dies once, after so many effects, and a new one looks again at once. */
function play(world: World, history: ("tick" | "push")[], dies: number): World {
  const life = { effectsLeft: dies }
  const survive = () => {
    try {
      wake(world, life)
    } catch (error) {
      if (!(error instanceof Died)) throw error
      life.effectsLeft = Number.POSITIVE_INFINITY
      happenings.restartOperator(world)
      wake(world, life)
    }
  }
  survive()
  history.forEach((name, index) => {
    if (name === "push") world.target = { ...world.target, revision: `r${index}` }
    else happenings.tick(world)
    survive()
  })
  const atRest = () =>
    !activePhases.includes(phaseOf(world)) && world.canary.status?.lastAppliedSpec === world.target.revision
  for (let count = 0; count < 300 && !(count > 0 && atRest()); count++) {
    happenings.tick(world)
    survive()
  }
  return world
}

/** Times, cookies and what was told may differ; what is running, routed and recorded may not. */
function essence(world: World): unknown {
  const { phase, canaryWeight, failedChecks, iterations, lastAppliedSpec, lastPromotedSpec, conditions } =
    world.canary.status ?? {}
  const reasons = conditions?.map(({ type, status: value, reason }) => [type, value, reason])
  const status = { phase, canaryWeight, failedChecks, iterations, lastAppliedSpec, lastPromotedSpec }
  return { status, reasons, target: world.target, primary: world.primary, routes: world.routes, made: world.made }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) deepFreeze(inner)
  }
  return value
}
