import { isEmbedded } from "../fields.ts"
import { sameJson } from "../json.ts"
import { patternOf } from "../values/pattern.ts"
import { forbidden, invalid, required } from "../problem.ts"
import { additionalOf, alternativesOf, itemsOf, type Part, propertiesOf, type RawSchema } from "./raw-schema.ts"
import type { FieldProblem, Schema } from "../schema.ts"

type Level = "root" | "items" | "field"

/** Why a schema is not structural: every field must be declared outside of alternatives, with its type. */
export function structureProblems(here: Part): FieldProblem[] {
  const text = ({ field, type, value, detail }: FieldProblem) => `${field} ${type} ${JSON.stringify(value)} ${detail}`
  const found = [...levelProblems(here, "root"), ...undeclared(here, here)]
  return found.toSorted((one, other) => (text(one) < text(other) ? -1 : 1))
}

function levelProblems(here: Part, level: Level): FieldProblem[] {
  const { schema, field } = here
  const additional = schema.additionalProperties
  return [
    ...(schema.type === "array" && !schema.items ? [required(`${field}.items`, "must be specified")] : []),
    ...itemsOf(here).flatMap((items) => levelProblems(items, "items")),
    ...propertiesOf(here).flatMap((property) => levelProblems(property, "field")),
    ...(additional !== undefined && level === "root"
      ? [forbidden(`${field}.additionalProperties`, "must not be used at the root")]
      : []),
    ...additionalOf(here).flatMap((others) => levelProblems(others, "field")),
    ...intOrStringProblems(here),
    ...junctorProblems(here),
    ...typeProblems(here, level),
    ...(isEmbedded(schema) && additional !== undefined
      ? [forbidden(`${field}.additionalProperties`, "must not be used if x-kubernetes-embedded-resource is set")]
      : []),
    ...identityProblems(here, level),
    ...(isEmbedded(schema) && !keepsUnknown(schema) && Object.keys(schema.properties ?? {}).length === 0
      ? [
          required(
            `${field}.properties`,
            "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
          ),
        ]
      : []),
  ]
}

const keepsUnknown = (schema: Schema): boolean => schema["x-kubernetes-preserve-unknown-fields"] === true

function intOrStringProblems({ schema, field }: Part): FieldProblem[] {
  if (!schema["x-kubernetes-int-or-string"]) return []
  return (["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"] as const)
    .filter((name) => schema[name])
    .map((name) => invalid(`${field}.${name}`, true, "must be false if x-kubernetes-int-or-string is true"))
}

const emptyTypes: Record<Level, string> = {
  root: "must not be empty at the root",
  items: "must not be empty for specified array items",
  field: "must not be empty for specified object fields",
}

function typeProblems({ schema, field }: Part, level: Level): FieldProblem[] {
  const { type } = schema
  const path = `${field}.type`
  if (isEmbedded(schema) && type !== "object") {
    const detail = "must be object if x-kubernetes-embedded-resource is true"
    return [type ? invalid(path, type, detail) : required(path, detail)]
  }
  if (!type)
    return schema["x-kubernetes-int-or-string"] || keepsUnknown(schema) ? [] : [required(path, emptyTypes[level])]
  return level === "root" && type !== "object" ? [invalid(path, type, "must be object at the root")] : []
}

/** Whole objects have an apiVersion, a kind and metadata anyway. */
function identityProblems(here: Part, level: Level): FieldProblem[] {
  if (level !== "root" && !isEmbedded(here.schema)) return []
  return propertiesOf(here).flatMap(({ name, schema, field }) => {
    const wrongType = (type: string, detail: string) =>
      schema.type === type ? [] : [invalid(`${field}.type`, schema.type ?? "", detail)]
    if (name === "kind" || name === "apiVersion") return wrongType("string", "must be string")
    if (name !== "metadata") return []
    const isPlain = level !== "root" || isNameOnly(schema)
    const detail = "must not specify anything other than name and generateName, but metadata is implicitly specified"
    return [...wrongType("object", "must be object"), ...(isPlain ? [] : [forbidden(field, detail)])]
  })
}

