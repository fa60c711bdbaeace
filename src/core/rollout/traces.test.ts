import { describe, expect, it } from "vitest"
import { failing, newWorld, ready, release, tick, until, wake, withStatus, worldOf } from "./world.test-support.ts"
import type { CanarySpec } from "#api/canary.ts"

/** Routes, phase, weight and iterations after each tick from the first one that sees the new revision. */
function trace(spec: Partial<CanarySpec>, change: Parameters<typeof worldOf>[1] = {}, ticks = 12): string[] {
  const world = release(worldOf(spec, change))
  const lines: string[] = []
  for (let count = 0; count < ticks && world.canary.status?.phase !== "Succeeded"; count++) {
    tick(world)
    const { phase, canaryWeight, iterations } = world.canary.status ?? {}
    const { primary, canary, mirrored } = world.routes
    lines.push(`${phase} ${primary}/${canary}${mirrored ? "m" : ""} weight ${canaryWeight} iterations ${iterations}`)
  }
  return lines
}
const analysis = (change: object) => ({
  analysis: { interval: "10s", threshold: 2, metrics: [{ name: "errors" }], ...change },
})
const stepless = { stepWeight: undefined, maxWeight: undefined }

describe("a release that passes its checks", () => {
  it("moves weight step by step, promotes, goes home and ends", () => {
    expect(trace(analysis({ stepWeight: 20, maxWeight: 40 }))).toEqual([
      "Progressing 80/20 weight 20 iterations 0",
      "Progressing 60/40 weight 40 iterations 0",
      "Promoting 60/40 weight 40 iterations 0",
      "Finalising 100/0 weight 0 iterations 0",
      "Succeeded 100/0 weight 0 iterations 0",
    ])
  })
  it("moves traffic back to the primary in steps when told so", () => {
    expect(trace(analysis({ stepWeight: 20, maxWeight: 40, stepWeightPromotion: 30 })).slice(2)).toEqual([
      "Promoting 60/40 weight 40 iterations 0",
      "Promoting 90/10 weight 10 iterations 0",
      "Finalising 100/0 weight 0 iterations 0",
      "Succeeded 100/0 weight 0 iterations 0",
    ])
  })
  it("mirrors first when told so, then moves weight", () => {
    expect(trace(analysis({ stepWeight: 20, maxWeight: 40, mirror: true })).slice(0, 3)).toEqual([
      "Progressing 100/0m weight 0 iterations 0",
      "Progressing 80/20 weight 20 iterations 0",
      "Progressing 60/40 weight 40 iterations 0",
    ])
  })
  it("follows listed weights and ignores maxWeight beside them", () => {
    const lines = trace(analysis({ ...stepless, stepWeights: [10, 60], maxWeight: 30 }))
    expect(lines.slice(0, 3)).toEqual([
      "Progressing 90/10 weight 10 iterations 0",
      "Progressing 40/60 weight 60 iterations 0",
      "Promoting 40/60 weight 60 iterations 0",
    ])
  })
  it("overshoots maxWeight by at most one step, as the original does", () => {
    expect(
      trace(analysis({ stepWeight: 20, maxWeight: 50 }))
        .slice(0, 4)
        .map((line) => line.split(" ")[1]),
    ).toEqual(["80/20", "60/40", "40/60", "40/60"])
  })
  it("tests blue/green beside live traffic, then switches over, then promotes", () => {
    expect(trace(analysis({ ...stepless, iterations: 2 }))).toEqual([
      "Progressing 100/0 weight 0 iterations 1",
      "Progressing 100/0 weight 0 iterations 2",
      "Progressing 0/100 weight 0 iterations 3",
      "Promoting 0/100 weight 0 iterations 3",
      "Finalising 100/0 weight 0 iterations 0",
      "Succeeded 100/0 weight 0 iterations 0",
    ])
  })
  it("mirrors through a blue/green test when told so", () => {
    expect(trace(analysis({ ...stepless, iterations: 2, mirror: true })).slice(0, 4)).toEqual([
      "Progressing 100/0m weight 0 iterations 1",
      "Progressing 100/0m weight 0 iterations 2",
      "Progressing 0/100 weight 0 iterations 3",
      "Promoting 0/100 weight 0 iterations 3",
    ])
  })
  it("needs no router for blue/green", () => {
    expect(trace(analysis({ ...stepless, iterations: 2 }), { plain: true, mirror: "no" })).toEqual([
      "Progressing 100/0 weight 0 iterations 1",
      "Progressing 100/0 weight 0 iterations 2",
      "Progressing 100/0 weight 0 iterations 3",
      "Promoting 100/0 weight 0 iterations 3",
      "Finalising 100/0 weight 0 iterations 0",
      "Succeeded 100/0 weight 0 iterations 0",
    ])
  })
  it("keeps the chosen users on the canary for a whole A/B test", () => {
    const match = [{ headers: { "x-user": { exact: "insider" } } }]
    expect(trace(analysis({ ...stepless, iterations: 2, match }))).toEqual([
      "Progressing 0/100 weight 0 iterations 1",
      "Progressing 0/100 weight 0 iterations 2",
      "Promoting 0/100 weight 0 iterations 2",
      "Finalising 100/0 weight 0 iterations 0",
      "Succeeded 100/0 weight 0 iterations 0",
    ])
  })
  it("is promoted in one go without analysis", () => {
    expect(trace({ skipAnalysis: true })).toEqual(["Succeeded 100/0 weight 0 iterations 0"])
  })
})

