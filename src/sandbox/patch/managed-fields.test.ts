import { describe, expect, it } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import { schemaOf } from "../kinds/schemas.ts"
import type { Schema } from "../schema/schema.ts"
import { managedFieldsOf } from "./managers.ts"
import { unlessIdle, withManagers, type Write } from "./managed-fields.ts"

const text: Schema = { type: "string" }
const schema: Schema = {
  type: "object",
  properties: {
    spec: { type: "object", properties: { a: text, b: text, list: { type: "array", items: text } } },
    status: { type: "object", properties: { phase: text } },
  },
}
const thing = (spec: object, more: object = {}): KubeObject => ({
  apiVersion: "example.io/v1",
  kind: "Thing",
  metadata: { name: "a" },
  spec,
  ...more,
})
const timeOf = (second: number): string => `2026-01-01T00:00:${String(second).padStart(2, "0")}Z`

const written = (before: KubeObject | undefined, after: KubeObject, more: Partial<Write> = {}): KubeObject =>
  withManagers({ before, after, schema, manager: "m", now: timeOf(1), ...more })
const changed = (before: KubeObject, spec: object, more: Partial<Write> = {}): KubeObject =>
  written(before, { ...before, spec: { ...before["spec"], ...spec } }, more)

interface Entry {
  manager: string
  subresource?: string
  time: string
  fieldsV1: unknown
}
const entriesOf = (object: KubeObject): Entry[] => (managedFieldsOf(object) ?? []) as Entry[]
const ownersOf = (object: KubeObject): Record<string, unknown> =>
  Object.fromEntries(entriesOf(object).map(({ manager, fieldsV1 }) => [manager, fieldsV1]))

