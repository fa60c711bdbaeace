import { describe, expect, it } from "vitest"
import type { CanaryStatus, Phase } from "#api/canary.ts"
import { counted, initializing, inPhase, refused, synced, trackedConfigs } from "./status.ts"
import { snapshotOf, withStatus, type World, worldOf } from "./world.test-support.ts"

const NOW = "2026-01-01T00:00:00Z"
const running: CanaryStatus = {
  phase: "Progressing",
  canaryWeight: 30,
  failedChecks: 1,
  iterations: 2,
  lastAppliedSpec: "r2",
  lastPromotedSpec: "r1",
}
const seen = (status: CanaryStatus = {}, change: (world: World) => void = () => {}, analysis: object = {}) => {
  const world = withStatus(worldOf({ analysis }), { ...running, ...status })
  change(world)
  return snapshotOf(world)
}

describe("a change of phase", () => {
  it.each(["Progressing", "Waiting", "Promoting"] as const)("to %s keeps what was judged", (phase) => {
    expect(Object.keys(inPhase(seen(), phase)).toSorted()).toEqual(["conditions", "lastTransitionTime", "phase"])
  })
  it.each(["Finalising", "Succeeded", "Failed", "Terminating"] as const)(
    "to %s resets weight and iterations",
    (phase) => {
      const patch = inPhase(seen(), phase)
      expect(patch).toMatchObject({ canaryWeight: 0, iterations: 0 })
      expect(patch).not.toHaveProperty("failedChecks")
    },
  )
  it.each([
    [{ stepWeight: 20 }, -1],
    [{ iterations: 5 }, 4],
  ])(
    "to WaitingPromotion shows one iteration less than there are in %j, as the original does",
    (analysis, iterations) => {
      expect(inPhase(seen({}, undefined, analysis), "WaitingPromotion")).toMatchObject({ canaryWeight: 0, iterations })
    },
  )
  it("to Succeeded makes the applied revision the promoted one, and no other phase does", () => {
    expect(inPhase(seen(), "Succeeded")).toMatchObject({ lastPromotedSpec: "r2" })
    expect(inPhase(seen(), "Finalising")).not.toHaveProperty("lastPromotedSpec")
  })
  it("begins the deadlines that are counted from it", () => {
    expect(inPhase(seen(), "Promoting").lastTransitionTime).toBe(NOW)
  })
})

describe("a new beginning", () => {
  const fresh = (world: World) => {
    world.target = { ...world.target, revision: "r3", configs: { "configmap/a": "1" } }
  }
  it("resets the counters and notes revision and configs", () => {
    expect(synced(seen({}, fresh), "Progressing")).toMatchObject({
      phase: "Progressing",
      canaryWeight: 0,
      failedChecks: 0,
      iterations: 0,
      lastAppliedSpec: "r3",
      trackedConfigs: { "configmap/a": "1" },
    })
  })
  it("takes the revision for promoted only when a canary was initialised", () => {
    expect(synced(seen({}, fresh), "Initialized").lastPromotedSpec).toBe("r3")
    expect(synced(seen({}, fresh), "Failed")).not.toHaveProperty("lastPromotedSpec")
  })
  it("notes the weight that a failed promotion leaves on the canary", () => {
    expect(synced(seen(), "Failed", 100).canaryWeight).toBe(100)
  })
})

describe("a counter", () => {
  it.each([{ canaryWeight: 40 }, { iterations: 3 }, { failedChecks: 2 }])("is written alone: %j", (change) => {
    expect(counted(seen(), change)).toEqual({ ...change, lastTransitionTime: NOW })
  })
})

describe("the tracked configs", () => {
  const patchOf = (before: CanaryStatus["trackedConfigs"], now: Record<string, string> | undefined) =>
    trackedConfigs(seen({ trackedConfigs: before }, (world) => void (world.target = { ...world.target, configs: now })))
  it("lose those that are no longer referred to", () => {
    expect(patchOf({ "configmap/a": "1", "secret/b": "2" }, { "configmap/a": "3" })).toEqual({
      "configmap/a": "3",
      "secret/b": null,
    })
  })
  it("are removed when configs are not tracked", () => expect(patchOf({ "configmap/a": "1" }, undefined)).toBeNull())
  it("may be none", () => expect(patchOf(undefined, {})).toEqual({}))
})

describe("the condition Promoted", () => {
  it.each<[Phase, string, string]>([
    ["Initialized", "True", "Deployment initialization completed."],
    ["Waiting", "Unknown", "Waiting for approval."],
    ["WaitingPromotion", "Unknown", "Waiting for approval."],
    ["Progressing", "Unknown", "New revision detected, progressing canary analysis."],
    ["Promoting", "Unknown", "Canary analysis completed, starting primary rolling update."],
    ["Finalising", "Unknown", "Canary analysis completed, routing all traffic to primary."],
    ["Succeeded", "True", "Canary analysis completed successfully, promotion finished."],
    ["Failed", "False", "Canary analysis failed, Deployment scaled to zero."],
    ["Terminating", "Unknown", "New Deployment detected, starting initialization."],
  ])("in %s is %s: %s", (phase, status, message) => {
    expect(inPhase(seen({ conditions: [] }), phase).conditions).toEqual([
      { type: "Promoted", status, reason: phase, message, lastUpdateTime: NOW, lastTransitionTime: NOW },
    ])
  })
  it("of a canary that nobody has looked at yet is unknown", () => {
    expect(initializing(seen()).conditions).toMatchObject([
      { status: "Unknown", reason: "Initializing", message: "New Deployment detected, starting initialization." },
    ])
  })

  const old = "2025-12-31T00:00:00Z"
  const condition = (status: string, reason: string) => ({
    type: "Promoted",
    status,
    reason,
    message: "",
    lastUpdateTime: old,
    lastTransitionTime: old,
  })
  it("stays as it is while value and reason are the same", () => {
    const before = [condition("True", "Succeeded")]
    expect(inPhase(seen({ conditions: before }), "Succeeded").conditions).toEqual(before)
  })
  it("changes its time of transition only with its value, so that `kubectl wait` can rely on it", () => {
    const waited = [condition("Unknown", "Progressing")]
    expect(inPhase(seen({ conditions: waited }), "Promoting").conditions).toMatchObject([
      { lastUpdateTime: NOW, lastTransitionTime: old },
    ])
    expect(inPhase(seen({ conditions: waited }), "Failed").conditions).toMatchObject([{ lastTransitionTime: NOW }])
  })
})

describe("the condition Ready [fix 17]", () => {
  const refusing = (text: string) => (world: World) => void (world.refusal = { reason: "InvalidSpec", text })
  const promoted = { type: "Promoted", status: "True", reason: "Succeeded" }
  const complaint = { type: "Ready", status: "False", reason: "InvalidSpec", message: "no" }
  it("appears beside the others while something is wrong with the canary itself", () => {
    const patch = refused(seen({ conditions: [promoted] }, refusing("no")))
    expect(patch?.conditions).toMatchObject([promoted, complaint])
  })
  it("is not written again while it says the same, and is when it says something else", () => {
    expect(refused(seen({ conditions: [promoted, complaint] }, refusing("no")))).toBeUndefined()
    expect(refused(seen({ conditions: [promoted, complaint] }, refusing("never")))).toBeDefined()
  })
  it("goes when nothing is wrong any longer", () => {
    expect(refused(seen({ conditions: [promoted, complaint] }))).toEqual({ conditions: [promoted] })
    expect(refused(seen({ conditions: [promoted] }))).toBeUndefined()
  })
})
