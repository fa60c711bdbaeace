import { describe, expect, it } from "vitest"
import type { HookType, Phase } from "#api/canary.ts"
import type { Say } from "./say.ts"
import { toldOfChecks, toldOfHooks, toldOfProbe } from "./told.ts"
import { snapshotOf, withStatus, worldOf } from "./world.test-support.ts"

const seenIn = (phase: Phase) => snapshotOf(withStatus(worldOf(), { phase }))
const told = (type: HookType, answer: Parameters<typeof toldOfHooks>[2], phase: Phase = "Progressing"): Say[] =>
  toldOfHooks(seenIn(phase), { type, phase }, answer)
const brief = (say: Say[]) =>
  say.map((one) => ("event" in one ? `${one.type}: ${one.event}` : `alert: ${one.alert.text}`))
const open = { passed: ["gate"] }
const closed = { passed: [], failed: { name: "gate", why: "not today" } }

describe("a hook that says yes", () => {
  it.each([
    ["confirm-rollout", ["Normal: Confirm-rollout check gate passed"]],
    ["pre-rollout", ["Normal: Pre-rollout check gate passed"]],
    ["rollout", []],
    ["confirm-traffic-increase", ["Normal: Confirm-traffic-increase check gate passed"]],
    ["confirm-promotion", ["Normal: Confirm-promotion check gate passed"]],
    ["rollback", ["Warning: Rollback check gate passed"]],
    ["post-rollout", ["Normal: Post-rollout check gate passed"]],
  ] as const)("of type %s is told as %j", (type, texts) => expect(brief(told(type, open))).toEqual(texts))
})

describe("a hook that says no", () => {
  const halt = "Warning: Halt web.shop advancement"
  it.each([
    ["confirm-rollout", "Succeeded", [`${halt} waiting for approval gate`, "alert: Canary is waiting for approval."]],
    ["confirm-rollout", "Waiting", []],
    ["pre-rollout", "Progressing", [`${halt} pre-rollout check gate failed not today`]],
    ["rollout", "Progressing", [`${halt} external check gate failed not today`]],
    [
      "confirm-traffic-increase",
      "Progressing",
      [`${halt} waiting for traffic increase approval gate`, "alert: Canary traffic increase is waiting for approval."],
    ],
    [
      "confirm-promotion",
      "Progressing",
      [`${halt} waiting for promotion approval gate`, "alert: Canary promotion is waiting for approval."],
    ],
    ["confirm-promotion", "WaitingPromotion", []],
    ["post-rollout", "Failed", ["Warning: Post-rollout hook gate failed not today"]],
  ] as const)("of type %s in %s is told as %j", (type, phase, texts) => {
    expect(brief(told(type, closed, phase))).toEqual(texts)
  })
  it.each(["confirm-rollout", "confirm-traffic-increase", "confirm-promotion"] as const)(
    "of type %s alerts as a warning, without metadata, unless it is muted",
    (type) => {
      const [alert] = told(type, closed).flatMap((one) => ("alert" in one ? [one.alert] : []))
      expect(alert).toMatchObject({ severity: "warn" })
      expect(alert?.metadata).toBeUndefined()
      const muted = { passed: [], failed: { ...closed.failed, muted: true } }
      expect(brief(told(type, muted))).toHaveLength(1)
    },
  )
  it("comes after those that passed before it", () => {
    expect(brief(told("pre-rollout", { ...closed, passed: ["first"] }))).toEqual([
      "Normal: Pre-rollout check first passed",
      `${halt} pre-rollout check gate failed not today`,
    ])
  })
})

describe("rollback hooks that do not ask for a rollback", () => {
  it("are told, each only once in a run [fix 18]", () => {
    expect(told("rollback", { passed: [], declined: [{ name: "a" }, { name: "b" }] })).toEqual([
      { event: "Rollback hook a not signaling a rollback", type: "Normal", once: true },
      { event: "Rollback hook b not signaling a rollback", type: "Normal", once: true },
    ])
  })
})

describe("the payload of an event about post-rollout hooks", () => {
  it("has the phase reached after a good end, and the phase of the run after a bad one", () => {
    expect(told("post-rollout", open, "Succeeded")).toMatchObject([{ phase: "Succeeded" }])
    expect(told("post-rollout", open, "Failed")).toEqual([expect.not.objectContaining({ phase: "Failed" })])
  })
})

describe("the probe of metrics backends", () => {
  it("is told as good, also when there is nothing to probe", () => {
    expect(toldOfProbe(undefined)).toEqual([{ event: "all the metrics providers are available!", type: "Normal" }])
  })
  it("is told as bad with the reason", () => {
    expect(toldOfProbe("prometheus not avaiable: no route")).toEqual([
      {
        event: "Error checking metric providers: prometheus not avaiable: no route",
        type: "Warning",
        failure: true,
      },
    ])
  })
})

it("a check tells what it found, and who is to blame", () => {
  const answer = { passed: false, told: [{ text: "Prometheus query failed: no route", failure: true }] }
  expect(toldOfChecks(answer)).toEqual([{ event: "Prometheus query failed: no route", type: "Warning", failure: true }])
  expect(toldOfChecks({ passed: true, told: [] })).toEqual([])
})
