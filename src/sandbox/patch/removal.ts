import { isFields } from "../schema/fields.ts"
import { type FieldSet, isMember } from "./field-set.ts"
import { type FieldType, type ListType, type MapType, shapeOf } from "./field-type.ts"
import { elementOf } from "./list-items.ts"

/** A value without these fields and items. Null where nothing is left of it: somebody may still own that it is there. */
export function withoutFields(value: unknown, gone: FieldSet, type: FieldType | undefined): unknown {
  const shape = type && shapeOf(type, value)
  if (shape === "map") return remainingMap(value, gone, type!.map!)
  if (shape === "list") return remainingList(value, gone, type!.list!)
  return value
}

function remainingMap(value: unknown, gone: FieldSet, map: MapType): unknown {
  if (map.isAtomic || !isFields(value)) return null
  const kept: [string, unknown][] = []
  for (const [name, inside] of Object.entries(value)) {
    const left = remaining(inside, gone[`f:${name}`], map.field(name))
    if (left !== undefined) kept.push([name, left])
  }
  return kept.length > 0 ? Object.fromEntries(kept) : null
}

function remainingList(value: unknown, gone: FieldSet, list: ListType): unknown {
  if (list.isAtomic || !Array.isArray(value)) return null
  const kept = value
    .map((item: unknown) => remaining(item, gone[elementOf(list, item)], list.items()))
    .filter((item) => item !== undefined)
  return kept.length > 0 ? kept : null
}

function remaining(value: unknown, gone: FieldSet | undefined, type: FieldType | undefined): unknown {
  if (!gone) return value
  return isMember(gone) ? undefined : withoutFields(value, gone, type)
}
