import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { yamlDocuments, yamlText } from "./yaml.ts"

describe("YAML is read as kubectl reads it", () => {
  it.each([
    ["yes", true],
    ["No", false],
    ["ON", true],
    ["y", true],
    ["nO", "nO"],
    ["012", 10],
    ["0x1F", 31],
    ["1_000", 1000],
    ["-7", -7],
    ["1.5e3", 1500],
    ["2026-01-01", "2026-01-01"],
    ["'yes'", "yes"],
    ["~", null],
    ["1.2.3", "1.2.3"],
    ["{a: &x {b: 1}, c: {<<: *x}}", { a: { b: 1 }, c: { b: 1 } }],
  ])("%s", (text, value) => expect(yamlDocuments(`v: ${text}`)).toEqual([{ v: value }]))

  it("document by document, without the empty ones", () => {
    expect(yamlDocuments("a: 1\n---\n---\n# nothing\n---\nb: 2\n")).toEqual([{ a: 1 }, { b: 2 }])
  })
  it("and mistakes are told with their place", () =>
    expect(() => yamlDocuments("a: [1\nb: 2")).toThrow(/line|\(\d+:\d+\)/))
})

describe("YAML is written", () => {
  it("with keys in order, and texts that look like something else in quotes", () => {
    expect(yamlText({ b: "no", a: [1, true, null, "012", "x"] })).toBe(
      "a:\n- 1\n- true\n- null\n- '012'\n- x\nb: 'no'\n",
    )
  })
  it("so that it reads back the same", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        const plain = JSON.parse(JSON.stringify({ value })) as object
        expect(yamlDocuments(yamlText(plain))).toEqual([plain])
      }),
    )
  })
})
