import { describe, expect, it } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import { schemaOf } from "../kinds/schemas.ts"
import type { Schema } from "../schema/schema.ts"
import type { PatchRefused } from "./refused.ts"
import { strategicPatched } from "./strategic.ts"

const text: Schema = { type: "string" }
const item: Schema = { type: "object", properties: { name: text, value: text, tags: { type: "array", items: text } } }
const schema: Schema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        items: {
          type: "array",
          items: item,
          "x-kubernetes-patch-strategy": "merge",
          "x-kubernetes-patch-merge-key": "name",
        },
        names: { type: "array", items: text, "x-kubernetes-patch-strategy": "merge" },
        plain: { type: "array", items: item },
        kind: { type: "object", properties: { a: text, b: text }, "x-kubernetes-patch-strategy": "retainKeys" },
        whole: { type: "object", properties: { a: text, b: text }, "x-kubernetes-patch-strategy": "replace" },
        free: { type: "object", additionalProperties: { type: "object" } },
      },
    },
  },
}

const object = (spec: unknown): KubeObject => ({ apiVersion: "v1", kind: "Thing", metadata: { name: "a" }, spec })
const patched = (spec: unknown, patch: unknown): unknown =>
  strategicPatched(object(spec), { spec: patch }, schema)["spec"]
const named = (...names: string[]): { name: string }[] => names.map((name) => ({ name }))

function refusal(spec: unknown, patch: unknown): string {
  try {
    patched(spec, patch)
  } catch (error) {
    const { status, message } = error as PatchRefused
    return `${status} ${message}`
  }
  throw new Error("it was not refused")
}

describe("a strategic merge patch", () => {
  it("merges items by their key, adds others behind, and keeps what it does not name", () => {
    const spec = { items: [{ name: "a", value: "1", tags: ["x"] }, { name: "b" }] }
    const patch = { items: [{ name: "c" }, { name: "a", value: "2" }] }
    expect(patched(spec, patch)).toEqual({
      items: [{ name: "c" }, { name: "a", value: "2", tags: ["x"] }, { name: "b" }],
    })
  })

  it("adds values to a list that is a set of them, once", () => {
    expect(patched({ names: ["a", "b"] }, { names: ["c", "b"] })).toEqual({ names: ["c", "a", "b"] })
  })

  it("replaces other lists", () => {
    expect(patched({ plain: named("a", "b") }, { plain: named("c") })).toEqual({ plain: named("c") })
  })

  it("deletes items that it names so, and values by their own list", () => {
    const patch = { items: [{ name: "a", $patch: "delete" }], "$deleteFromPrimitiveList/names": ["y", "z"] }
    expect(patched({ items: named("a", "b", "a"), names: ["x", "y"] }, patch)).toEqual({
      items: named("b"),
      names: ["x"],
    })
  })

  it("puts items in the order it asks for, and others before what they stood before", () => {
    const order = { "$setElementOrder/items": named("c", "x", "a") }
    expect(patched({ items: named("a", "b", "c") }, order)).toEqual({ items: named("b", "c", "a") })
    const wanted = { "$setElementOrder/items": named("d", "a"), items: named("d") }
    expect(patched({ items: named("a", "b") }, wanted)).toEqual({ items: named("d", "a", "b") })
  })

  it("lets a new item have the place of one that it deletes", () => {
    const items = [{ name: "c", $patch: "delete" }, { name: "d" }]
    const patch = { items, "$setElementOrder/items": named("a", "d") }
    expect(patched({ items: named("a", "b", "c") }, patch)).toEqual({ items: named("a", "b", "d") })
  })

  it("replaces whole lists and maps where it says so", () => {
    expect(patched({ items: named("a") }, { items: [{ name: "b" }, { $patch: "replace" }] })).toEqual({
      items: named("b"),
    })
    expect(patched({ kind: { a: "1" } }, { kind: { $patch: "replace", b: "2" } })).toEqual({ kind: { b: "2" } })
    expect(patched({ kind: { a: "1" } }, { kind: { $patch: "delete" } })).toEqual({ kind: {} })
    expect(patched({ whole: { a: "1" } }, { whole: { b: "2" } })).toEqual({ whole: { b: "2" } })
  })

  it("drops the fields that are not to be retained", () => {
    const patch = { kind: { $retainKeys: ["b"], b: "2" } }
    expect(patched({ kind: { a: "1", b: "1" } }, patch)).toEqual({ kind: { b: "2" } })
  })

  it("deletes what is null, and leaves no null in what is new", () => {
    const patch = { kind: { a: null }, items: [{ name: "n", value: null }], free: { f: { x: null } } }
    expect(patched({ kind: { a: "1", b: "1" } }, patch)).toEqual({
      kind: { b: "1" },
      items: named("n"),
      free: { f: {} },
    })
  })

  it("leaves out directives in what is new", () => {
    const patch = { items: [{ name: "a", $patch: "delete" }, { name: "b" }], kind: { $patch: "delete" } }
    expect(patched({}, patch)).toEqual({ items: named("b") })
  })

  it("changes neither the object nor the patch", () => {
    const before = object({ items: [{ name: "a", tags: ["x"] }], names: ["n"] })
    const patch = { spec: { items: [{ name: "a", $patch: "delete" }, { name: "b" }], names: ["m"] } }
    const copies = structuredClone([before, patch])
    strategicPatched(before, patch, schema)
    expect([before, patch]).toEqual(copies)
  })

  it("is refused where it makes no sense", () => {
    const spec = { items: named("a"), names: ["a"], kind: { a: "1" }, free: { f: {} } }
    expect(refusal(spec, { kind: { $patch: "odd", a: "1" } })).toBe(
      "500 unknown patch type: odd in map: map[$patch:odd a:1]",
    )
    expect(refusal(spec, { items: [{ $patch: "delete" }] })).toBe(
      "500 map: map[$patch:delete] does not contain declared merge key: name",
    )
    expect(refusal(spec, { items: [{ value: "1" }] })).toBe(
      "500 map: map[value:1] does not contain declared merge key: name",
    )
    expect(refusal(spec, { names: [1] })).toBe("500 list element types are not identical: [[a] [1]]")
    expect(refusal({ names: [["a"]] }, { names: [["b"]] })).toBe("422 lists of lists are not supported")
    expect(refusal(spec, { kind: { $retainKeys: ["b"], a: "1" } })).toBe("400 invalid patch format of retainKeys")
    expect(refusal(spec, { "$setElementOrder/": 1 })).toBe("500 expected a []interface {}, but received a int64")
    expect(refusal(spec, { $setElementOrder: [] })).toBe("400 invalid patch format of setElementOrder list")
    expect(refusal(spec, { free: { f: { x: 1 } } })).toBe(
      "500 merging an object in json but data type is not struct, instead is: map",
    )
  })

  it("names the type that has no such field", () => {
    const deployment = { ...object({}), kind: "Deployment" }
    const patch = { metadata: { "$setElementOrder/odd": ["a"] } }
    expect(() => strategicPatched(deployment, patch, schemaOf("apps", "v1", "Deployment"))).toThrow(
      'unable to find api field in struct ObjectMeta for the json field "odd"',
    )
  })
})
