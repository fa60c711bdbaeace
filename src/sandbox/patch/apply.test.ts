import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import type { Schema } from "../schema/schema.ts"
import { type Application, applied } from "./apply.ts"
import { conflictText } from "./conflicts.ts"
import { managedFieldsOf } from "./managers.ts"
import { withManagers } from "./managed-fields.ts"
import type { PatchRefused } from "./refused.ts"

const text: Schema = { type: "string" }
const number: Schema = { type: "integer" }
const specOf = (spec: Record<string, Schema>): Schema => ({
  type: "object",
  properties: { spec: { type: "object", properties: spec }, status: { type: "object", properties: { phase: text } } },
})
const schema = specOf({
  size: number,
  parts: { type: "object", properties: { left: text, right: text } },
  limits: { type: "object", additionalProperties: text },
  point: { type: "object", "x-kubernetes-map-type": "atomic", properties: { x: number, y: number } },
  colors: { type: "array", "x-kubernetes-list-type": "set", items: text },
  steps: { type: "array", items: text },
  rules: {
    type: "array",
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["name"],
    items: { type: "object", properties: { name: text, weight: number } },
  },
  anything: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
})

const now = "2026-01-01T00:00:00Z"
const thing = (spec?: object): KubeObject => ({
  apiVersion: "example.io/v1",
  kind: "Thing",
  metadata: { name: "a" },
  ...(spec ? { spec } : {}),
})

const apply = (live: KubeObject | undefined, manager: string, spec?: object, more: Partial<Application> = {}) =>
  applied({ live, config: thing(spec), schema, manager, force: false, now, ...more })
const forced = (live: KubeObject | undefined, manager: string, spec?: object): KubeObject =>
  apply(live, manager, spec, { force: true }).object
const ownersOf = (object: KubeObject): Record<string, unknown> =>
  Object.fromEntries(
    ((managedFieldsOf(object) ?? []) as { manager: string; fieldsV1: unknown }[]).map((entry) => [
      entry.manager,
      entry.fieldsV1,
    ]),
  )