function isNameOnly(schema: RawSchema): boolean {
  const { type: _, default: __, description, properties = {}, ...rest } = schema
  const names = Object.keys(properties)
  const isNamed = names.every((name) => name === "name" || name === "generateName")
  return isNamed && description === undefined && Object.values(rest).every((value) => value === undefined)
}

const intOrString = [{ type: "integer" }, { type: "string" }]
const isIntOrString = (schema: Schema | undefined): boolean => sameJson(schema?.anyOf, intOrString)

/** Inside of alternatives nothing may be declared, except what int-or-string is made of. */
function junctorProblems(here: Part): FieldProblem[] {
  const { schema, field } = here
  const isAllowed = schema["x-kubernetes-int-or-string"] === true || schema.anyOf !== undefined
  return [
    ...alternativesOf(here).flatMap((one) => {
      if (one.junctor === "anyOf" && isAllowed && isIntOrString(schema)) return []
      const isFirst = one.junctor === "allOf" && one.index === 0
      return nestedProblems(one, isFirst && isIntOrString(one.schema))
    }),
    ...patternProblems(schema, field),
  ]
}

function patternProblems({ pattern }: Schema, field: string): FieldProblem[] {
  if (!pattern) return []
  try {
    patternOf(pattern)
    return []
  } catch (error) {
    const detail = `must be a valid regular expression, but isn't: ${(error as Error).message}`
    return [invalid(`${field}.pattern`, pattern, detail)]
  }
}

const emptyToBe = "must be empty to be structural"
const undefinedToBe = "must be undefined to be structural"
const falseToBe = "must be false to be structural"

const notInside: readonly [string, string][] = [
  ["type", emptyToBe],
  ["additionalProperties", undefinedToBe],
  ["default", undefinedToBe],
  ["title", emptyToBe],
  ["description", emptyToBe],
  ["nullable", falseToBe],
  ["x-kubernetes-preserve-unknown-fields", falseToBe],
  ["x-kubernetes-embedded-resource", falseToBe],
  ["x-kubernetes-int-or-string", falseToBe],
  ["x-kubernetes-list-map-keys", emptyToBe],
  ["x-kubernetes-list-type", undefinedToBe],
  ["x-kubernetes-map-type", undefinedToBe],
  ["x-kubernetes-validations", emptyToBe],
]

function nestedProblems(here: Part, isIntOrStringPart: boolean): FieldProblem[] {
  const { schema, field } = here
  const isSet = (value: unknown) => Boolean(value) && !(Array.isArray(value) && value.length === 0)
  return [
    ...(isIntOrStringPart
      ? []
      : junctorProblems({ schema: { ...schema, "x-kubernetes-int-or-string": false }, field })),
    ...itemsOf(here).flatMap((items) => nestedProblems(items, false)),
    ...propertiesOf(here).flatMap((property) => nestedProblems(property, false)),
    ...notInside.flatMap(([name, detail]) => (isSet(schema[name]) ? [forbidden(`${field}.${name}`, detail)] : [])),
    ...(schema.properties && Object.hasOwn(schema.properties, "metadata")
      ? [forbidden(`${field}.properties[metadata]`, "must not be specified in a nested context")]
      : []),
  ]
}

/** What the alternatives at the root speak of must be declared. */
function undeclared(nested: Part, declared: Part | undefined): FieldProblem[] {
  return alternativesOf(nested).flatMap((one) => undeclaredParts(one, declared))
}

function undeclaredParts(nested: Part, declared: Part | undefined): FieldProblem[] {
  if (!declared) return []
  const missing = (at: string, by: string) => [required(at, `because it is defined in ${by}`)]
  const declaredProperties = new Map(propertiesOf(declared).map((property) => [property.name, property]))
  const [declaredItems] = itemsOf(declared)
  return [
    ...undeclared(nested, declared),
    ...itemsOf(nested).flatMap((items) =>
      declaredItems ? undeclaredParts(items, declaredItems) : missing(`${declared.field}.items`, items.field),
    ),
    ...propertiesOf(nested).flatMap((property) => {
      const known = declaredProperties.get(property.name)
      return known
        ? undeclaredParts(property, known)
        : missing(`${declared.field}.properties[${property.name}]`, property.field)
    }),
  ]
}
