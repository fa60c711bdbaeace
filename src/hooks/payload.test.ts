import { describe, expect, it } from "vitest"
import type { Canary } from "#api/canary.ts"
import { checksumOf, hookPayload } from "./payload.ts"

describe("the checksum", () => {
  it.each([
    [undefined, "", "758df7c9fc"],
    [undefined, "4cb74184589", "7c9d467496"],
    [{}, "4cb74184589", "56966965f5"],
    [{ "test-config-map": "484637c76acaa7c6" }, "4cb74184589", "569bdb7cb9"],
    [{ b: "2", a: "1" }, "4cb74184589", "5f56bbf9c5"],
  ])("of configs %o and revision %j is %3$s", (trackedConfigs, lastAppliedSpec, checksum) => {
    expect(checksumOf({ trackedConfigs, lastAppliedSpec })).toBe(checksum)
  })

  it("of a canary that was never looked at is that of nothing", () => {
    expect(checksumOf(undefined)).toBe("758df7c9fc")
  })
})

describe("the payload", () => {
  const canary = {
    metadata: { name: "podinfo", namespace: "test" },
    status: { lastAppliedSpec: "4cb74184589" },
  } as Canary

  it("names the canary, the phase asked about and the revision", () => {
    expect(JSON.stringify(hookPayload(canary, "Progressing", { type: "cmd" }))).toBe(
      '{"name":"podinfo","namespace":"test","phase":"Progressing","checksum":"7c9d467496","metadata":{"type":"cmd"}}',
    )
  })

  it("has no metadata where the hook has none", () => {
    expect(hookPayload(canary, "", {})).not.toHaveProperty("metadata")
    expect(hookPayload(canary, "")).not.toHaveProperty("metadata")
  })
})