describe("server-side apply", () => {
  it("creates an object and notes who owns what", () => {
    const { object, conflicts } = apply(undefined, "x", { size: 1, rules: [{ name: "a" }], colors: ["red"] })
    expect(conflicts).toEqual([])
    expect(object["spec"]).toEqual({ size: 1, rules: [{ name: "a" }], colors: ["red"] })
    const rules = { 'k:{"name":"a"}': { ".": {}, "f:name": {} } }
    const fieldsV1 = { "f:spec": { "f:colors": { 'v:"red"': {} }, "f:rules": rules, "f:size": {} } }
    const entry = {
      manager: "x",
      operation: "Apply",
      apiVersion: "example.io/v1",
      time: now,
      fieldsType: "FieldsV1",
      fieldsV1,
    }
    expect(managedFieldsOf(object)).toEqual([entry])
  })

  it("is refused where somebody else wants another value, and leaves the object alone", () => {
    const live = forced(forced(undefined, "x", { size: 1, steps: ["a"] }), "y", { size: 1 })
    const { object, conflicts } = apply(live, "z", { size: 2, steps: ["b"] })
    expect(object).toBe(live)
    expect(conflictText(conflicts)).toBe(
      'Apply failed with 3 conflicts: conflicts with "x":\n- .spec.size\n- .spec.steps\nconflicts with "y":\n- .spec.size',
    )
    expect(conflictText(conflicts.slice(0, 1))).toBe('Apply failed with 1 conflict: conflict with "x": .spec.size')
  })

  it("says in which version and through which subresource an update was made that it is in conflict with", () => {
    const update = { schema, manager: "m", now }
    const live = withManagers({
      ...update,
      before: undefined,
      after: thing({ size: 1, rules: [{ name: "a", weight: 1 }] }),
    })
    expect(apply(live, "x", { rules: [{ name: "a", weight: 2 }] }).conflicts).toEqual([
      { manager: '"m" using example.io/v1', field: '.spec.rules[name="a"].weight' },
    ])
    const after = { ...live, spec: { ...live["spec"], size: 2 } }
    const scaled = withManagers({ ...update, before: live, after, subresource: "scale" })
    expect(apply(scaled, "x", { size: 3 }).conflicts).toEqual([
      { manager: '"m" with subresource "scale" using example.io/v1', field: ".spec.size" },
    ])
  })

  it("takes over what it forces, and shares what is the same", () => {
    const live = forced(forced(undefined, "x", { size: 1, parts: { left: "l" } }), "y", {
      size: 2,
      parts: { left: "l" },
    })
    expect(live["spec"]).toEqual({ size: 2, parts: { left: "l" } })
    expect(ownersOf(live)).toEqual({
      x: { "f:spec": { "f:parts": { "f:left": {} } } },
      y: { "f:spec": { "f:parts": { "f:left": {} }, "f:size": {} } },
    })
  })

  it("removes what is no longer applied, but not what somebody else owns or nobody does", () => {
    const live = forced(undefined, "x", { size: 1, limits: { a: "1", b: "1" }, rules: [{ name: "a" }, { name: "b" }] })
    const shared = forced(live, "y", { limits: { b: "1" }, rules: [{ name: "b", weight: 3 }] })
    const found = { ...shared, spec: { ...shared["spec"], steps: ["nobody's"] } }
    expect(forced(found, "x", { size: 1 })["spec"]).toEqual({
      size: 1,
      limits: { b: "1" },
      rules: [{ name: "b", weight: 3 }],
      steps: ["nobody's"],
    })
  })

  it("treats atomic maps and lists as one value", () => {
    const live = forced(undefined, "x", { point: { x: 1 }, steps: ["a"] })
    expect(apply(live, "y", { point: { y: 1 } }).conflicts).toEqual([{ manager: '"x"', field: ".spec.point" }])
    expect(forced(live, "y", { point: { y: 1 } })["spec"]).toEqual({ point: { y: 1 }, steps: ["a"] })
  })

  it("keeps live items where they are among those that it applies", () => {
    const live = forced(forced(undefined, "x", { colors: ["a", "b", "c", "d"] }), "y", { colors: ["c", "x", "a"] })
    expect(live["spec"].colors).toEqual(["b", "c", "d", "x", "a"])
  })

  it("follows a schema that has made a map atomic since", () => {
    const live = forced(undefined, "x", { parts: { left: "l" } })
    const parts: Schema = { type: "object", "x-kubernetes-map-type": "atomic", properties: { left: text, right: text } }
    const { conflicts } = apply(live, "y", { parts: { right: "r" } }, { schema: specOf({ parts }) })
    expect(conflicts).toEqual([{ manager: '"x"', field: ".spec.parts" }])
  })

  it("begins with those who came before the first apply where nobody is noted", () => {
    const { conflicts } = apply(thing({ size: 1 }), "x", { size: 2 })
    expect(conflicts).toEqual([{ manager: '"before-first-apply" using example.io/v1', field: ".spec.size" }])
    expect(ownersOf(forced(thing({ size: 1 }), "x", { colors: ["red"] }))).toEqual({
      "before-first-apply": { "f:spec": { ".": {}, "f:size": {} } },
      x: { "f:spec": { "f:colors": { 'v:"red"': {} } } },
    })
  })

  it("owns the status only through its subresource, and nothing else through that", () => {
    const config = { ...thing({ size: 1 }), status: { phase: "on" } }
    const main = apply(undefined, "x", {}, { config, hasStatus: true }).object
    expect(ownersOf(main)).toEqual({ x: { "f:spec": { "f:size": {} } } })
    const both = apply(main, "y", {}, { config, hasStatus: true, subresource: "status" }).object
    expect(ownersOf(both)).toEqual({ x: { "f:spec": { "f:size": {} } }, y: { "f:status": { "f:phase": {} } } })
  })

  it("refuses managed fields in what is applied, and what is not as the schema says", () => {
    const refusal = (config: object): string => {
      try {
        applied({ live: undefined, config: config as KubeObject, schema, manager: "x", force: false, now })
      } catch (error) {
        return `${(error as PatchRefused).status} ${(error as PatchRefused).message}`
      }
      throw new Error("it was not refused")
    }
    const withManaged = { ...thing(), metadata: { name: "a", managedFields: [] } }
    expect(refusal(withManaged)).toBe("400 metadata.managedFields must be nil")
    expect(refusal({ ...thing(), metadata: { name: "a", namespace: "n" }, spec: { size: "1", parts: 1 } })).toBe(
      "500 failed to create typed patch object (n/a; example.io/v1, Kind=Thing): errors:\n" +
        "  .spec.parts: expected map, got &{1}\n  .spec.size: expected numeric (int or float), got string",
    )
  })

  it("changes nothing when the same is applied again, not even times", () => {
    fc.assert(
      fc.property(specs, specs, (first, spec) => {
        const live = forced(forced(undefined, "a", first), "b", spec)
        const later = apply(live, "b", spec, { now: "2026-02-02T00:00:00Z" })
        expect(later).toEqual({ object: live, conflicts: [] })
      }),
    )
  })

  it("removes exactly what only it owned when it applies nothing any more", () => {
    fc.assert(
      fc.property(specs, specs, (kept, own) => {
        const before = forced(undefined, "a", kept)
        const left = forced(apply(before, "b", { ...own, ...kept }, { force: true }).object, "b")
        expect(valuesOf(left)).toEqual(valuesOf(before))
        expect(ownersOf(left)).toEqual(ownersOf(before))
      }),
    )
  })

  it("never changes what it was given", () => {
    fc.assert(
      fc.property(specs, specs, (first, spec) => {
        const live = forced(undefined, "a", first)
        const copies = structuredClone([live, spec])
        apply(live, "b", spec)
        forced(live, "a", spec)
        expect([live, spec]).toEqual(copies)
      }),
    )
  })
})

const name = fc.constantFrom("a", "b", "c", "__proto__", "constructor")
const unique = <T>(item: fc.Arbitrary<T>, selector: (item: T) => string) =>
  fc.uniqueArray(item, { maxLength: 4, minLength: 1, selector })
const partly = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>
const specs = partly({
  size: fc.nat(3),
  parts: fc.record({ left: name, right: name }),
  limits: fc.dictionary(name, name, { minKeys: 1, maxKeys: 3 }),
  point: partly({ x: fc.nat(2), y: fc.nat(2) }),
  colors: unique(name, (value) => value),
  steps: fc.array(name, { maxLength: 3 }),
  rules: unique(fc.record({ name, weight: fc.nat(2) }), ({ name: key }) => key),
  anything: fc.dictionary(
    name,
    fc.oneof(fc.nat(2), fc.array(fc.nat(2)), fc.dictionary(name, fc.nat(2), { minKeys: 1 })),
    {
      minKeys: 1,
    },
  ),
})

/** What the object says, whatever is there but empty. */
const valuesOf = ({ spec }: KubeObject): unknown => spec ?? {}
