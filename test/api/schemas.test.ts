import { describe, expect } from "vitest"
import { definition, freshGroup, itWith, objectOf } from "./crds.ts"
import { problemsOf, refusal } from "./http.ts"

const group = freshGroup()
const apiVersion = `${group}/v1`

const text = { type: "string" }
const number = { type: "integer" }
const record = (properties: object, others: object = {}) => ({ type: "object", properties, ...others })

const shapes = objectOf(
  {
    size: { ...number, minimum: 1, maximum: 10 },
    share: { type: "number", multipleOf: 0.5, minimum: 0, exclusiveMinimum: true },
    name: { ...text, minLength: 2, maxLength: 4, pattern: "^[a-z]+$" },
    color: { ...text, enum: ["red", "blue"] },
    list: { type: "array", minItems: 1, maxItems: 2, items: text },
    set: { type: "array", "x-kubernetes-list-type": "set", items: text },
    pairs: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      items: record({ name: text, value: text }, { required: ["name"] }),
    },
    labels: { type: "object", maxProperties: 2, additionalProperties: text },
    port: { "x-kubernetes-int-or-string": true },
    flag: { type: "boolean" },
    maybe: { ...text, nullable: true },
    since: { ...text, format: "date-time" },
    address: { ...text, format: "ipv4" },
    either: record({ a: text, b: text }, { oneOf: [{ required: ["a"] }, { required: ["b"] }] }),
    open: record({ known: number }, { "x-kubernetes-preserve-unknown-fields": true }),
    embedded: { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
    items: { type: "array", items: record({ n: number }) },
  },
  { required: ["size"] },
)

const gifts = objectOf({
  color: { ...text, default: "red" },
  maybe: { ...text, nullable: true, default: "given" },
  nested: record(
    { level: { ...number, default: 3 }, deep: record({ word: { ...text, default: "hi" } }) },
    { default: {} },
  ),
  items: { type: "array", items: record({ n: { ...number, default: 1 } }) },
  byName: { type: "object", additionalProperties: record({ on: { type: "boolean", default: true } }) },
})

const ruled = objectOf(
  {
    min: number,
    max: number,
    name: { ...text, maxLength: 10 },
    fixed: { ...text, "x-kubernetes-validations": [{ rule: "self == oldSelf", message: "fixed cannot change" }] },
    grows: { ...number, "x-kubernetes-validations": [{ rule: "self >= oldSelf" }] },
    list: {
      type: "array",
      maxItems: 5,
      items: record({ n: number }, { "x-kubernetes-validations": [{ rule: "self.n > 0", message: "n is positive" }] }),
    },
  },
  {
    "x-kubernetes-validations": [
      { rule: "!has(self.min) || !has(self.max) || self.min <= self.max", message: "min must not be above max" },
      {
        rule: "!has(self.name) || self.name != 'bad'",
        messageExpression: "'no ' + self.name + ', please'",
        reason: "FieldValueForbidden",
        fieldPath: ".name",
      },
    ],
  },
)

const kind = (name: string, schema: object) => definition({ group, kind: name, versions: [{ name: "v1", schema }] })
const plain = itWith(kind("Shape", shapes), kind("Gift", gifts), kind("Ruled", ruled))
const it = plain
  .extend("shapes", ({ space }) => space.of(apiVersion, "shapes"))
  .extend("gifts", ({ space }) => space.of(apiVersion, "gifts"))
  .extend("ruleds", ({ space }) => space.of(apiVersion, "ruleds"))

const object = (name: string, spec: unknown, rest: object = {}) => ({
  apiVersion,
  kind: name,
  metadata: { name: "a" },
  spec,
  ...rest,
})
const shape = (spec: object, rest: object = {}) => object("Shape", { size: 1, ...spec }, rest)

