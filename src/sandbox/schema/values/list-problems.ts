import { childPath, type Fields, isFields, othersOf, propertyOf } from "../fields.ts"
import { jsonText } from "../json.ts"
import { mention } from "../mentions.ts"
import { duplicate, invalid } from "../problem.ts"
import type { FieldProblem, Schema } from "../schema.ts"

const hasListTypes = mention((schema) => {
  const type = schema["x-kubernetes-list-type"]
  return type === "set" || type === "map"
})

/** What stands twice in lists that are sets or maps. */
export function listProblems(schema: Schema, value: unknown, path = ""): FieldProblem[] {
  if (!hasListTypes(schema)) return []
  if (Array.isArray(value)) {
    const { items } = schema
    return [
      ...repeats(schema, value, path),
      ...(items ? value.flatMap((item, index) => listProblems(items, item, `${path}[${index}]`)) : []),
    ]
  }
  if (!isFields(value)) return []
  return Object.entries(value).flatMap(([name, field]) => {
    const property = propertyOf(schema, name)
    if (property) return listProblems(property, field, childPath(path, name))
    const others = othersOf(schema)
    return others ? listProblems(others, field, `${path}[${name}]`) : []
  })
}

function repeats(schema: Schema, items: readonly unknown[], path: string): FieldProblem[] {
  const type = schema["x-kubernetes-list-type"]
  if (type === "set") return repeated(items).map((index) => duplicate(`${path}[${index}]`, items[index]))
  if (type !== "map") return []
  const odd = items.findIndex((item) => item !== null && !isFields(item))
  if (odd >= 0) return [invalid(`${path}[${odd}]`, items[odd], "must be an object for an array of list-type map")]
  const keys = items.map((item) => keyOf(schema["x-kubernetes-list-map-keys"] ?? [], item))
  return repeated(keys).map((index) => duplicate(`${path}[${index}]`, keys[index]))
}

function keyOf(names: readonly string[], item: unknown): Fields {
  const given = names.filter((name) => isFields(item) && Object.hasOwn(item, name))
  return Object.fromEntries(given.map((name) => [name, (item as Fields)[name]]))
}

/** Where something stands for the second time; a third time is not told again. */
function repeated(values: readonly unknown[]): number[] {
  const times = new Map<string, number>()
  const second: number[] = []
  for (const [index, value] of values.entries()) {
    const text = jsonText(value)
    const time = (times.get(text) ?? 0) + 1
    times.set(text, time)
    if (time === 2) second.push(index)
  }
  return second
}
