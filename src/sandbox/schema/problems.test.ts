import { readFileSync } from "node:fs"
import { load } from "js-yaml"
import { describe, expect, it } from "vitest"
import { withDefaults } from "./defaults.ts"
import values from "./problems.test-examples.json" with { type: "json" }
import { problemsOf } from "./problems.ts"
import { pruned } from "./prune.ts"
import type { Schema } from "./schema.ts"
import { shown } from "./shown.test-support.ts"
import updates from "./update.test-examples.json" with { type: "json" }

const unchecked =
  "<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation"

type Example = readonly [about: Record<string, unknown>, ...problems: string[]]

/** Each with a title, and its problems in the order in which they are compared. */
const titled = (recorded: unknown) =>
  (recorded as Example[]).map(([about, ...problems]) => {
    const told = problems.map((text) => (text === "unchecked" ? unchecked : text))
    return [JSON.stringify(about), about, told.toSorted()] as const
  })

const schemaOf = (examples: { fields: object; rules: object[]; rootRules?: object[] }): Schema => ({
  type: "object",
  "x-kubernetes-validations": (examples.rootRules ?? []) as [],
  properties: {
    spec: {
      type: "object",
      properties: examples.fields as Record<string, Schema>,
      "x-kubernetes-validations": examples.rules as [],
    },
  },
})

const objectOf = (spec: unknown) => ({ apiVersion: "example.com/v1", kind: "Thing", metadata: { name: "x" }, spec })
const admitted = (schema: Schema, object: unknown): unknown => withDefaults(schema, pruned(schema, object).value)
const texts = (schema: Schema, object: unknown, old?: unknown): string[] =>
  problemsOf(schema, admitted(schema, object), old).map(shown).toSorted()

describe("what is wrong with an object, as kube-apiserver 1.36.3 says it", () => {
  const schema = schemaOf(values)

  it.each(titled(values.refused))("%s", (_, spec, problems) => {
    expect(texts(schema, objectOf(spec))).toEqual(problems)
  })

  it.each(values.taken.map((spec) => [JSON.stringify(spec), spec] as const))("nothing: %s", (_, spec) => {
    const object = objectOf(spec)
    expect(texts(schema, object)).toEqual([])
    expect(admitted(schema, object)).toEqual(object)
  })

  it.each(values.changed.map(([spec, ...rest]) => [JSON.stringify(spec), spec, ...rest] as const))(
    "nothing, though something else is stored: %s",
    (_, spec, stored, ...unknown) => {
      expect(pruned(schema, objectOf(spec)).unknown).toEqual(unknown)
      expect(admitted(schema, objectOf(spec))).toEqual(objectOf(stored))
    },
  )

  it("marks wrong types, which the server names apart from other wrong values", () => {
    const marks = problemsOf(schema, objectOf({ int: "x", i64: 0 })).map(({ field, isWrongType }) => [
      field,
      isWrongType,
    ])
    expect(marks).toContainEqual(["spec.int", true])
    expect(marks).toContainEqual(["spec.i64", undefined])
  })

  it("is not led astray by fields that every JavaScript object has", () => {
    const open: Schema = {
      type: "object",
      required: ["toString"],
      properties: {},
      additionalProperties: { type: "string" },
    }
    expect(texts(open, { constructor: 1 })).toEqual([
      'constructor: Invalid value: "integer": constructor in body must be of type string: "integer"',
      "toString: Required value",
    ])
  })
})

describe("an update of an object that was stored before the schema became stricter", () => {
  const schema = schemaOf(updates)
  const stored = objectOf(updates.stored)

  const changed = (change: Record<string, unknown>) =>
    Object.fromEntries(Object.entries({ ...updates.stored, ...change }).filter(([, value]) => value !== null))

  it.each(titled(updates.changes))("that changes %s", (_, change, problems) => {
    expect(texts(schema, objectOf(changed(change)), stored)).toEqual(problems)
  })

  it.each(titled(updates.created))("may say more than a new object: %s", (_, spec, problems) => {
    expect(texts(schema, objectOf(spec))).toEqual(problems)
  })
})

