import { describe, expect, it } from "vitest"
import type { Canary } from "#api/canary.ts"
import { canary as canaryOf } from "#test/cluster/objects.ts"
import { createCanaries, keyOfCanary } from "./canaries.ts"

/** Created at a second of some minute. */
function canary(name: string, second: number, target = "web", namespace = "shop"): Canary {
  const object = canaryOf(name, { targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: target } })
  const creationTimestamp = `2026-01-01T00:00:${String(second).padStart(2, "0")}Z`
  return { ...object, metadata: { name, namespace, creationTimestamp } } as Canary
}
const known = (...all: Canary[]) => {
  const canaries = createCanaries()
  all.forEach(canaries.took)
  return canaries
}

describe("a target", () => {
  const [older, younger] = [canary("b", 1), canary("a", 2)]

  it("belongs to the only canary that names it", () => {
    expect(known(older).holderOfTarget(older)).toBeUndefined()
  })
  it.each([[[older, younger]], [[younger, older]]])("belongs to the oldest, in whatever order they come", (all) => {
    const canaries = known(...all)
    expect(canaries.holderOfTarget(younger)).toBe(older)
    expect(canaries.holderOfTarget(older)).toBeUndefined()
  })
  it("belongs to the first by name when both are equally old", () => {
    const [a, b] = [canary("a", 1), canary("b", 1)]
    expect(known(b, a).holderOfTarget(b)).toBe(a)
    expect(known(b, a).holderOfTarget(a)).toBeUndefined()
  })
  it("is free for the younger ones when the oldest goes, who are named", () => {
    const canaries = known(older, younger)
    expect(canaries.lost(older)).toEqual([younger])
    expect(canaries.holderOfTarget(younger)).toBeUndefined()
  })
  it("is free when its canary points elsewhere", () => {
    const canaries = known(older, younger)
    canaries.took(canary("b", 1, "other"))
    expect(canaries.holderOfTarget(younger)).toBeUndefined()
  })
  it.each([
    ["namespace", canary("c", 3, "web", "test")],
    ["kind", { ...canary("c", 3), spec: { ...older.spec, targetRef: { ...older.spec.targetRef, kind: "DaemonSet" } } }],
  ])("is another one in another %s", (_, other) => {
    const canaries = known(older, other as Canary)
    expect(canaries.holderOfTarget(other as Canary)).toBeUndefined()
  })
  it("that is not named, in a spec that cannot be served, is nobody else's", () => {
    const broken = (name: string) => ({ ...canary(name, 1), spec: {} }) as Canary
    const canaries = known(broken("x"), broken("y"))
    expect(canaries.holderOfTarget(broken("y"))).toBeUndefined()
  })
})

describe("canaries", () => {
  it("are known by their key until they are lost", () => {
    const one = canary("a", 1)
    const canaries = known(one)
    expect(canaries.get(keyOfCanary(one))).toBe(one)
    canaries.lost(one)
    expect(canaries.get(keyOfCanary(one))).toBeUndefined()
  })
  it("are counted by namespace, each once however often it changes", () => {
    const canaries = known(canary("a", 1), canary("b", 2), canary("a", 1), canary("c", 3, "web", "test"))
    expect([...canaries.perNamespace()]).toEqual([
      ["shop", 2],
      ["test", 1],
    ])
  })
})
