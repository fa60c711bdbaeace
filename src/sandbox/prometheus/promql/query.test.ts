import { describe, expect, it } from "vitest"
import { createStore } from "../store.ts"
import { queryAt } from "./query.ts"

const store = createStore()
for (const [atMs, value] of [
  [0, 1],
  [60_000, 2],
  [120_000, 3],
] as const)
  store.append([{ name: "a", labels: { b: "c" }, value }], atMs)

const valueAt = (query: string, atMs: number, options = {}) => {
  const { value } = queryAt(query, atMs, store, options)
  return value.type === "vector" ? value.elements.map((element) => element.value) : value
}

describe("the start of a range is outside of it", () => {
  it.each([
    ["count_over_time(a[2m])", 120_000, [2]],
    ["count_over_time(a[120001ms])", 120_000, [3]],
    ["count_over_time(a[1m])", 119_999, [1]],
    ["count_over_time(a[2m:1m])", 120_000, [2]],
  ] as const)("in %s at %d", (query, atMs, values) => {
    expect(valueAt(query, atMs)).toEqual(values)
  })

  it("and so is a point that is as old as the look-back", () => {
    expect(valueAt("a", 120_000 + 299_999)).toEqual([3])
    expect(valueAt("a", 120_000 + 300_000)).toEqual([])
    expect(valueAt("a", 130_000, { lookbackMs: 10_000 })).toEqual([])
  })
})

describe("what stands behind an operand belongs to that operand alone", () => {
  it.each([
    ["a - a offset 1m", [1]],
    ["a - a offset 1m * 2", [-1]],
    ["a * a offset 1m ^ 2", [12]],
    ["-a offset 1m ^ 2", [-4]],
    ["a ^ a offset 1m ^ 3", [6561]],
    ["a + sum_over_time(a[3m]) offset", "refused"],
    ["a - a @ 0 - a @ 0", [1]],
    ["1 - a offset 1m == 0 or a", [3]],
    ["2 - 1 - 1 + vector(0)", [0]],
  ] as const)("in %s", (query, values) => {
    if (values === "refused") expect(() => queryAt(query, 120_000, store)).toThrow("parse error")
    else expect(valueAt(query, 120_000)).toEqual(values)
  })
})

it("a query that would keep the process busy for long is refused", () => {
  const began = performance.now()
  expect(() => queryAt("count_over_time(a[1y:1ms])", 120_000, store)).toThrow("too many samples")
  expect(performance.now() - began).toBeLessThan(15_000)
})

describe("regular expressions are read as Prometheus reads them where JavaScript would not", () => {
  const valuesFor = (pattern: string) => valueAt(`a{b=~\`${pattern}\`}`, 120_000)

  it.each([
    "(?P<x>c)",
    "(?i)C",
    "[[:alpha:]]",
    "\\x63",
    "\\pL",
    "c{1}",
    "[\\w-.]",
    "\\Qc\\E",
    "[]c]",
    "\\Ac\\z",
    "\\-*c",
  ])("%s fits c", (pattern) => expect(valuesFor(pattern)).toEqual([3]))

  it.each(["C", "]", "}", "\\s", "[[:digit:]]", "[^]c]", "c{2}"])("%s does not", (pattern) =>
    expect(valuesFor(pattern)).toEqual([]),
  )

  it.each([
    ["(", "missing closing ): `(`"],
    ["[", "missing closing ]: `[`"],
    ["*", "missing argument to repetition operator: `*`"],
    ["[[:nope:]]", "invalid character class range: `[:nope:]`"],
    ["\\y", "invalid escape sequence: `\\y`"],
  ])("%s is refused", (pattern, problem) => {
    expect(() => queryAt(`a{b=~${JSON.stringify(pattern)}}`, 0, store)).toThrow(
      `1:3: parse error: error parsing regexp: ${problem}`,
    )
  })
})
