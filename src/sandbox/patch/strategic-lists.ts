import { type Fields, isFields } from "../schema/fields.ts"
import { goText } from "./go-text.ts"
import { withoutNulls } from "./merge.ts"
import { PatchRefused } from "./refused.ts"
import { inOrder, isDirective, type Items, keyOf } from "./strategic-order.ts"

export function withoutItems(live: Items, gone: Items): Items {
  if (live.length + gone.length > 0) typeOfItems(live, gone)
  return live.filter((item) => !gone.includes(item))
}

/** A list with the items of a patch in it: values once, maps merged by their key. */
export function withPatchedItems(
  live: Items,
  patch: Items,
  key: string | undefined,
  merged: (live: Fields, patch: Fields) => Fields,
): Items {
  if (live.length === 0 && patch.length === 0) return live
  if (typeOfItems(live, patch) !== "map") return inOrder([...new Set([...live, ...patch])], patch, live, undefined)
  if (!key) throw new PatchRefused(500, "cannot merge lists without merge key for struct")
  const { kept, changes } = withDirectives(live as readonly Fields[], patch as readonly Fields[], key)
  return inOrder(mergedByKey(kept, changes, key, merged), changes, kept, key)
}

/** What `$patch` says in items of a list: which go, or that all others do. */
function withDirectives(live: readonly Fields[], patch: readonly Fields[], key: string) {
  const changes: Fields[] = []
  let kept = [...live]
  let isReplaced = false
  for (const item of patch) {
    if (!isDirective(item)) changes.push(item)
    else if (item["$patch"] === "replace") isReplaced = true
    else if (item["$patch"] === "delete") kept = kept.filter(differsFrom(keyOf(item, key), key))
    else throw unknownDirective(item)
  }
  return isReplaced ? { kept: changes, changes: [] } : { kept, changes }
}

const differsFrom =
  (value: unknown, key: string) =>
  (item: Fields): boolean =>
    item[key] !== value

function unknownDirective(item: Fields): PatchRefused {
  const { $patch } = item
  const text = $patch === "merge" ? "merging lists cannot yet be specified in the patch" : undefined
  return new PatchRefused(500, text ?? `unknown patch type: ${goText($patch)} in map: ${goText(item)}`)
}

function mergedByKey(
  live: readonly Fields[],
  patch: readonly Fields[],
  key: string,
  merged: (live: Fields, patch: Fields) => Fields,
): Fields[] {
  const result = [...live]
  for (const item of patch) {
    const value = keyOf(item, key)
    const place = result.findIndex((other) => other[key] === value)
    if (place >= 0) result[place] = merged(result[place]!, item)
    else result.push(withoutNulls(item) as Fields)
  }
  return result
}

type ItemType = "map" | "string" | "number" | "boolean"

/** All of them must have one. */
export function typeOfItems(...lists: Items[]): ItemType {
  const types = new Set(
    lists.flat().map((item) => (isFields(item) ? "map" : Array.isArray(item) ? "list" : typeof item)),
  )
  const [type] = types
  if (type === undefined) throw new PatchRefused(500, "no elements in any of the given slices")
  if (types.size > 1) throw new PatchRefused(500, `list element types are not identical: ${goText(lists)}`)
  if (type === "list") throw new PatchRefused(422, "lists of lists are not supported")
  return type as ItemType
}
