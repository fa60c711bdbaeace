import { describe, expect, it } from "vitest"
import { withDefaults } from "./defaults.ts"
import type { Schema } from "./schema.ts"

const schema: Schema = {
  type: "object",
  properties: {
    plain: { type: "string", default: "p" },
    nullable: { type: "string", nullable: true, default: "n" },
    noDefault: { type: "string" },
    nullableNoDefault: { type: "string", nullable: true },
    inner: { type: "object", properties: { x: { type: "integer", default: 1 } } },
    whole: { type: "object", default: {}, properties: { y: { type: "integer", default: 2 } } },
    list: { type: "array", items: { type: "object", properties: { z: { type: "integer", default: 3 } } } },
    map: { type: "object", additionalProperties: { type: "string", default: "m" } },
  },
}
const filled = { plain: "p", nullable: "n", whole: { y: 2 } }

describe("withDefaults", () => {
  it("fills in what is missing, also inside of what it fills in", () => {
    expect(withDefaults(schema, {})).toEqual(filled)
  })

  it("fills in objects, lists and maps that are there", () => {
    expect(withDefaults(schema, { inner: {}, list: [{}, { z: 9 }], map: { k: null } })).toEqual({
      ...filled,
      inner: { x: 1 },
      list: [{ z: 3 }, { z: 9 }],
      map: { k: "m" },
    })
  })

  it("takes a null for missing only where the schema does not allow null", () => {
    expect(withDefaults(schema, { plain: null, nullable: null, nullableNoDefault: null })).toEqual({
      ...filled,
      nullable: null,
      nullableNoDefault: null,
    })
  })

  it("drops a null that nothing can stand for", () => {
    expect(withDefaults(schema, { noDefault: null })).toEqual(filled)
  })

  it("leaves nulls in lists, which have no place to be dropped from", () => {
    expect(withDefaults(schema, { list: [null] })).toEqual({ ...filled, list: [null] })
  })

  it("gives back the same object where nothing was missing", () => {
    const whole = { ...filled, list: [{ z: 1 }] }
    expect(withDefaults(schema, whole)).toBe(whole)
  })

  it("changes neither the given object nor the schema", () => {
    const given = Object.freeze({ inner: Object.freeze({}) })
    const first = withDefaults(schema, given) as { whole: { y: number } }
    first.whole.y = 99
    expect(withDefaults(schema, given)).toMatchObject({ whole: { y: 2 } })
  })
})