describe("a release that fails its checks", () => {
  it("halts, counts and goes back on the check after the threshold is reached", () => {
    const world = release(worldOf())
    tick(world)
    world.checks = failing()
    const phases = [1, 2, 3].map(() => {
      tick(world)
      return `${world.canary.status?.phase} ${world.canary.status?.failedChecks} ${world.routes.canary}`
    })
    expect(phases).toEqual(["Progressing 1 20", "Progressing 2 20", "Failed 0 0"])
    expect(world.target.replicas).toBe(0)
    expect(world.told.slice(-2)).toEqual([
      "Rolling back web.shop failed checks threshold reached 2",
      "Canary failed! Scaling down web.shop",
    ])
    expect(world.alerts.at(-1)).toBe("Failed checks threshold reached 2")
    expect(world.ended).toEqual(["failed completed"])
  })
})

describe("a new canary", () => {
  it("waits for a ready primary before it touches the live workload", () => {
    const world = newWorld()
    wake(world)
    expect(world.canary.status?.phase).toBe("Initializing")
    expect(world.target.replicas).toBe(2)
    expect(world.made).toMatchObject({ services: true, apex: false, routes: false })
    world.primary = { ...world.primary, readiness: ready }
    wake(world)
    expect(world.canary.status).toMatchObject({ phase: "Initialized", lastAppliedSpec: "r1", lastPromotedSpec: "r1" })
    expect(world.target.replicas).toBe(0)
    expect(world.told.at(-1)).toBe("Initialization done! web.shop")
    expect(world.alerts).toEqual(["New Deployment detected, initialization completed."])
  })
  it("waits for the primary also when analysis is skipped, so that nothing is down meanwhile", () => {
    const world = newWorld({ skipAnalysis: true })
    wake(world)
    expect(world.canary.status?.phase).toBe("Initializing")
    expect(world.target.replicas).toBe(2)
    expect(world.told).toEqual([])
  })
  it("is idle once it stands: nothing is written however often it is looked at [fix 21]", () => {
    const world = worldOf()
    const before = structuredClone(world.canary)
    for (let count = 0; count < 5; count++) expect(tick(world).kind).toBe("wait")
    expect(world.canary).toEqual(before)
    expect(world.told).toEqual([])
  })
})

describe("after a run", () => {
  it("a failed revision stays failed until something new comes", () => {
    const world = withStatus(release(worldOf()), { phase: "Failed", lastAppliedSpec: "r2" })
    expect(tick(world).kind).toBe("wait")
  })
  it("the same bad revision can be tried again after the target went back in between", () => {
    const world = withStatus(release(worldOf()), { phase: "Failed", lastAppliedSpec: "r2" })
    world.target.revision = "r1"
    tick(world)
    expect(world.canary.status).toMatchObject({ phase: "Failed", lastAppliedSpec: "r1" })
    world.target.revision = "r2"
    tick(world)
    expect(world.canary.status).toMatchObject({ phase: "Progressing", lastAppliedSpec: "r2" })
  })
  it("a fix is released after a failure", () => {
    const world = withStatus(release(worldOf(), "r3"), { phase: "Failed", lastAppliedSpec: "r2" })
    expect(until(world, ["Succeeded"]).primary.revision).toBe("r3")
  })
})