describe("managed fields of ordinary writes", () => {
  it("give everything to who creates an object, but what is never anybody's", () => {
    const metadata = {
      name: "a",
      namespace: "n",
      uid: "1",
      resourceVersion: "2",
      generation: 1,
      creationTimestamp: timeOf(0),
      labels: { l: "1" },
      finalizers: ["a/b"],
    }
    const object = written(undefined, { ...thing({ a: "1" }), metadata })
    const fieldsV1 = {
      "f:metadata": { "f:finalizers": { ".": {}, 'v:"a/b"': {} }, "f:labels": { ".": {}, "f:l": {} } },
      "f:spec": { ".": {}, "f:a": {} },
    }
    const who = { manager: "m", operation: "Update", apiVersion: "example.io/v1", time: timeOf(1) }
    expect(entriesOf(object)).toEqual([{ ...who, fieldsType: "FieldsV1", fieldsV1 }])
  })

  it("do not count the parts of a built-in kind that are always there", () => {
    const service = {
      ...thing({ type: "ClusterIP", ports: [{ port: 80, protocol: "TCP" }] }),
      apiVersion: "v1",
      kind: "Service",
    }
    const ports = { ".": {}, 'k:{"port":80,"protocol":"TCP"}': { ".": {}, "f:port": {}, "f:protocol": {} } }
    expect(ownersOf(written(undefined, service, { schema: schemaOf("", "v1", "Service") }))).toEqual({
      m: { "f:spec": { "f:ports": ports, "f:type": {} } },
    })
  })

  it("pass from one manager to another with the values, and end with them", () => {
    const made = written(undefined, thing({ a: "1", b: "1", list: ["x"] }))
    const taken = changed(made, { a: "2" }, { manager: "n", now: timeOf(2) })
    expect(ownersOf(taken)).toEqual({
      m: { "f:spec": { ".": {}, "f:b": {}, "f:list": {} } },
      n: { "f:spec": { "f:a": {} } },
    })
    const less = written(taken, { ...taken, spec: { b: "1" } }, { now: timeOf(3) })
    expect(ownersOf(less)).toEqual({ m: { "f:spec": { ".": {}, "f:b": {} } } })
    expect(entriesOf(less)[0]?.time).toBe(timeOf(1))
  })

  it("stay as they are when nothing changes", () => {
    const made = written(undefined, thing({ a: "1" }))
    expect(changed(made, { a: "1" }, { manager: "n", now: timeOf(2) })).toEqual(made)
    expect(changed(made, { a: "1" }, { now: timeOf(2) })).toEqual(made)
  })

  it("are kept apart by subresource", () => {
    const made = written(undefined, thing({ a: "1" }), { hasStatus: true })
    const after = { ...made, spec: { a: "2" }, status: { phase: "on" } }
    const status = written(made, after, { hasStatus: true, subresource: "status", now: timeOf(2) })
    expect(entriesOf(status).map(({ subresource, time, fieldsV1 }) => [subresource, time, fieldsV1])).toEqual([
      [undefined, timeOf(1), { "f:spec": { ".": {}, "f:a": {} } }],
      ["status", timeOf(2), { "f:status": { ".": {}, "f:phase": {} } }],
    ])
  })

  it("know nothing of a status that is written apart", () => {
    const made = written(undefined, thing({ a: "1" }, { status: { phase: "on" } }), { hasStatus: true })
    expect(ownersOf(made)).toEqual({ m: { "f:spec": { ".": {}, "f:a": {} } } })
  })

  it("can be changed by the user, and cleared until the next apply", () => {
    const made = written(undefined, thing({ a: "1" }))
    const given = (managedFields: unknown, spec: object): KubeObject =>
      written(
        made,
        { ...made, spec, metadata: { ...made.metadata, managedFields } as KubeObject["metadata"] },
        { now: timeOf(2) },
      )
    const renamed = [{ ...entriesOf(made)[0], manager: "other" }]
    expect(Object.keys(ownersOf(given(renamed, { a: "1" })))).toEqual(["other"])
    for (const cleared of [[], [{}]]) {
      const object = given(cleared, { a: "2" })
      expect("managedFields" in object.metadata).toBe(false)
      expect("managedFields" in changed(object, { a: "3" }).metadata).toBe(false)
    }
  })

  it.each([
    ["an operation that is none", { operation: "Delete" }],
    ["no version", { apiVersion: "" }],
    ["another type of fields", { fieldsType: "FieldsV2" }],
    ["elements that are none", { fieldsV1: { "f:spec": { "x:y": {} } } }],
    ["keys that are no JSON", { fieldsV1: { 'k:{"a"': {} } }],
  ])("are kept when a user sends %s", (_, wrong) => {
    const made = written(undefined, thing({ a: "1" }))
    const managedFields = [{ ...entriesOf(made)[0], ...wrong }]
    const after = { ...made, metadata: { ...made.metadata, managedFields } as KubeObject["metadata"] }
    expect(written(made, after)).toEqual(made)
  })

  it("keep what a client leaves out that does not know them", () => {
    const made = written(undefined, thing({ a: "1" }))
    expect(written(made, { ...made, metadata: { name: "a" } })).toEqual(made)
  })

  it("throw the oldest of more than ten updaters together", () => {
    let object = written(undefined, thing({ a: "1" }), { manager: "m0" })
    for (let count = 1; count <= 12; count++) {
      const metadata = { ...object.metadata, labels: { ...object.metadata.labels, [`l${count}`]: "1" } }
      object = written(object, { ...object, metadata }, { manager: `m${count}`, now: timeOf(count + 1) })
    }
    const entries = entriesOf(object)
    const kept = [4, 5, 6, 7, 8, 9, 10, 11, 12].map((number) => `m${number}`)
    expect(entries.map(({ manager }) => manager)).toEqual(["ancient-changes", ...kept])
    expect(entries[0]).toMatchObject({
      time: timeOf(4),
      fieldsV1: {
        "f:metadata": { "f:labels": { ".": {}, "f:l1": {}, "f:l2": {}, "f:l3": {} } },
        "f:spec": { ".": {}, "f:a": {} },
      },
    })
  })

  it("are not changed by a write that ends where it began", () => {
    const made = written(undefined, thing({ a: "1" }))
    const later = structuredClone(made)
    for (const entry of entriesOf(later)) entry.time = timeOf(9)
    expect(unlessIdle(made, later)).toBe(made)
    const other = changed(later, { a: "2" })
    expect(unlessIdle(made, other)).toBe(other)
  })
})
