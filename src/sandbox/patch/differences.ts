import { isFields } from "../schema/fields.ts"
import { sameJson } from "../schema/json.ts"
import { type FieldSet, type Growing, insert } from "./field-set.ts"
import { type FieldType, type ListType, type MapType, type Shape, shapeOf } from "./field-type.ts"
import { elementOf } from "./list-items.ts"

export interface Differences {
  added: FieldSet
  modified: FieldSet
  removed: FieldSet
}

/** What is different in the second of two values. Undefined is a value that is not there. What they share costs nothing. */
export function differences(before: unknown, after: unknown, type: FieldType): Differences {
  const found = { added: {}, modified: {}, removed: {} }
  compare(before, after, type, { ...found, path: [] })
  return found
}

interface Walk {
  added: Growing
  modified: Growing
  removed: Growing
  /** Where we are. */
  path: string[]
}

function compare(before: unknown, after: unknown, type: FieldType | undefined, walk: Walk): void {
  if (before === after) return
  const shapes = new Set(
    [before, after].filter((value) => value !== undefined).map((value) => type && shapeOf(type, value)),
  )
  let isEnd = false
  for (const shape of shapes) isEnd = compareAs(shape, before, after, type, walk)
  if (!isEnd && before === undefined) note(walk.added, walk)
  if (!isEnd && after === undefined) note(walk.removed, walk)
}

/** Says whether it was compared as a whole. */
function compareAs(
  shape: Shape | undefined,
  before: unknown,
  after: unknown,
  type: FieldType | undefined,
  walk: Walk,
): boolean {
  const compared =
    (shape === "map" && compareMaps(before, after, type!.map!, walk)) ||
    (shape === "list" && compareLists(before, after, type!.list!, walk))
  if (!compared) compareEnds(before, after, walk)
  return !compared
}

function compareEnds(before: unknown, after: unknown, walk: Walk): void {
  if (before === undefined) note(walk.added, walk)
  else if (after === undefined) note(walk.removed, walk)
  else if (!sameJson(before, after)) note(walk.modified, walk)
}

const note = (set: Growing, { path }: Walk): void => {
  if (path.length > 0) insert(set, path)
}

/** False where a map has one owner, or nothing is in either. */
function compareMaps(before: unknown, after: unknown, map: MapType, walk: Walk): boolean {
  const [old, next] = [isFields(before) ? before : {}, isFields(after) ? after : {}]
  const names = Object.keys(old)
  for (const name of Object.keys(next)) if (!Object.hasOwn(old, name)) names.push(name)
  if (map.isAtomic || names.length === 0) return false
  for (const name of names) {
    const oldValue = Object.hasOwn(old, name) ? old[name] : undefined
    const nextValue = Object.hasOwn(next, name) ? next[name] : undefined
    if (oldValue === nextValue) continue
    walk.path.push(`f:${name}`)
    compare(oldValue, nextValue, map.field(name), walk)
    walk.path.pop()
  }
  return true
}

function compareLists(before: unknown, after: unknown, list: ListType, walk: Walk): boolean {
  const [old, next] = [Array.isArray(before) ? before : [], Array.isArray(after) ? after : []]
  if (list.isAtomic || old.length + next.length === 0) return false
  const oldItems = grouped(list, old)
  const nextItems = grouped(list, next)
  for (const element of new Set([...oldItems.keys(), ...nextItems.keys()])) {
    walk.path.push(element)
    compareItems(oldItems.get(element) ?? [], nextItems.get(element) ?? [], list.items(), walk)
    walk.path.pop()
  }
  return true
}

function grouped(list: ListType, items: readonly unknown[]): Map<string, unknown[]> {
  const groups = new Map<string, unknown[]>()
  for (const item of items) {
    const element = elementOf(list, item)
    const group = groups.get(element)
    if (group) group.push(item)
    else groups.set(element, [item])
  }
  return groups
}

/** Items that are there more than once are compared as a whole. */
function compareItems(old: unknown[], next: unknown[], type: FieldType, walk: Walk): void {
  if (old.length < 2 && next.length < 2) return compare(old[0], next[0], type, walk)
  if (old.length > 1 && next.length > 1) {
    if (!sameJson(old, next)) note(walk.modified, walk)
  } else if (old.length > 1) {
    compare(undefined, next[0], type, walk)
    note(walk.removed, walk)
  } else {
    compare(old[0], undefined, type, walk)
    note(walk.added, walk)
  }
}