const wrong: Record<string, [spec: object, problems: string[]]> = {
  "of another type": [
    { size: "1" },
    ['spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"'],
  ],
  "of another type in a list": [
    { list: [1] },
    ['spec.list[0]: Invalid value: "integer": spec.list[0] in body must be of type string: "integer"'],
  ],
  "of another type in a map": [
    { labels: { a: 1 } },
    ['spec.labels.a: Invalid value: "integer": spec.labels.a in body must be of type string: "integer"'],
  ],
  "a list for an object": [
    { open: [] },
    ['spec.open: Invalid value: "array": spec.open in body must be of type object: "array"'],
  ],
  "no boolean": [
    { flag: "true" },
    ['spec.flag: Invalid value: "string": spec.flag in body must be of type boolean: "string"'],
  ],
  missing: [{ size: undefined }, ["spec.size: Required value"]],
  null: [{ size: null }, ["spec.size: Required value"]],
  "too small": [{ size: 0 }, ["spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1"]],
  "too big": [{ size: 11 }, ["spec.size: Invalid value: 11: spec.size in body should be less than or equal to 10"]],
  "not above an exclusive minimum": [
    { share: -0.5 },
    ["spec.share: Invalid value: -0.5: spec.share in body should be greater than 0"],
  ],
  "no multiple": [{ share: 0.7 }, ["spec.share: Invalid value: 0.7: spec.share in body should be a multiple of 0.5"]],
  "too short": [{ name: "a" }, ['spec.name: Invalid value: "a": spec.name in body should be at least 2 chars long']],
  "too long": [{ name: "abcde" }, ["spec.name: Too long: may not be more than 4 bytes"]],
  "of another pattern": [
    { name: "AB" },
    ["spec.name: Invalid value: \"AB\": spec.name in body should match '^[a-z]+$'"],
  ],
  "not in the enumeration": [
    { color: "green" },
    ['spec.color: Unsupported value: "green": supported values: "red", "blue"'],
  ],
  "too few": [{ list: [] }, ["spec.list: Invalid value: 0: spec.list in body should have at least 1 items"]],
  "too many": [{ list: ["a", "b", "c"] }, ["spec.list: Too many: 3: must have at most 2 items"]],
  "too many keys": [{ labels: { a: "1", b: "2", c: "3" } }, ["spec.labels: Too many: 3: must have at most 2 items"]],
  "twice in a set": [{ set: ["a", "a"] }, ['spec.set[1]: Duplicate value: "a"']],
  "twice by its key": [{ pairs: [{ name: "a" }, { name: "a" }] }, ['spec.pairs[1]: Duplicate value: {"name":"a"}']],
  "without its key": [{ pairs: [{}] }, ["spec.pairs[0].name: Required value"]],
  "neither integer nor string": [
    { port: true },
    ['spec.port: Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean"'],
  ],
  "a fraction for integer or string": [
    { port: 1.5 },
    ['spec.port: Invalid value: "number": spec.port in body must be of type integer,string: "number"'],
  ],
  "no time": [{ since: "x" }, ['spec.since: Invalid value: "x": spec.since in body must be of type date-time: "x"']],
  "no address": [
    { address: "300.1.1.1" },
    ['spec.address: Invalid value: "300.1.1.1": spec.address in body must be of type ipv4: "300.1.1.1"'],
  ],
  "one of two too many": [
    { either: { a: "1", b: "2" } },
    [
      '<nil>: Invalid value: "": "spec.either" must validate one and only one schema (oneOf). Found 2 valid alternatives',
    ],
  ],
  "wrong among what is open": [
    { open: { known: "x", other: 1 } },
    ['spec.open.known: Invalid value: "string": spec.open.known in body must be of type integer: "string"'],
  ],
  "an embedded object without kind": [
    { embedded: { a: 1 } },
    ["spec.embedded.apiVersion: Required value", "spec.embedded.kind: Required value"],
  ],
}

