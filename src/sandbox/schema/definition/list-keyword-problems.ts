import { forbidden, invalid, required, unsupported } from "../problem.ts"
import { itemsOf, type Part, propertiesOf } from "./raw-schema.ts"
import type { FieldProblem } from "../schema.ts"

const MAP_TYPE = "x-kubernetes-map-type"
const LIST_TYPE = "x-kubernetes-list-type"
const MAP_KEYS = "x-kubernetes-list-map-keys"

function typeFor({ schema, field }: Part, type: string, word: string): FieldProblem[] {
  if (schema.type === type) return []
  const detail = `must be ${type} if ${word} is specified`
  return [schema.type ? invalid(`${field}.type`, schema.type, detail) : required(`${field}.type`, detail)]
}

export function mapTypeProblems(here: Part): FieldProblem[] {
  const type = here.schema[MAP_TYPE]
  if (type === undefined) return []
  return [
    ...typeFor(here, "object", MAP_TYPE),
    ...(type === "atomic" || type === "granular"
      ? []
      : [unsupported(`${here.field}.${MAP_TYPE}`, type, ["atomic", "granular"])]),
  ]
}

export function listTypeProblems(here: Part): FieldProblem[] {
  const { schema, field } = here
  const type = schema[LIST_TYPE]
  if (type === undefined) return []
  const wrong = typeFor(here, "array", LIST_TYPE)
  return [
    ...(wrong.length === 0 && type === "set" ? setProblems(here) : wrong),
    ...(["atomic", "set", "map"].includes(type)
      ? []
      : [unsupported(`${field}.${LIST_TYPE}`, type, ["atomic", "set", "map"])]),
  ]
}

function setProblems(here: Part): FieldProblem[] {
  return itemsOf(here).flatMap(({ schema, field }) => {
    const detail = "must be atomic as item of a list with x-kubernetes-list-type=set"
    const own = schema[LIST_TYPE]
    if (schema.type === "array" && own !== undefined && own !== "atomic") {
      return [invalid(`${field}.${LIST_TYPE}`, own, detail)]
    }
    if (schema.type === "object" && schema[MAP_TYPE] !== "atomic") {
      return [invalid(`${field}.${MAP_TYPE}`, own ?? null, detail)]
    }
    return []
  })
}

export function mapKeyProblems(here: Part): FieldProblem[] {
  const { schema, field } = here
  const type = schema[LIST_TYPE]
  const keys = schema[MAP_KEYS] ?? []
  const found: FieldProblem[] = []
  if (keys.length > 0 && type !== "map") {
    const detail = "must be map if x-kubernetes-list-map-keys is non-empty"
    found.push(type ? invalid(`${field}.${LIST_TYPE}`, type, detail) : required(`${field}.${LIST_TYPE}`, detail))
  }
  const [items] = itemsOf(here)
  if (type === "map") {
    if (keys.length === 0) {
      found.push(required(`${field}.${MAP_KEYS}`, "must not be empty if x-kubernetes-list-type is map"))
    }
    if (!items) found.push(required(`${field}.items`, "must have a schema if x-kubernetes-list-type is map"))
    else found.push(...mapItemProblems(here, items))
  }
  if (items?.schema.nullable && (type === "map" || type === "set")) {
    found.push(forbidden(`${items.field}.nullable`, `cannot be nullable when x-kubernetes-list-type is ${type}`))
  }
  if (items && type === "map") found.push(...keyFieldProblems(items, keys))
  return found
}

function mapItemProblems({ schema, field }: Part, items: Part): FieldProblem[] {
  if (items.schema.type !== "object") {
    const detail = "must be object if parent array's x-kubernetes-list-type is map"
    return [invalid(`${items.field}.type`, items.schema.type ?? "", detail)]
  }
  const keys = schema[MAP_KEYS] ?? []
  const declared = new Map(propertiesOf(items).map((property) => [property.name, property]))
  return keys.flatMap((key, index) => {
    const property = declared.get(key)
    const wrong = (detail: string) => invalid(`${field}.${MAP_KEYS}`, keys, detail)
    const isScalar = property?.schema.type !== "array" && property?.schema.type !== "object"
    const scalarDetail = "must be a scalar type if parent array's x-kubernetes-list-type is map"
    return [
      ...(property ? [] : [wrong("entries must all be names of item properties")]),
      ...(isScalar ? [] : [invalid(`${property.field}.type`, items.schema.type, scalarDetail)]),
      ...(keys.indexOf(key) < index ? [wrong("must not contain duplicate entries")] : []),
    ]
  })
}

/** Keys are always there. */
function keyFieldProblems(items: Part, keys: readonly string[]): FieldProblem[] {
  const declared = new Map(propertiesOf(items).map((property) => [property.name, property]))
  return keys
    .flatMap((key) => declared.get(key) ?? [])
    .flatMap(({ name, schema, field }) => [
      ...(items.schema.required?.includes(name) || schema.default !== undefined
        ? []
        : [
            required(
              `${field}.default`,
              "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
            ),
          ]),
      ...(schema.nullable
        ? [forbidden(`${field}.nullable`, "this property is in x-kubernetes-list-map-keys, so it cannot be nullable")]
        : []),
    ])
}