describe("rules like those of the Gateway API", () => {
  const text: Schema = { type: "string", maxLength: 253 }
  const route: Schema = {
    type: "object",
    properties: {
      parents: {
        type: "array",
        maxItems: 32,
        items: {
          type: "object",
          required: ["name"],
          properties: { name: text, section: text, port: { type: "integer", format: "int32" } },
        },
        "x-kubernetes-validations": [
          {
            message: "parents that are named twice need sections",
            rule: "self.all(one, self.exists_one(two, one.name == two.name && ((!has(one.section) && !has(two.section)) || (has(one.section) && has(two.section) && one.section == two.section))))",
          },
        ],
      },
      path: {
        type: "object",
        default: { type: "PathPrefix", value: "/" },
        properties: {
          type: { type: "string", default: "PathPrefix", enum: ["Exact", "PathPrefix", "RegularExpression"] },
          value: { ...text, default: "/" },
        },
        "x-kubernetes-validations": [
          {
            rule: "(self.type in ['Exact', 'PathPrefix']) ? self.value.startsWith('/') : true",
            message: "value must start with '/'",
          },
          {
            rule: String.raw`self.type == 'PathPrefix' ? self.value.matches(r"""^(?:[-A-Za-z0-9/._~]|[%][0-9a-fA-F]{2})+$""") : true`,
            message: "odd characters",
          },
        ],
      },
      timeouts: {
        type: "object",
        properties: {
          request: { type: "string", pattern: "^([0-9]{1,5}(h|m|s|ms)){1,4}$" },
          backend: { type: "string" },
        },
        "x-kubernetes-validations": [
          {
            rule: "!(has(self.request) && has(self.backend) && duration(self.request) != duration('0s') && duration(self.backend) > duration(self.request))",
            message: "backend cannot be longer than request",
          },
        ],
      },
      backends: {
        type: "array",
        items: {
          type: "object",
          properties: {
            kind: { type: "string", default: "Service" },
            group: { type: "string", default: "" },
            port: { type: "integer" },
          },
          "x-kubernetes-validations": [
            {
              rule: "(size(self.group) == 0 && self.kind == 'Service') ? has(self.port) : true",
              message: "must have port for Service reference",
            },
          ],
        },
      },
    },
  }

  it.each([
    [{}, []],
    [{ parents: [{ name: "a" }] }, []],
    [
      {
        parents: [
          { name: "a", section: "x" },
          { name: "a", section: "y" },
        ],
      },
      [],
    ],
    [
      { parents: [{ name: "a" }, { name: "a" }] },
      ["parents: Invalid value: parents that are named twice need sections"],
    ],
    [{ path: { value: "a" } }, ["path: Invalid value: value must start with '/'"]],
    [{ path: { value: "/a b" } }, ["path: Invalid value: odd characters"]],
    [{ path: { type: "RegularExpression", value: "a b" } }, []],
    [
      { timeouts: { request: "1s", backend: "2s" } },
      ["timeouts: Invalid value: backend cannot be longer than request"],
    ],
    [{ timeouts: { request: "0s", backend: "2s" } }, []],
    [{ backends: [{ port: 80 }, {}] }, ["backends[1]: Invalid value: must have port for Service reference"]],
  ])("%j", (object, problems) => {
    expect(texts(route, object)).toEqual(problems)
  })
})

describe("the canaries of this program", () => {
  const crd = load(readFileSync(new URL("../../../deploy/crds/canaries.yaml", import.meta.url), "utf8")) as {
    spec: { versions: { schema: { openAPIV3Schema: Schema } }[] }
  }
  const schema = crd.spec.versions[0]!.schema.openAPIV3Schema
  const spec = {
    targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "podinfo" },
    service: { port: 9898 },
    analysis: { interval: "1m", threshold: 5, maxWeight: 50, stepWeight: 10 },
  }

  it("are taken when they are well made", () => {
    expect(texts(schema, objectOf(spec))).toEqual([])
  })

  it("are refused for the first wrong interval", () => {
    expect(texts(schema, objectOf({ ...spec, analysis: { ...spec.analysis, interval: "x" } }))).toEqual([
      `spec.analysis.interval: Invalid value: "x": spec.analysis.interval in body should match '^[0-9]+(m|s)'`,
    ])
  })
})
