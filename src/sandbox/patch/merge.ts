import type { KubeObject } from "#api/objects.ts"
import { type Fields, isFields } from "../schema/fields.ts"
import { jsonType } from "./go-text.ts"
import { PatchRefused } from "./refused.ts"

/** A JSON merge patch as RFC 7386 has it, but that nulls are also dropped inside lists. What is unchanged is shared. */
export function mergePatched(object: KubeObject, patch: unknown): KubeObject {
  if (patch === null) throw new PatchRefused(400, "Invalid JSON Patch")
  if (!isFields(patch)) {
    const found = `json: cannot unmarshal ${jsonType(patch)} into Go value of type map[string]interface {}`
    throw new PatchRefused(400, `error decoding patch: ${found}`)
  }
  return merged(object, patch) as KubeObject
}

function merged(live: Fields, patch: Fields): Fields {
  // A map and not an object: a field may be called __proto__.
  const result = new Map(Object.entries(live))
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) result.delete(field)
    else result.set(field, mergedValue(result.get(field), value))
  }
  return Object.fromEntries(result)
}

function mergedValue(live: unknown, value: unknown): unknown {
  if (!isFields(live)) return withoutNulls(value)
  return isFields(value) ? merged(live, value) : value
}

/** Without the fields that are null, at any depth; nulls that are items of a list stay. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isFields(value)) return value
  const kept = Object.entries(value).filter(([, item]) => item !== null)
  return Object.fromEntries(kept.map(([field, item]) => [field, withoutNulls(item)]))
}
