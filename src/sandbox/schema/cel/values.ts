import { type CelInput, celMap } from "@bufbuild/cel"
import { create } from "@bufbuild/protobuf"
import { DurationSchema, timestampFromMs } from "@bufbuild/protobuf/wkt"
import { type Fields, isEmbedded, isFields, othersOf, propertyOf } from "../fields.ts"
import { durationNanoseconds } from "../values/formats.ts"
import type { Schema } from "../schema.ts"
import { celName } from "./names.ts"

/** A JSON value as a rule sees it: whole numbers and decimals, times and durations are told apart by the schema. */
export function celValue(schema: Schema, value: unknown, isRoot = isEmbedded(schema)): CelInput {
  if (value === null || value === undefined) return null
  if (Array.isArray(value)) return value.map((item) => celValue(schema.items ?? {}, item))
  if (isFields(value)) return celFields(isRoot ? withIdentity(schema) : schema, value)
  if (typeof value === "number") return schema.type === "number" || !Number.isInteger(value) ? value : BigInt(value)
  return typeof value === "string" ? celText(schema, value) : (value as boolean)
}

function celFields(schema: Schema, fields: Fields): CelInput {
  const others = othersOf(schema)
  const inside = new Map<string, CelInput>()
  for (const [name, field] of Object.entries(fields)) {
    const property = propertyOf(schema, name)
    if (others && !property) inside.set(name, celValue(others, field))
    // Rules do not see what the schema does not name; it only makes objects differ.
    else if (!property) inside.set(`\0${name}`, celValue({}, field))
    // Among named fields, null is the same as absent.
    else if (field !== null) inside.set(celName(name) ?? `\0${name}`, celValue(property, field))
  }
  return celMap(inside)
}

function celText(schema: Schema, text: string): CelInput {
  if (schema["x-kubernetes-int-or-string"] || !schema.format) return text
  const format = schema.format.replaceAll("-", "")
  if (format === "byte") return new Uint8Array(Buffer.from(text, "base64"))
  if (format === "duration") return celDuration(text)
  if (format === "date") return timestampFromMs(Date.parse(`${text}T00:00:00Z`))
  return format === "datetime" ? timestampFromMs(Date.parse(text)) : text
}

function celDuration(text: string): CelInput {
  const total = durationNanoseconds(text) ?? 0n
  return create(DurationSchema, { seconds: total / 1_000_000_000n, nanos: Number(total % 1_000_000_000n) })
}

const text: Schema = { type: "string" }
const identified = new WeakMap<Schema, Schema>()

/** Of what every object has, rules see only this. */
export function withIdentity(schema: Schema): Schema {
  const known = identified.get(schema)
  if (known) return known
  const metadata: Schema = { type: "object", properties: { name: text, generateName: text } }
  const made: Schema = { ...schema, properties: { ...schema.properties, apiVersion: text, kind: text, metadata } }
  identified.set(schema, made)
  return made
}