describe.concurrent("a schema refuses what is", () => {
  for (const [what, [spec, problems]] of Object.entries(wrong)) {
    it(what, async ({ api, shapes: path }) => {
      expect(problemsOf(await api.create(path, shape(spec)))).toEqual(problems)
    })
  }

  it("wrong in several ways at once", async ({ api, shapes: path }) => {
    expect(problemsOf(await api.create(path, shape({ size: 0, color: "green", name: "A" }))).toSorted()).toEqual([
      'spec.color: Unsupported value: "green": supported values: "red", "blue"',
      'spec.name: Invalid value: "A": spec.name in body should be at least 2 chars long',
      "spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1",
    ])
  })

  it("wrong, as a status with causes", async ({ api, shapes: path }) => {
    const message = "Invalid value: 0: spec.size in body should be greater than or equal to 1"
    expect(await api.create(path, shape({ size: 0 }))).toMatchObject(
      refusal(422, "Invalid", `Shape.${group} "a" is invalid: spec.size: ${message}`, {
        name: "a",
        group,
        kind: "Shape",
        causes: [{ reason: "FieldValueInvalid", message, field: "spec.size" }],
      }),
    )
  })

  it("wrong also in updates and patches", async ({ api, shapes: path }) => {
    const created = await api.given(path, shape({}))
    const problem = "spec.size: Invalid value: 11: spec.size in body should be less than or equal to 10"
    expect(problemsOf(await api.replace(`${path}/a`, { ...created, spec: { size: 11 } }))).toEqual([problem])
    expect(problemsOf(await api.patch(`${path}/a`, "merge", { spec: { size: 11 } }))).toEqual([problem])
    const json = [{ op: "replace", path: "/spec/size", value: 11 }]
    expect(problemsOf(await api.patch(`${path}/a`, "json", json))).toEqual([problem])
  })
})

describe.concurrent("a schema accepts", () => {
  const fine: Record<string, object> = {
    "integers as floats": { size: 2.0 },
    "numbers and names of ports": { port: 80 },
    "names of ports": { port: "http" },
    "null where it may be": { maybe: null },
    "anything in what is open": { open: { other: { deep: [1, "x", null] } } },
    "one of two": { either: { a: "1" } },
    "times with offsets": { since: "2026-01-01T00:00:00.5+02:00" },
    halves: { share: 1.5 },
  }
  for (const [what, spec] of Object.entries(fine)) {
    it(what, async ({ api, shapes: path }) => {
      expect((await api.given(path, shape(spec)))["spec"]).toEqual({ size: 1, ...spec })
    })
  }
})

describe.concurrent("unknown fields of custom objects", () => {
  const unknown = { nope: 1, items: [{ n: 1 }, { n: 2, z: 1 }], either: { a: "1", un: 1 } }

  it("are dropped everywhere, with warnings", async ({ api, shapes: path }) => {
    const { status, headers, body } = await api.create(path, shape(unknown, { top: 1 }))
    expect(status).toBe(201)
    expect(body.spec).toEqual({ size: 1, items: [{ n: 1 }, { n: 2 }], either: { a: "1" } })
    expect(body.top).toBeUndefined()
    const fields = ["spec.either.un", "spec.items[1].z", "spec.nope", "top"]
    expect(headers["warning"]).toEqual(fields.map((field) => `299 - "unknown field \\"${field}\\""`))
  })

  it("are refused with Strict", async ({ api, shapes: path }) => {
    const text =
      'Shape in version "v1" cannot be handled as a Shape: strict decoding error: ' +
      'unknown field "spec.either.un", unknown field "spec.items[1].z", unknown field "spec.nope", unknown field "top"'
    expect(await api.create(`${path}?fieldValidation=Strict`, shape(unknown, { top: 1 }))).toMatchObject(
      refusal(400, "BadRequest", text),
    )
  })

  it("stay where the schema is open, though not in embedded metadata", async ({ api, shapes: path }) => {
    const embedded = { apiVersion: "v1", kind: "X", metadata: { name: "n", foo: 1 }, free: 1 }
    const { body } = await api.create(path, shape({ open: { known: 1, other: 2 }, embedded }))
    expect(body.spec).toMatchObject({ open: { known: 1, other: 2 }, embedded: { free: 1, metadata: { name: "n" } } })
    expect(body.spec.embedded.metadata.foo).toBeUndefined()
  })
})

