import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isForeignRevision } from "#core/rollout/changes.ts"
import { canonicalJson, revisionOf } from "./revision.ts"

type Json = string | number | boolean | Json[] | { [key: string]: Json }

const key = fc.stringMatching(/^[a-z0-9./-]{1,6}$/)
const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean())
const { tree } = fc.letrec<{ tree: { [key: string]: Json }; value: Json }>((tie) => ({
  tree: fc.dictionary(key, tie("value"), { maxKeys: 5, noNullPrototype: true }),
  value: fc.oneof({ depthSize: "small" }, leaf, fc.array(tie("value"), { maxLength: 3 }), tie("tree")),
}))

/** The same content with the keys of every object the other way round. */
function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== "object") return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, inner]) => [name, reversed(inner)]),
  )
}

/** Every object that differs from `value` in one place: a leaf changed, a member or item taken out. */
function* changes(value: Json): Generator<Json> {
  if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) {
      yield value.toSpliced(at, 1)
      for (const inner of changes(item)) yield value.with(at, inner)
    }
  } else if (typeof value === "object") {
    for (const [name, member] of Object.entries(value)) {
      const { [name]: _gone, ...rest } = value
      yield rest
      for (const inner of changes(member)) yield { ...value, [name]: inner }
    }
  } else if (typeof value === "string") yield `${value} `
  else if (typeof value === "number") {
    yield value + 1
    yield String(value)
  } else yield !value
}

describe("a revision", () => {
  it("does not depend on the order of keys", () => {
    fc.assert(
      fc.property(tree, (template) => {
        expect(revisionOf(reversed(template) as object)).toBe(revisionOf(template))
      }),
    )
  })
  it("changes with every change of the template", () => {
    fc.assert(
      fc.property(tree, (template) => {
        for (const changed of changes(template)) expect(revisionOf(changed as object)).not.toBe(revisionOf(template))
      }),
    )
  })
  it("depends on the order of lists", () => {
    expect(revisionOf({ args: ["a", "b"] })).not.toBe(revisionOf({ args: ["b", "a"] }))
  })
  it("takes members without a value for absent", () => {
    const template = { metadata: { labels: { app: "web" } } }
    const withNothing = { metadata: { labels: { app: "web" }, creationTimestamp: null, name: undefined } }
    expect(revisionOf(withNothing)).toBe(revisionOf(template))
  })
  it("is the same text from release to release", () => {
    expect(revisionOf({ spec: { containers: [{ name: "web", image: "shop/web:1" }] } })).toBe("313a046562b6797a")
  })
  it("is not taken for one of the original's [fix 1]", () => {
    fc.assert(fc.property(tree, (template) => !isForeignRevision(revisionOf(template))))
  })
})

describe("canonical JSON", () => {
  it("loses nothing", () => {
    fc.assert(
      fc.property(tree, (template) => {
        expect(JSON.parse(canonicalJson(template))).toEqual(template)
      }),
    )
  })
  it("sorts keys as texts, also those that look like numbers", () => {
    expect(canonicalJson({ b: 1, 9: 1, 10: 1 })).toBe('{"10":1,"9":1,"b":1}')
  })
})
