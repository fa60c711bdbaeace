import { isFields } from "../schema/fields.ts"
import { type FieldSet, member, nothing } from "./field-set.ts"
import { type FieldType, type ListType, type MapType, shapeOf } from "./field-type.ts"
import { itemsByElement } from "./list-items.ts"

/** Everything that a value says: its ends, its items, and the fields that its schema does not name. */
export const fieldsOf = (value: unknown, type: FieldType): FieldSet => found(value, type) ?? nothing

/** Undefined where nothing is said; nothing below where the value itself is an end. */
function found(value: unknown, type: FieldType | undefined): FieldSet | undefined {
  const shape = type && shapeOf(type, value)
  if (shape === "map") return inMap(type!.map!, value)
  if (shape === "list") return inList(type!.list!, value)
  return nothing
}

function inMap(map: MapType, value: unknown): FieldSet | undefined {
  if (map.isAtomic) return nothing
  if (!isFields(value)) return undefined
  const result: Record<string, FieldSet> = {}
  for (const [name, inside] of Object.entries(value)) {
    const said = found(inside, map.field(name))
    const isEnd = inside === null || isEmptyMap(inside) || !map.declares(name)
    const set = isEnd ? member(true, said ?? nothing) : said
    if (set) result[`f:${name}`] = set
  }
  return orUndefined(result)
}

const isEmptyMap = (value: unknown): boolean => isFields(value) && Object.keys(value).length === 0

function inList(list: ListType, value: unknown): FieldSet | undefined {
  if (list.isAtomic) return nothing
  if (!Array.isArray(value)) return undefined
  const result: Record<string, FieldSet> = {}
  for (const [element, item] of itemsByElement(list, value)) {
    // An item that is there more than once has no fields of its own.
    const said = item === undefined ? undefined : found(item, list.items())
    result[element] = member(true, said ?? nothing)!
  }
  return orUndefined(result)
}

const orUndefined = (set: FieldSet): FieldSet | undefined => (Object.keys(set).length > 0 ? set : undefined)
