import { describe, expect, it } from "vitest"
import { primaryId } from "./run-id.ts"
import { worldOf } from "./world.test-support.ts"

const { canary } = worldOf()
const configs = { "configmap/a": "1", "secret/b": "2" }
const id = primaryId(canary, "r1", configs)

describe("the id of a release", () => {
  it("has the shape of a random UUID", () => {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
  })
  it("is the same when the promotion is repeated, in whatever order configs are read", () => {
    expect(primaryId(canary, "r1", { "secret/b": "2", "configmap/a": "1" })).toBe(id)
  })
  it.each([
    ["revision", primaryId(canary, "r2", configs)],
    ["config", primaryId(canary, "r1", { ...configs, "configmap/a": "3" })],
    ["number of configs", primaryId(canary, "r1", undefined)],
    ["canary", primaryId({ ...canary, metadata: { ...canary.metadata, uid: "u2" } }, "r1", configs)],
  ])("differs for another %s", (_, other) => expect(other).not.toBe(id))
})
