import { childPath, type Fields, isEmbedded, isFields, isMetaField, othersOf, propertyOf } from "./fields.ts"
import type { Schema } from "./schema.ts"

export interface Pruned {
  value: unknown
  /** Where the dropped fields were, as in `spec.list[0].foo`. */
  unknown: string[]
}

/**
 * Drops what the schema does not know. The same reference comes back where nothing was dropped.
 * What stands in the metadata of the object itself is not looked at: it is the same for all kinds. Of objects inside of it, it is
 * where its schema is given.
 */
export function pruned(schema: Schema, value: unknown, metadata?: Schema): Pruned {
  const dropped: Dropped = { unknown: [], metadata }
  const kept = walk(value, { schema, keepsUnknown: keepsUnknown(schema), isObject: true }, "", dropped)
  return { value: kept, unknown: dropped.unknown.toSorted() }
}

interface Dropped {
  unknown: string[]
  metadata: Schema | undefined
}

interface Known {
  schema: Schema | undefined
  keepsUnknown: boolean
  /** A whole object with its own apiVersion, kind and metadata. */
  isObject: boolean
}

const keepsUnknown = (schema: Schema | undefined): boolean => schema?.["x-kubernetes-preserve-unknown-fields"] === true

const known = (schema: Schema | undefined): Known => ({
  schema,
  keepsUnknown: keepsUnknown(schema),
  isObject: schema !== undefined && isEmbedded(schema),
})

function walk(value: unknown, here: Known, path: string, dropped: Dropped): unknown {
  if (Array.isArray(value)) return walkItems(value, here, path, dropped)
  return isFields(value) ? walkFields(value, here, path, dropped) : value
}

function walkItems(items: readonly unknown[], here: Known, path: string, dropped: Dropped): unknown {
  const item = known(here.schema?.items)
  // Unknown fields are kept through lists, until a field has its own schema again.
  if (here.keepsUnknown) item.keepsUnknown = true
  let copy: unknown[] | undefined
  for (const [index, old] of items.entries()) {
    const kept = walk(old, item, `${path}[${index}]`, dropped)
    if (kept !== old) (copy ??= [...items])[index] = kept
  }
  return copy ?? items
}

function walkFields(fields: Fields, here: Known, path: string, dropped: Dropped): unknown {
  let copy: Fields | undefined
  for (const name of Object.keys(fields)) {
    const isMeta = here.isObject && isMetaField(name)
    const metadata = isMeta && name === "metadata" && path !== "" ? dropped.metadata : undefined
    if (isMeta && !metadata) continue
    const property = metadata ?? propertyOf(here.schema, name)
    const old = fields[name]
    if (property || here.schema?.additionalProperties) {
      if (typeof old !== "object" || old === null) continue
      const kept = walk(old, known(property ?? othersOf(here.schema)), childPath(path, name), dropped)
      if (kept !== old) (copy ??= { ...fields })[name] = kept
    } else if (!here.keepsUnknown) {
      dropped.unknown.push(childPath(path, name))
      copy ??= { ...fields }
      delete copy[name]
    }
  }
  return copy ?? fields
}
