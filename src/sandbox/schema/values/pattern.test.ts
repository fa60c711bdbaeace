import { describe, expect, it } from "vitest"
import { patternOf } from "./pattern.ts"

describe("patternOf", () => {
  it.each([
    ["^a", "abc", true],
    ["^[0-9]+(m|s)$", "10s", true],
    ["^[0-9]+(m|s)$", "10s\n", false],
    ["(?i)^abc$", "ABC", true],
    ["^.$", "😀", true],
    ["^.$", "\u2028", true],
    ["a.b", "a\nb", false],
    ["(?s)a.b", "a\nb", true],
    [String.raw`^\s$`, "\u00a0", false],
    ["^[[:alpha:]]+$", "abc", true],
    [String.raw`^\pL+$`, "äö", true],
    [String.raw`^a\z`, "a", true],
    ["^[]a]+$", "]a", true],
    [String.raw`^\x60$`, "`", true],
  ])("%s on %j: %s", (pattern, text, matches) => {
    expect(patternOf(pattern).test(text)).toBe(matches)
  })

  it.each([
    ["(abc", "missing closing )"],
    ["(?=a)", "invalid or unsupported Perl syntax"],
    [String.raw`(a)\1`, "invalid escape sequence"],
    ["a{2000}", "invalid repeat count"],
    ["[z-a]", "invalid character class range"],
  ])("refuses %s as the server does", (pattern, text) => {
    expect(() => patternOf(pattern)).toThrow(`error parsing regexp: ${text}`)
  })

  it("cannot be kept busy", () => {
    const started = performance.now()
    expect(patternOf("^(a+)+$").test(`${"a".repeat(40)}!`)).toBe(false)
    expect(performance.now() - started).toBeLessThan(1000)
  })
})
