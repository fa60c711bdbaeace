import { crds } from "#api/crds.ts"
import type { KubeObject } from "#api/objects.ts"
import type { JsonSchema } from "#api/schema.ts"

/** What an API server would refuse in one of our resources, or drop as unknown: one line each. Others have no problems. */
export function schemaProblems(resource: KubeObject): string[] {
  const crd = crds.find(({ spec }) => spec.names.kind === resource.kind)
  const schema: JsonSchema | undefined = crd?.spec.versions[0].schema.openAPIV3Schema
  return schema ? [...violations(schema, resource, ""), ...unknownFields(schema, resource, "")] : []
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const types: Record<NonNullable<JsonSchema["type"]>, (value: unknown) => boolean> = {
  object: isRecord,
  array: Array.isArray,
  string: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
  number: (value) => typeof value === "number",
  integer: Number.isInteger,
}

function violations(schema: JsonSchema, value: unknown, path: string): string[] {
  const intOrString = schema["x-kubernetes-int-or-string"] && !types.integer(value) && !types.string(value)
  if (intOrString || (schema.type && !types[schema.type](value))) {
    return [`${path}: ${JSON.stringify(value)} is of another type`]
  }
  return [
    ...brokenRules(schema, value).map((rule) => `${path}: ${JSON.stringify(value)} breaks ${rule}`),
    ...(isRecord(value) ? (schema.required ?? []) : [])
      .filter((key) => (value as Record<string, unknown>)[key] === undefined)
      .map((key) => `${path}.${key} is missing`),
    ...innerOf(schema, value).flatMap(({ inner, key, item }) => (inner ? violations(inner, item, path + key) : [])),
  ]
}

function brokenRules(schema: JsonSchema, value: unknown): string[] {
  const { pattern, minimum = -Infinity, maximum = Infinity, minLength = 0, maxLength = Infinity } = schema
  const fits = (other: JsonSchema) => violations(other, value, "").length === 0
  const length = typeof value === "string" ? value.length : undefined
  const broken: Record<string, boolean | undefined> = {
    enum: schema.enum && !schema.enum.includes(value as string),
    pattern: pattern !== undefined && !new RegExp(pattern).test(String(value)),
    range: typeof value === "number" && (value < minimum || value > maximum),
    length: length !== undefined && (length < minLength || length > maxLength),
    maxItems: Array.isArray(value) && value.length > (schema.maxItems ?? Infinity),
    oneOf: schema.oneOf && schema.oneOf.filter(fits).length !== 1,
    anyOf: schema.anyOf && !schema.anyOf.some(fits),
    not: schema.not && fits(schema.not),
  }
  return Object.keys(broken).filter((rule) => broken[rule])
}

function unknownFields(schema: JsonSchema, value: unknown, path: string): string[] {
  return innerOf(schema, value).flatMap(({ inner, key, item }) => {
    if (inner) return unknownFields(inner, item, path + key)
    return schema.properties ? [`${path + key} is not a field`] : []
  })
}

interface Inner {
  inner: JsonSchema | undefined
  key: string
  item: unknown
}
function innerOf({ items, properties, additionalProperties }: JsonSchema, value: unknown): Inner[] {
  if (Array.isArray(value)) return value.map((item, index) => ({ inner: items, key: `[${index}]`, item }))
  if (!isRecord(value)) return []
  return Object.entries(value).map(([key, item]) => ({
    inner: properties?.[key] ?? additionalProperties,
    key: `.${key}`,
    item,
  }))
}
