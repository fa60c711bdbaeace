import { isFields } from "../schema/fields.ts"
import type { FieldSet } from "./field-set.ts"

/** Whether this is what an object of managed fields may be. A set that was seen before is not looked at again. */
export function isFieldSet(value: unknown): value is FieldSet {
  if (!isFields(value)) return false
  if (known.has(value)) return true
  const isOne = isWellFormed(value)
  if (isOne) known.add(value)
  return isOne
}

const known = new WeakSet<object>()

function isWellFormed(value: unknown): boolean {
  if (!isFields(value)) return false
  for (const element of Object.keys(value)) if (!isElement(element) || !isWellFormed(value[element])) return false
  return true
}

function isElement(element: string): boolean {
  if (element === "." || element.startsWith("f:") || /^i:\d+$/.test(element)) return true
  if (!/^[kv]:/.test(element)) return false
  try {
    return isFields(JSON.parse(element.slice(2))) === element.startsWith("k:")
  } catch {
    return false
  }
}

/** With its elements by name, as the API server shows them. */
export function sorted(set: FieldSet): FieldSet {
  if (inOrder.has(set)) return set
  const result = sortedBelow(set)
  inOrder.add(result)
  known.add(result)
  return result
}

const inOrder = new WeakSet<FieldSet>()

function sortedBelow(set: FieldSet): FieldSet {
  const elements = Object.keys(set)
  let isSorted = true
  const entries = elements.map((element, place): [string, FieldSet] => {
    const below = sortedBelow(set[element]!)
    if (below !== set[element] || (place > 0 && elements[place - 1]! > element)) isSorted = false
    return [element, below]
  })
  return isSorted ? set : Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)))
}
