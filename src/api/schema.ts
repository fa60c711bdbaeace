/**
 * One source per resource: a value built here is at once a TypeScript type (`Of<typeof schema>`) and the
 * structural OpenAPI schema that goes into the CustomResourceDefinition.
 */
export interface JsonSchema {
  type?: "object" | "array" | "string" | "number" | "integer" | "boolean"
  description?: string
  properties?: Record<string, JsonSchema>
  required?: string[]
  items?: JsonSchema
  additionalProperties?: JsonSchema
  enum?: readonly string[]
  pattern?: string
  format?: string
  default?: unknown
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  maxItems?: number
  oneOf?: JsonSchema[]
  anyOf?: JsonSchema[]
  not?: JsonSchema
  "x-kubernetes-int-or-string"?: boolean
  "x-kubernetes-preserve-unknown-fields"?: boolean
  "x-kubernetes-validations"?: { rule: string; message: string }[]
}

export interface Schema<T> {
  readonly json: JsonSchema
  /** The number must be whole. The API server is not told, because the original's schema lets fractions through. */
  readonly whole?: boolean
  readonly isRequired?: boolean
  readonly fields?: Readonly<Record<string, Schema<unknown>>>
  readonly element?: Schema<unknown>
  /** Carries the type only; no value exists at run time. */
  readonly of?: T
}
export interface RequiredSchema<T> extends Schema<T> {
  readonly isRequired: true
}

export type Of<S> = S extends Schema<infer T> ? T : never

type Fields = Record<string, Schema<any>>
type RequiredKeys<F extends Fields> = { [K in keyof F]: F[K] extends RequiredSchema<any> ? K : never }[keyof F]
export type ObjectOf<F extends Fields> = {
  [K in RequiredKeys<F>]: Of<F[K]>
} & { [K in Exclude<keyof F, RequiredKeys<F>>]?: Of<F[K]> }

type Extra = Omit<JsonSchema, "type" | "properties" | "items" | "additionalProperties" | "required" | "description">

/** `string("What it means")`; an enum narrows the type. */
export function string<const E extends readonly string[] = readonly string[]>(
  description?: string,
  extra: Omit<Extra, "enum"> & { enum?: E } = {},
): Schema<string extends E[number] ? string : E[number]> {
  return { json: { type: "string", ...described(description), ...extra } }
}
export const boolean = (description?: string): Schema<boolean> => ({
  json: { type: "boolean", ...described(description) },
})
export const integer = (description?: string, extra: Extra = {}): Schema<number> => ({
  json: { type: "integer", ...described(description), ...extra },
})
export const number = (description?: string, extra: Extra = {}): Schema<number> => ({
  json: { type: "number", ...described(description), ...extra },
})
/** A `number` for the API server, a whole one for us. */
export const wholeNumber = (description?: string, extra: Extra = {}): Schema<number> => ({
  ...number(description, extra),
  whole: true,
})
export const intOrString = (description?: string): Schema<number | string> => ({
  json: { "x-kubernetes-int-or-string": true, ...described(description) },
})
export const list = <T>(element: Schema<T>, description?: string, extra: Extra = {}): Schema<T[]> => ({
  json: { type: "array", ...described(description), items: element.json, ...extra },
  element,
})
export const map = <T>(element: Schema<T>, description?: string): Schema<Record<string, T>> => ({
  json: { type: "object", ...described(description), additionalProperties: element.json },
  element,
})
export function object<F extends Fields>(fields: F, description?: string, extra: Extra = {}): Schema<ObjectOf<F>> {
  const needed = Object.keys(fields).filter((key) => fields[key]?.isRequired)
  const properties = Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, field.json]))
  return {
    json: {
      type: "object",
      ...described(description),
      ...(needed.length > 0 ? { required: needed } : {}),
      properties,
      ...extra,
    },
    fields,
  }
}
/** An object the API server is not to look into, such as `metadata`. */
export const opaqueObject = <T = Record<string, unknown>>(): Schema<T> => ({ json: { type: "object" } })

export const required = <T>(schema: Schema<T>): RequiredSchema<T> => ({ ...schema, isRequired: true })

export const exactlyOne = (...names: string[]): JsonSchema[] => names.map((name) => ({ required: [name] }))
export const atMostOne = (...names: string[]): JsonSchema[] => [
  { not: { anyOf: exactlyOne(...names) } },
  ...exactlyOne(...names),
]

/** Paths of numbers that must be whole and are not, such as `spec.analysis.stepWeight: 1.5`. */
export function fractionsIn(schema: Schema<any>, value: unknown, path = ""): string[] {
  if (schema.whole && typeof value === "number" && !Number.isInteger(value)) return [`${path}: ${value}`]
  if (schema.element && Array.isArray(value)) {
    return value.flatMap((item, index) => fractionsIn(schema.element!, item, `${path}[${index}]`))
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return []
  const inner = (key: string, field: Schema<unknown>) =>
    fractionsIn(field, (value as Record<string, unknown>)[key], path ? `${path}.${key}` : key)
  if (schema.fields) return Object.entries(schema.fields).flatMap(([key, field]) => inner(key, field))
  if (schema.element) return Object.keys(value).flatMap((key) => inner(key, schema.element!))
  return []
}

const described = (description?: string) => (description ? { description } : {})
