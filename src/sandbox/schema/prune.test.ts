import { describe, expect, it } from "vitest"
import { pruned } from "./prune.ts"
import type { Schema } from "./schema.ts"

const text: Schema = { type: "string" }
const item: Schema = { type: "object", properties: { a: text } }
const schema: Schema = {
  type: "object",
  properties: {
    list: { type: "array", items: item },
    map: { type: "object", additionalProperties: item },
    keep: {
      type: "object",
      "x-kubernetes-preserve-unknown-fields": true,
      properties: { known: item, list: { type: "array", items: item } },
    },
    pod: { type: "object", "x-kubernetes-embedded-resource": true, properties: { spec: item } },
  },
}

describe("pruned", () => {
  it("says where the dropped fields were, in the words of field validation", () => {
    const value = { z: 1, list: [{ a: "x" }, { a: "x", b: 1 }], map: { "a.b": { c: 1 } } }
    expect(pruned(schema, value)).toEqual({
      value: { list: [{ a: "x" }, { a: "x" }], map: { "a.b": {} } },
      unknown: ["list[1].b", "map.a.b.c", "z"],
    })
  })

  it("looks into the metadata of objects inside, where it is told what that has", () => {
    const metadata: Schema = { type: "object", properties: { name: { type: "string" } } }
    const value = { metadata: { odd: 1 }, pod: { kind: "Pod", metadata: { name: "p", odd: 1 } } }
    expect(pruned(schema, value).unknown).toEqual([])
    expect(pruned(schema, value, metadata)).toEqual({
      value: { metadata: { odd: 1 }, pod: { kind: "Pod", metadata: { name: "p" } } },
      unknown: ["pod.metadata.odd"],
    })
  })

  it("gives back the same object, and the same parts, where nothing was dropped", () => {
    const same = { list: [{ a: "x" }], map: { k: { a: "x" } } }
    expect(pruned(schema, same).value).toBe(same)
    const changed = pruned(schema, { ...same, z: 1 }).value as typeof same
    expect(changed.list).toBe(same.list)
  })

  it("leaves the given object as it was", () => {
    const value = Object.freeze({ list: Object.freeze([Object.freeze({ a: "x", b: 1 })]) })
    pruned(schema, value)
    expect(value).toEqual({ list: [{ a: "x", b: 1 }] })
  })

  it("always keeps apiVersion, kind and metadata of the object itself, but not below", () => {
    const value = { apiVersion: "v1", kind: "K", metadata: { odd: 1 }, list: [{ kind: "K" }] }
    expect(pruned(schema, value)).toEqual({ value: { ...value, list: [{}] }, unknown: ["list[0].kind"] })
  })

  it("keeps them in whole objects inside of the object", () => {
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { odd: 1 }, spec: { a: "x", b: 1 }, status: {} }
    expect(pruned(schema, { pod })).toEqual({
      value: { pod: { apiVersion: "v1", kind: "Pod", metadata: { odd: 1 }, spec: { a: "x" } } },
      unknown: ["pod.spec.b", "pod.status"],
    })
  })

  it("keeps unknown fields where the schema wants it, until a field has a schema of its own", () => {
    const keep = { odd: { deep: [{ x: 1 }] }, known: { a: "x", b: 1 } }
    expect(pruned(schema, { keep })).toEqual({
      value: { keep: { odd: { deep: [{ x: 1 }] }, known: { a: "x" } } },
      unknown: ["keep.known.b"],
    })
  })

  it("follows schemas that mention themselves", () => {
    const tree: Schema = { type: "object" }
    tree.properties = { child: tree }
    expect(pruned(tree, { child: { child: { leaf: 1 } } }).unknown).toEqual(["child.child.leaf"])
  })
})
