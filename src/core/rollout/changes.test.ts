import { describe, expect, it } from "vitest"
import { isForeignRevision } from "./changes.ts"

describe("hashes of the original", () => {
  it.each(["5498f4fcd6", "7b9d769f9f", "4"])("are recognised: %s", (text) => expect(isForeignRevision(text)).toBe(true))
  it.each(["", undefined, "241889ca0604e333", "5498f4fcd65", "5498e4fcd6", "podinfo-00001"])("are not %j", (text) => {
    expect(isForeignRevision(text)).toBe(false)
  })
})
