import { type Fields, isFields, schemaOfField } from "./fields.ts"
import { jsonText, sameJson } from "./json.ts"
import type { Schema } from "./schema.ts"

/** Stands for an old value that cannot be told: a new field, or an item of a list whose items have no names. */
export const noOld: unique symbol = Symbol("no old value")

/**
 * What the field was before. Fields that the schema does not know have no past, and neither have `apiVersion` and `kind` of the
 * object itself: the old object was converted to the same version.
 */
export function oldField(schema: Schema, fields: Fields, old: unknown, name: string, isRoot: boolean): unknown {
  if (old === noOld || !isFields(old) || !Object.hasOwn(old, name) || !Object.hasOwn(fields, name)) return noOld
  if (isRoot && (name === "apiVersion" || name === "kind")) return noOld
  return schemaOfField(schema, name) ? old[name] : noOld
}

/** What was there before under the same keys, for lists of type map. */
export function oldItems(schema: Schema, old: unknown): (item: unknown) => unknown {
  const keys = schema["x-kubernetes-list-map-keys"]
  if (schema["x-kubernetes-list-type"] !== "map" || !keys || !Array.isArray(old)) return () => noOld
  const byKey = new Map<string, unknown>()
  for (const item of old) {
    const key = keyOf(keys, item)
    if (key !== undefined && !byKey.has(key)) byKey.set(key, item)
  }
  return (item) => byKey.get(keyOf(keys, item) ?? "") ?? noOld
}

function keyOf(keys: readonly string[], item: unknown): string | undefined {
  if (!isFields(item) || !keys.every((key) => Object.hasOwn(item, key))) return undefined
  return jsonText(keys.map((key) => item[key]))
}

/** Whether a value is what it was; whatever cannot be followed counts as changed. */
export function isUnchanged(schema: Schema, value: unknown, old: unknown): boolean {
  if (old === noOld) return false
  if (Array.isArray(value)) return Array.isArray(old) && sameList(schema, value, old)
  if (!isFields(value)) return value === old
  if (!isFields(old)) return false
  const names = Object.keys(value)
  return (
    names.length === Object.keys(old).length &&
    names.every((name) => {
      const field = schemaOfField(schema, name)
      return field !== undefined && Object.hasOwn(old, name) && isUnchanged(field, value[name], old[name])
    })
  )
}

function sameList(schema: Schema, items: readonly unknown[], old: readonly unknown[]): boolean {
  if (items.length !== old.length) return false
  if (schema["x-kubernetes-list-type"] !== "map" || !schema.items) return sameJson(items, old)
  const before = oldItems(schema, old)
  return items.every((item) => isUnchanged(schema.items!, item, before(item)))
}
