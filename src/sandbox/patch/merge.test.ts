import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import { isFields } from "../schema/fields.ts"
import { sameJson } from "../schema/json.ts"
import { mergePatched } from "./merge.ts"

const object = (spec: unknown): KubeObject => ({ apiVersion: "v1", kind: "Thing", metadata: { name: "a" }, spec })
const patchedSpec = (spec: unknown, patch: unknown): unknown => mergePatched(object(spec), { spec: patch })["spec"]

describe("a merge patch", () => {
  it("changes, adds and removes fields, and replaces lists", () => {
    const spec = { a: 1, b: { c: 2, d: 3 }, list: [1, 2] }
    expect(patchedSpec(spec, { a: 9, b: { c: null, e: 4 }, list: [3] })).toEqual({ a: 9, b: { d: 3, e: 4 }, list: [3] })
  })

  it("drops nulls in what is new, also inside lists", () => {
    expect(patchedSpec({}, { a: { b: null, c: 1 }, l: [{ n: null, m: 1 }, null] })).toEqual({
      a: { c: 1 },
      l: [{ m: 1 }, null],
    })
  })

  it("shares what it does not touch", () => {
    const before = object({ a: { b: 1 }, c: 1 })
    const after = mergePatched(before, { spec: { c: 2 } })
    expect(after["spec"].a).toBe(before["spec"].a)
    expect(after.metadata).toBe(before.metadata)
    expect(before["spec"].c).toBe(1)
  })

  it("can set a field of any name", () => {
    const after = patchedSpec({}, JSON.parse('{"__proto__":{"x":1}}'))
    expect(Object.keys(after as object)).toEqual(["__proto__"])
    expect((after as { x?: number }).x).toBeUndefined()
  })

  it("gives the target when it is the difference to it", () => {
    fc.assert(
      fc.property(fields, fields, (before, target) => {
        expect(sameJson(patchedSpec(before, difference(before, target)), target)).toBe(true)
      }),
    )
  })

  it("changes nothing the second time", () => {
    fc.assert(
      fc.property(fields, fields, (before, patch) => {
        const once = patchedSpec(before, patch)
        expect(patchedSpec(once, patch)).toEqual(once)
      }),
    )
  })
})

/** Any JSON without nulls, which no merge patch can set. */
const fields = fc.dictionary(
  fc.constantFrom("a", "b", "c", "__proto__", "constructor"),
  fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.integer(),
      fc.string(),
      fc.boolean(),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom("a", "b", "toString"), tie("value")),
    ),
  })).value,
)

function difference(before: unknown, target: unknown): unknown {
  if (!isFields(before) || !isFields(target)) return target
  const names = new Set([...Object.keys(before), ...Object.keys(target)])
  const entries = [...names].map((name): [string, unknown] => {
    if (!Object.hasOwn(target, name)) return [name, null]
    return [name, Object.hasOwn(before, name) ? difference(before[name], target[name]) : target[name]]
  })
  return Object.fromEntries(entries)
}
