import { type Fields, isFields } from "../schema/fields.ts"
import type { Schema } from "../schema/schema.ts"

/**
 * What an object of a built-in kind has before anybody says anything: the parts that are never left out. Nobody owns those
 * for having created the object. Custom kinds begin with nothing.
 */
export function emptyObject(schema: Schema): Fields {
  let empty = known.get(schema)
  if (!empty) known.set(schema, (empty = isBuiltIn(schema) ? emptyFields(schema) : {}))
  return empty
}

const known = new WeakMap<Schema, Fields>()

/** No CustomResourceDefinition can give metadata a default. */
const isBuiltIn = ({ properties }: Schema): boolean => properties?.["metadata"]?.default !== undefined

function emptyFields({ properties = {}, required = [] }: Schema): Fields {
  const fields = Object.entries(properties).map(([name, field]) => [name, emptyField(field, required.includes(name))])
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined))
}

function emptyField(field: Schema, isRequired: boolean): unknown {
  if (isFields(field.default)) return emptyFields(field)
  if (field.default !== undefined) return field.default
  return isRequired && (field.type === "object" || field.type === "array") ? null : undefined
}
