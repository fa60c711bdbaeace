import type { KubeObject } from "#api/objects.ts"
import { isFields } from "../schema/fields.ts"
import { sameJson } from "../schema/json.ts"
import { jsonType } from "./go-text.ts"
import { PatchRefused } from "./refused.ts"

interface Operation {
  op?: string
  path?: string
  from?: string
  value?: unknown
}

const MOST_OPERATIONS = 10_000

/**
 * A JSON patch as the API server applies it. It differs from RFC 6902 where the server does: `replace` adds what is missing,
 * an index may count from the end, and a copy of nothing is null.
 */
export function jsonPatched(object: KubeObject, operations: unknown): KubeObject {
  const patched = checked(operations).reduce<unknown>(after, object)
  if (!isFields(patched)) throw notApplicable()
  return patched as KubeObject
}

function checked(operations: unknown): readonly Operation[] {
  if (operations === null) return []
  if (!Array.isArray(operations)) throw undecodable(operations, "value of type []handlers.jsonPatchOp")
  for (const operation of operations) {
    if (operation === null) continue
    if (!isFields(operation)) throw undecodable(operation, "value of type handlers.jsonPatchOp")
    for (const field of ["op", "path", "from"]) {
      const text = operation[field] ?? ""
      if (typeof text !== "string") throw undecodable(text, `struct field jsonPatchOp.${field} of type string`)
    }
  }
  if (operations.length <= MOST_OPERATIONS) return operations.map((operation) => operation ?? {})
  const limit = `The allowed maximum operations in a JSON patch is ${MOST_OPERATIONS}, got ${operations.length}`
  throw new PatchRefused(413, limit)
}

function undecodable(found: unknown, wanted: string): PatchRefused {
  return new PatchRefused(400, `error decoding patch: json: cannot unmarshal ${jsonType(found)} into Go ${wanted}`)
}

/** The server does not say which operation it was, nor why. */
const notApplicable = (): PatchRefused =>
  new PatchRefused(422, "the server rejected our request due to an error in our request")

function after(document: unknown, { op, path, from, value = null }: Operation): unknown {
  switch (op) {
    case "add":
      return changed(document, stepsOf(path), added(value))
    case "remove":
      return changed(document, stepsOf(path), removed)
    case "replace":
      return path === "" ? value : changed(document, stepsOf(path), replaced(value))
    case "copy":
      return changed(document, stepsOf(path), added(valueAt(document, stepsOf(from))))
    case "move": {
      const moved = valueAt(document, stepsOf(from))
      return changed(changed(document, stepsOf(from), removed), stepsOf(path), added(moved))
    }
    case "test": {
      const found = path === "" ? document : valueAt(document, stepsOf(path))
      if (sameJson(found, value)) return document
    }
  }
  throw notApplicable()
}

/** What comes before the first slash is not looked at. */
function stepsOf(path: string | undefined): string[] {
  const [, ...steps] = path?.split("/") ?? []
  if (steps.length === 0) throw notApplicable()
  return steps.map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"))
}

/** Nothing there is null, as long as there is an object that could have it. */
function valueAt(document: unknown, steps: readonly string[]): unknown {
  let value = document
  for (const step of steps) {
    if (Array.isArray(value)) value = value[existing(value, step)]
    else if (isFields(value)) value = Object.hasOwn(value, step) ? value[step] : null
    else throw notApplicable()
  }
  return value
}

interface Change {
  ofFields(fields: Map<string, unknown>, name: string): void
  ofItems(items: unknown[], step: string): void
}

/** A copy where something is different at that place; the rest is shared. */
function changed(inside: unknown, [step, ...further]: readonly string[], change: Change): unknown {
  if (Array.isArray(inside)) {
    const items = [...inside]
    if (further.length === 0) change.ofItems(items, step!)
    else items[existing(items, step!)] = changed(items[existing(items, step!)], further, change)
    return items
  }
  if (!isFields(inside)) throw notApplicable()
  const fields = new Map(Object.entries(inside))
  if (further.length === 0) change.ofFields(fields, step!)
  else fields.set(step!, changed(fields.get(step!), further, change))
  return Object.fromEntries(fields)
}

const added = (value: unknown): Change => ({
  ofFields: (fields, name) => void fields.set(name, value),
  ofItems: (items, step) => void items.splice(step === "-" ? items.length : index(step, items.length + 1), 0, value),
})

const replaced = (value: unknown): Change => ({
  ofFields: (fields, name) => void fields.set(name, value),
  ofItems: (items, step) => void items.splice(existing(items, step), 1, value),
})

const removed: Change = {
  ofFields: (fields, name) => {
    if (!fields.delete(name)) throw notApplicable()
  },
  ofItems: (items, step) => void items.splice(existing(items, step), 1),
}

const existing = (items: readonly unknown[], step: string): number => index(step, items.length)

/** Below zero it counts from the end. */
function index(step: string, end: number): number {
  if (!/^[+-]?\d+$/.test(step)) throw notApplicable()
  const number = Number(step) < 0 ? Number(step) + end : Number(step)
  if (number < 0 || number >= end) throw notApplicable()
  return number
}
