import { describe, expect, it } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import { deploymentWith } from "./examples/objects.test-support.ts"
import { deploymentReadiness } from "./readiness.ts"

const limits = { readyThreshold: 100, deadlineSeconds: 600 }
const now = Date.parse("2030-01-01T00:10:00Z")
const finished = { observedGeneration: 1, replicas: 4, updatedReplicas: 4, availableReplicas: 4 }
const withStatus = (status: object, spec: object = { replicas: 4 }): KubeObject => ({
  ...deploymentWith(spec),
  status: { ...finished, ...status },
})
const waiting = (why: string) => ({ ready: false, retriable: true, why: `waiting for rollout to finish: ${why}` })
const unseen = waiting("observed deployment generation less than desired generation")

describe("a Deployment", () => {
  it("is ready when all its pods are updated and available", () => {
    expect(deploymentReadiness(withStatus({}), limits, now)).toEqual({ ready: true })
  })
  it("is ready with no pods when none are wanted", () => {
    const none = { replicas: 0, updatedReplicas: undefined, availableReplicas: undefined }
    expect(deploymentReadiness(withStatus(none, { replicas: 0 }), limits, now)).toEqual({ ready: true })
  })
  it("is not ready while its controller has not seen the newest generation", () => {
    expect(deploymentReadiness(withStatus({ observedGeneration: 0 }), limits, now)).toEqual(unseen)
  })
  it("is not ready when it was just created and has no status", () => {
    expect(deploymentReadiness(deploymentWith(), limits, now)).toEqual(unseen)
  })
  it("never becomes ready after its progress deadline", () => {
    const conditions = [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }]
    expect(deploymentReadiness(withStatus({ conditions }), limits, now)).toEqual({
      ready: false,
      retriable: false,
      why: 'deployment "podinfo" exceeded its progress deadline',
    })
  })
  it("tells of an unseen generation before an exceeded deadline, which may be that of the generation before", () => {
    const conditions = [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }]
    expect(deploymentReadiness(withStatus({ conditions, observedGeneration: 0 }), limits, now)).toEqual(unseen)
  })
  it("waits for new replicas", () => {
    const status = withStatus({ updatedReplicas: 1, availableReplicas: 1 })
    expect(deploymentReadiness(status, limits, now)).toEqual(waiting("1 out of 4 new replicas have been updated"))
  })
  it("does not count new replicas when it does not say how many it wants", () => {
    const status = withStatus({ updatedReplicas: 4 }, { replicas: undefined })
    expect(deploymentReadiness(status, limits, now)).toEqual({ ready: true })
  })
  it("waits for old replicas to end", () => {
    const status = withStatus({ replicas: 7 })
    expect(deploymentReadiness(status, limits, now)).toEqual(waiting("3 old replicas are pending termination"))
  })
  it("waits for replicas to become available", () => {
    const status = withStatus({ availableReplicas: 3 })
    expect(deploymentReadiness(status, limits, now)).toEqual(
      waiting("3 of 4 (readyThreshold 100%) updated replicas are available"),
    )
  })
  it("does with part of its replicas under a threshold", () => {
    const half = { ...limits, readyThreshold: 50 }
    expect(deploymentReadiness(withStatus({ availableReplicas: 2 }), half, now)).toEqual({ ready: true })
    expect(deploymentReadiness(withStatus({ availableReplicas: 1 }), half, now)).toEqual(
      waiting("1 of 2 (readyThreshold 50%) updated replicas are available"),
    )
    const none = { ...limits, readyThreshold: 0 }
    expect(deploymentReadiness(withStatus({ availableReplicas: 0 }), none, now)).toEqual({ ready: true })
  })
  it.each([
    { updated: 75, percent: 84, needed: 62 },
    { updated: 100, percent: 29, needed: 29 },
    { updated: 90, percent: 70, needed: 63 },
    { updated: 3, percent: 99, needed: 2 },
  ])("needs $needed of $updated replicas at $percent percent, counted in single precision", (example) => {
    const ready = { replicas: example.updated, updatedReplicas: example.updated, availableReplicas: example.needed }
    const share = { ...limits, readyThreshold: example.percent }
    const spec = { replicas: example.updated }
    expect(deploymentReadiness(withStatus(ready, spec), share, now)).toEqual({ ready: true })
    const oneLess = { ...ready, availableReplicas: example.needed - 1 }
    expect(deploymentReadiness(withStatus(oneLess, spec), share, now)).toMatchObject({ ready: false })
  })
})

describe("a Deployment that lacks pods for too long", () => {
  const progressing = { type: "Progressing", status: "True", reason: "ReplicaSetUpdated" }
  const unavailable = {
    type: "Available",
    status: "False",
    reason: "MinimumReplicasUnavailable",
    lastUpdateTime: "2029-12-31T23:59:59Z",
  }
  const retriable = (conditions: object[], counts: object = { availableReplicas: 0 }): unknown => {
    const found = deploymentReadiness(withStatus({ conditions, ...counts }), limits, now)
    return "retriable" in found ? found.retriable : found
  }
  it.each([
    ["new replicas are missing", { updatedReplicas: 1 }],
    ["old replicas do not end", { replicas: 5 }],
    ["replicas are not available", { availableReplicas: 0 }],
  ])("is given up when %s", (_why, counts) => {
    expect(retriable([progressing, unavailable], counts)).toBe(false)
  })
  it("has until the very end of the deadline", () => {
    expect(retriable([progressing, { ...unavailable, lastUpdateTime: "2030-01-01T00:00:00Z" }])).toBe(true)
  })
  it.each([
    ["has no progress condition", [unavailable]],
    ["has no availability condition", [progressing]],
    ["counts as available", [progressing, { ...unavailable, status: "True" }]],
    ["is unavailable for another reason", [progressing, { ...unavailable, reason: "Other" }]],
    ["does not say since when", [progressing, { ...unavailable, lastUpdateTime: undefined }]],
  ])("is waited for when it %s", (_why, conditions) => {
    expect(retriable(conditions)).toBe(true)
  })
  it("is ready all the same when enough pods are there", () => {
    expect(retriable([progressing, unavailable], {})).toEqual({ ready: true })
  })
})
