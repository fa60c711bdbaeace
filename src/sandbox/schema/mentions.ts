import { othersOf } from "./fields.ts"
import type { Schema } from "./schema.ts"

/** Whether such a schema stands anywhere in a schema; asked once for each. */
export function mention(isSuch: (schema: Schema) => boolean): (schema: Schema) => boolean {
  const known = new WeakMap<Schema, boolean>()
  const search = (schema: Schema, seen: Set<Schema>): boolean => {
    const old = known.get(schema)
    if (old !== undefined) return old
    if (seen.has(schema)) return false
    seen.add(schema)
    return isSuch(schema) || partsOf(schema).some((part) => search(part, seen))
  }
  return (schema) => {
    const found = known.get(schema) ?? search(schema, new Set())
    known.set(schema, found)
    return found
  }
}

function partsOf(schema: Schema): Schema[] {
  const others = othersOf(schema)
  return [
    ...Object.values(schema.properties ?? {}),
    ...(schema.items ? [schema.items] : []),
    ...(others ? [others] : []),
  ]
}
