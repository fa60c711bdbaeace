import type { Schema } from "../schema/schema.ts"
import { descriptionOf, fieldDescriptionOf } from "./descriptions.ts"
import file from "./schemas.json" with { type: "json" }

/** As it stands in the file: references by name, and `pointer` where a given zero is not the same as nothing. */
interface Shape extends Omit<Schema, "properties" | "items" | "additionalProperties"> {
  $ref?: string
  pointer?: boolean
  properties?: Record<string, Shape>
  items?: Shape
  additionalProperties?: Shape
}

const kinds: Readonly<Record<string, string>> = file.kinds
const shapes = file.definitions as unknown as Readonly<Record<string, Shape>>

const definitions = new Map<string, Schema>()
const names = new WeakMap<Schema, string>()
const pointers = new WeakSet<Schema>()

/** The schema of a built-in kind, also of those that are only ever sent: reviews, tokens, scales, evictions. */
export function schemaOf(group: string, version: string, kind: string): Schema {
  const name = kinds[[group, version, kind].filter(Boolean).join("/")]
  if (!name) throw new Error(`There is no built-in kind ${kind} in ${group}/${version}`)
  return definition(name)
}

/** The definition that this schema is, perhaps with a default or description of its own; undefined for plain types. */
export const definitionName = (schema: Schema): string | undefined => names.get(schema)

/** Whether a zero or an empty list that was given is shown again. */
export const keepsZero = (schema: Schema): boolean => pointers.has(schema)

function definition(name: string): Schema {
  const known = definitions.get(name)
  if (known) return known
  const { properties: parts, ...plain } = shapes[name]!
  const properties: Record<string, Schema> = {}
  const description = descriptionOf(name)
  const made: Schema = {
    ...schemaFrom(plain),
    ...(description ? { description } : {}),
    ...(parts ? { properties } : {}),
    ...(isOpen(shapes[name]!) ? { "x-kubernetes-preserve-unknown-fields": true } : {}),
  }
  // Before the parts, which may mention it.
  definitions.set(name, made)
  names.set(made, name)
  for (const [field, part] of Object.entries(parts ?? {})) {
    properties[field] = schemaFrom(part, fieldDescriptionOf(name, field))
  }
  return made
}

function schemaFrom(shape: Shape, description?: string): Schema {
  const { $ref, pointer, properties: _, items, additionalProperties, ...plain } = shape
  const own: Schema = { ...plain, ...(description ? { description } : {}) }
  if (plain.default === null) own.nullable = true
  if ($ref) return referring($ref, own)
  if (items) own.items = schemaFrom(items)
  if (additionalProperties) own.additionalProperties = schemaFrom(additionalProperties)
  if (pointer) pointers.add(own)
  return own
}

/** The definition itself where nothing is said beside the reference. */
function referring(name: string, own: Schema): Schema {
  const target = definition(name)
  if (Object.keys(own).length === 0) return target
  const made = { ...target, ...own }
  names.set(made, name)
  return made
}

/** Any JSON, or any object. */
const isOpen = ({ type, properties, ...rest }: Shape): boolean =>
  !properties && (type === "object" || type === undefined) && !rest["x-kubernetes-int-or-string"]
