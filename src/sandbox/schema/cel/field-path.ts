import { childPath, othersOf } from "../fields.ts"
import type { Schema } from "../schema.ts"
import { tokensOf } from "./syntax.ts"

export interface FieldPath {
  /** As it is shown, as in `spec.map[key]`. */
  path: string
  schema: Schema
}

/** Follows a path such as `.spec.map['key']`. Throws where it leads nowhere. */
export function fieldPath(schema: Schema, source: string): FieldPath {
  const tokens = tokensOf(source)
  let found: FieldPath = { path: "", schema }
  while (tokens.length > 0) found = step(found, nameFrom(tokens))
  return found
}

function nameFrom(tokens: string[]): string {
  const opening = tokens.shift()!
  const name = tokens.shift()
  if (name === undefined) throw new Error("unexpected end of JSON path")
  if (opening === ".") return name
  if (opening !== "[") throw new Error(`expected [ or . but got: ${opening}`)
  if (!/^'.*'$/.test(name)) throw new Error(`expected single quoted string but got ${name}`)
  const end = tokens.shift()
  if (end === undefined) throw new Error("unexpected end of JSON path")
  if (end !== "]") throw new Error(`expected ] but got ${end}`)
  return name.slice(1, -1).replaceAll(/\\(.)/g, "$1")
}

function step({ path, schema }: FieldPath, name: string): FieldPath {
  if (schema.properties) {
    const property = Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined
    if (!property) throw new Error("does not refer to a valid field")
    return { path: childPath(path, name), schema: property }
  }
  const others = othersOf(schema)
  if (!others) throw new Error("does not refer to a valid field")
  return { path: `${path}[${name}]`, schema: others }
}
