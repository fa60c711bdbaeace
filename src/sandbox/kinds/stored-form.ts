import type { Schema } from "../schema/schema.ts"
import { canonicalQuantity } from "./quantity.ts"
import { definitionName, keepsZero } from "./schemas.ts"

type Fields = Record<string, unknown>

/**
 * Brings the fields of an object into the form in which the server shows them: nothing empty that need not be there, what is
 * always there also when it is empty, quantities and times in their one spelling. Changes the object; throws when a quantity or
 * a time is none.
 */
export function toStoredForm(schema: Schema, object: Fields): void {
  const properties = schema.properties ?? {}
  for (const [name, value] of Object.entries(object)) {
    if (!Object.hasOwn(properties, name)) continue
    const stored = storedForm(properties[name]!, value)
    if (stored === undefined) delete object[name]
    else object[name] = stored
  }
  for (const [name, part] of Object.entries(properties)) {
    if (object[name] === undefined && part.default !== undefined) object[name] = defaultOf(part)
  }
}

function defaultOf(schema: Schema): unknown {
  const value = structuredClone(schema.default)
  if (typeof value === "object" && value !== null && !Array.isArray(value)) toStoredForm(schema, value as Fields)
  return value
}

/** Undefined for what is left out. */
function storedForm(schema: Schema, value: unknown): unknown {
  if (value === null || value === undefined || (isZero(value) && isDroppedWhenZero(schema))) return undefined
  const spelling = spellings[definitionName(schema) ?? ""]
  if (spelling) return spelling(value as string)
  if (schema.format === "byte") return inBase64(value as string)
  if (Array.isArray(value)) {
    const { items } = schema
    return items ? value.map((item) => elementOf(items, item)) : value
  }
  if (typeof value !== "object") return value
  if (schema.properties) toStoredForm(schema, value as Fields)
  const each = schema.additionalProperties
  if (typeof each === "object") {
    for (const [key, item] of Object.entries(value)) (value as Fields)[key] = elementOf(each, item)
  }
  return value
}

/** Inside lists and maps nothing is left out. */
const elementOf = (schema: Schema, item: unknown): unknown => storedForm(schema, item) ?? item ?? emptyElement(schema)

function emptyElement(schema: Schema): unknown {
  if (schema.properties) return storedForm(schema, {})
  const empty: Partial<Record<NonNullable<Schema["type"]>, unknown>> = { string: "", integer: 0, boolean: false }
  return empty[schema.type ?? "object"] ?? null
}

function isZero(value: unknown): boolean {
  if (typeof value !== "object") return value === "" || value === 0 || value === false
  return Object.keys(value as object).length === 0
}

const plainTypes: readonly unknown[] = ["string", "integer", "number", "boolean", "array"]

/** Of shapes with fields of their own, an empty one says something. */
const isDroppedWhenZero = (schema: Schema): boolean =>
  !keepsZero(schema) &&
  !schema["x-kubernetes-int-or-string"] &&
  (plainTypes.includes(schema.type) || schema.additionalProperties !== undefined)

const spellings: Readonly<Record<string, (value: string) => unknown>> = {
  "resource.Quantity": canonicalQuantity,
  "meta.v1.Time": (value) => `${inUtc(value, "2006-01-02T15:04:05Z07:00").slice(0, 19)}Z`,
  "meta.v1.MicroTime": (value) => {
    const fraction = (/\.(\d+)/.exec(value)?.[1] ?? "").slice(0, 6).padEnd(6, "0")
    return `${inUtc(value, "2006-01-02T15:04:05.000000Z07:00").slice(0, 19)}.${fraction}Z`
  },
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/

function inUtc(text: string, layout: string): string {
  const ms = TIME.test(text) ? Date.parse(text) : NaN
  if (Number.isNaN(ms)) {
    const quoted = JSON.stringify(text)
    throw new Error(`parsing time ${quoted} as ${JSON.stringify(layout)}: cannot parse ${quoted} as "2006"`)
  }
  return new Date(ms).toISOString()
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

function inBase64(text: string): string {
  const plain = text.replaceAll(/[\r\n]/g, "")
  if (BASE64.test(plain)) return plain
  const right =
    /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]*(?=[^A-Za-z0-9+/=]))?/.exec(plain)!
  throw new Error(`illegal base64 data at input byte ${right[0].length}`)
}
