import { type Fields, isFields, schemaOfField } from "./fields.ts"
import { copyOf } from "./json.ts"
import type { Schema } from "./schema.ts"

/**
 * Fills in the defaults; a null that the schema does not allow gives way to the default, or goes where there is none.
 * The same reference comes back where there was nothing to do.
 */
export function withDefaults(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value)) return schema.items ? itemsWithDefaults(schema.items, value) : value
  return isFields(value) ? fieldsWithDefaults(schema, value) : value
}

function itemsWithDefaults(schema: Schema, items: readonly unknown[]): unknown {
  let copy: unknown[] | undefined
  for (const [index, old] of items.entries()) {
    const item = old === null && !schema.nullable ? (defaultOf(schema) ?? null) : withDefaults(schema, old)
    if (item !== old) (copy ??= [...items])[index] = item
  }
  return copy ?? items
}

function fieldsWithDefaults(schema: Schema, fields: Fields): unknown {
  let copy: Fields | undefined
  for (const name of Object.keys(fields)) {
    const old = fields[name]
    if (typeof old !== "object") continue
    const field = schemaOfField(schema, name)
    if (!field) continue
    const value = old === null && !field.nullable ? defaultOf(field) : withDefaults(field, old)
    if (value === old) continue
    copy ??= { ...fields }
    if (value === undefined) delete copy[name]
    else copy[name] = value
  }
  for (const name of namesWithDefaults(schema)) {
    if (Object.hasOwn(copy ?? fields, name)) continue
    copy ??= { ...fields }
    copy[name] = defaultOf(schema.properties![name]!)
  }
  return copy ?? fields
}

/** A copy, itself filled in. */
function defaultOf(schema: Schema): unknown {
  const value = schema.default
  return value === undefined || value === null ? undefined : withDefaults(schema, copyOf(value))
}

const namesBySchema = new WeakMap<Schema, readonly string[]>()

function namesWithDefaults(schema: Schema): readonly string[] {
  const known = namesBySchema.get(schema)
  if (known) return known
  const properties = Object.entries(schema.properties ?? {})
  const names = properties
    .filter(([, { default: value }]) => value !== undefined && value !== null)
    .map(([name]) => name)
  namesBySchema.set(schema, names)
  return names
}