describe.concurrent("defaults of a schema", () => {
  it("fill in what is missing, at any depth", async ({ api, gifts: path }) => {
    const spec = { nested: { deep: {} }, items: [{}, { n: 2 }], byName: { a: {}, b: { on: false } } }
    expect((await api.given(path, object("Gift", spec)))["spec"]).toEqual({
      color: "red",
      maybe: "given",
      nested: { level: 3, deep: { word: "hi" } },
      items: [{ n: 1 }, { n: 2 }],
      byName: { a: { on: true }, b: { on: false } },
    })
  })

  it("fill in what other defaults made", async ({ api, gifts: path }) => {
    expect((await api.given(path, object("Gift", {})))["spec"].nested).toEqual({ level: 3 })
  })

  it("fill in nothing where there is no object", async ({ api, gifts: path }) => {
    expect((await api.given(path, object("Gift", undefined)))["spec"]).toBeUndefined()
  })

  it("take the place of null, unless that is allowed", async ({ api, gifts: path }) => {
    const { spec } = await api.given(path, object("Gift", { color: null, maybe: null }))
    expect(spec).toMatchObject({ color: "red", maybe: null })
  })

  it("come back when they are removed", async ({ api, gifts: path }) => {
    await api.given(path, object("Gift", { color: "blue" }))
    expect((await api.patch(`${path}/a`, "merge", { spec: { color: null } })).body.spec.color).toBe("red")
  })
})

describe.concurrent("rules of a schema", () => {
  it("have a message", async ({ api, ruleds: path }) => {
    const answer = await api.create(path, object("Ruled", { min: 5, max: 4 }))
    expect(answer).toMatchObject(
      refusal(422, "Invalid", `Ruled.${group} "a" is invalid: spec: Invalid value: min must not be above max`, {
        causes: [{ reason: "FieldValueInvalid", message: "Invalid value: min must not be above max", field: "spec" }],
      }),
    )
    expect((await api.create(path, object("Ruled", { min: 4, max: 4 }))).status).toBe(201)
  })

  it("may make their message, give a reason and a path", async ({ api, ruleds: path }) => {
    expect(await api.create(path, object("Ruled", { name: "bad" }))).toMatchObject(
      refusal(422, "Invalid", `Ruled.${group} "a" is invalid: spec.name: Forbidden: no bad, please`, {
        causes: [{ reason: "FieldValueForbidden", message: "Forbidden: no bad, please", field: "spec.name" }],
      }),
    )
  })

  it("are checked for every item", async ({ api, ruleds: path }) => {
    expect(problemsOf(await api.create(path, object("Ruled", { list: [{ n: 1 }, { n: 0 }] })))).toEqual([
      "spec.list[1]: Invalid value: n is positive",
    ])
  })

  it("may look at what was before, from the second time on", async ({ api, ruleds: path }) => {
    await api.given(path, object("Ruled", { fixed: "a", grows: 5 }))
    const refused = async (spec: object) => problemsOf(await api.patch(`${path}/a`, "merge", { spec }))
    expect(await refused({ fixed: "b" })).toEqual(['spec.fixed: Invalid value: "b": fixed cannot change'])
    expect(await refused({ grows: 4 })).toEqual(["spec.grows: Invalid value: 4: failed rule: self >= oldSelf"])
    expect(await refused({ grows: 4, fixed: "c" })).toHaveLength(2)
    expect((await api.patch(`${path}/a`, "merge", { spec: { grows: 6, fixed: "a" } })).status).toBe(200)
    expect((await api.patch(`${path}/a`, "merge", { spec: { fixed: null } })).status).toBe(200)
  })

  it("are left out where the object is wrong otherwise, which is said", async ({ api, ruleds: path }) => {
    expect(problemsOf(await api.create(path, object("Ruled", { min: "5", max: 4 })))).toEqual([
      'spec.min: Invalid value: "string": spec.min in body must be of type integer: "string"',
      "<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; " +
        "correct the existing errors to complete validation",
    ])
  })
})
