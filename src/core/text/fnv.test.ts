import { describe, expect, it } from "vitest"
import { fnv1a32, safeEncode } from "./fnv.ts"

describe("fnv1a32", () => {
  it("agrees with the published values of FNV-1a", () => {
    expect(fnv1a32("")).toBe(0x811c9dc5)
    expect(fnv1a32("a")).toBe(0xe40c292c)
    expect(fnv1a32("foobar")).toBe(0xbf9cf968)
  })
  it("hashes bytes, not UTF-16 units", () => {
    expect(fnv1a32("é")).toBe(0x1e9de8c1)
  })
})

describe("safeEncode", () => {
  it("maps every character by its code point", () => {
    expect(safeEncode("0123456789")).toBe("456789bcdf")
  })
})
