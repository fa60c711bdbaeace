import { isFields } from "../schema/fields.ts"
import type { ListType } from "./field-type.ts"
import { goJson } from "./go-text.ts"

/** A value that is not what its schema says it is. */
export class Mistyped extends Error {}

/** How the owners of fields name an item of a list. */
export function elementOf({ keys }: ListType, item: unknown): string {
  return keys.length > 0 ? keyElement(keys, item) : valueElement(item)
}

function keyElement(keys: ListType["keys"], item: unknown): string {
  if (item === null) throw new Mistyped("associative list with keys may not have a null element")
  if (!isFields(item)) throw new Mistyped("associative list with keys may not have non-map elements")
  const parts: string[] = []
  for (const key of keys) {
    const value = Object.hasOwn(item, key.name) ? item[key.name] : key.default
    if (value !== undefined) parts.push(`"${key.name}":${text(value)}`)
  }
  if (parts.length > 0) return `k:{${parts.join(",")}}`
  const names = keys.map(({ name }) => `"${name}"`).join(" ")
  throw new Mistyped(
    `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`,
  )
}

function valueElement(item: unknown): string {
  if (item === null) throw new Mistyped("associative list without keys has an element that's an explicit null")
  if (Array.isArray(item)) throw new Mistyped("not supported: associative list with lists as elements")
  if (isFields(item)) throw new Mistyped("associative list without keys has an element that's a map type")
  return `v:${text(item)}`
}

const text = (value: unknown): string =>
  typeof value === "string" ? goJson(JSON.stringify(value)) : JSON.stringify(value)

/** As errors show it: `.name`, `[name="x"]`, `[="x"]`. */
export function elementText(element: string): string {
  const content = element.slice(2)
  if (element.startsWith("f:")) return `.${content}`
  if (element.startsWith("v:")) return `[=${JSON.stringify(JSON.parse(content))}]`
  const keys = Object.entries(JSON.parse(content) as object)
  return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(",")}]`
}

/** The items of a list by their elements; undefined instead of an item that is there more than once. */
export function itemsByElement(list: ListType, items: readonly unknown[]): Map<string, unknown> {
  const found = new Map<string, unknown>()
  for (const item of items) {
    const element = elementOf(list, item)
    found.set(element, found.has(element) ? undefined : item)
  }
  return found
}
