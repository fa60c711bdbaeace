import { fieldPath } from "../cel/field-path.ts"
import type { ColumnSpec, CrdVersion } from "./spec.ts"
import { sameJson } from "../json.ts"
import { duplicate, invalid, required, tooMany } from "../problem.ts"
import type { FieldProblem, Schema } from "../schema.ts"
import { schemaProblems } from "../structural.ts"

/** What is wrong inside of the versions. The server speaks of what all versions share as if it stood above them. */
export function versionProblems(
  versions: readonly CrdVersion[],
  old: readonly CrdVersion[] | undefined,
): FieldProblem[] {
  const [first] = versions
  if (!first) return []
  const isShared = (part: keyof CrdVersion) => versions.every((version) => sameJson(version[part], first[part]))
  const each = (
    part: keyof CrdVersion,
    shared: string,
    problems: (version: CrdVersion, field: string) => FieldProblem[],
  ) =>
    isShared(part)
      ? problems(first, `spec.${shared}`)
      : versions.flatMap((version, index) => problems(version, `spec.versions[${index}].${part}`))
  return [
    ...versions.flatMap(deprecationProblems),
    ...each("schema", "validation", (version, field) => versionSchemaProblems(version, field, old)),
    ...each("subresources", "subresources", subresourceProblems),
    ...each("additionalPrinterColumns", "additionalPrinterColumns", ({ additionalPrinterColumns = [] }, field) =>
      additionalPrinterColumns.flatMap((column, index) => columnProblems(column, `${field}[${index}]`)),
    ),
    ...each("selectableFields", "selectableFields", selectableProblems),
  ]
}

function versionSchemaProblems(
  { name, schema, subresources }: CrdVersion,
  field: string,
  old: readonly CrdVersion[] | undefined,
): FieldProblem[] {
  if (!schema?.openAPIV3Schema) return []
  // What was accepted once stays accepted.
  const before = old?.find((version) => version.name === name)
  if (before && sameJson(before.schema, schema)) return []
  const path = `${field}.openAPIV3Schema`
  return [
    ...(subresources?.status ? rootProblems(schema.openAPIV3Schema, path) : []),
    ...schemaProblems(schema.openAPIV3Schema, path),
  ]
}

const rootWords =
  "Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations"
const notAtRoot = [
  "allOf",
  "anyOf",
  "oneOf",
  "not",
  "enum",
  "maxProperties",
  "minProperties",
  "additionalProperties",
  "default",
  "nullable",
]

/** A status is validated apart, which not everything at the root survives. */
function rootProblems(schema: Schema, field: string): FieldProblem[] {
  const { type } = schema
  if (type !== undefined && type !== "object") {
    const detail = `only "object" is allowed as the type at the root of the schema if the status subresource is enabled`
    return [invalid(`${field}.type`, type, detail)]
  }
  if (!notAtRoot.some((word) => word in schema)) return []
  const detail = `only [${rootWords}] fields are allowed at the root of the schema if the status subresource is enabled`
  return [invalid(field, schema, detail)]
}

function deprecationProblems({ deprecated, deprecationWarning }: CrdVersion, index: number): FieldProblem[] {
  if (deprecationWarning === undefined) return []
  const wrong = (detail: string) => [invalid(`spec.versions[${index}].deprecationWarning`, deprecationWarning, detail)]
  if (!deprecated) return wrong("can only be set for deprecated versions")
  if (deprecationWarning === "") return wrong("must not be an empty string")
  return Buffer.byteLength(deprecationWarning) > 256 ? wrong("must be <= 256 characters long") : []
}

function subresourceProblems({ subresources }: CrdVersion, field: string): FieldProblem[] {
  const scale = subresources?.scale
  if (!scale) return []
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale
  return [
    ...pathProblems(specReplicasPath, `${field}.scale.specReplicasPath`, [".spec"]),
    ...pathProblems(statusReplicasPath, `${field}.scale.statusReplicasPath`, [".status"]),
    ...(labelSelectorPath
      ? pathProblems(labelSelectorPath, `${field}.scale.labelSelectorPath`, [".spec", ".status"])
      : []),
  ]
}

function pathProblems(path: string | undefined, field: string, roots: readonly string[]): FieldProblem[] {
  if (!path) return [required(field)]
  const simple = simplePathProblems(path, field)
  if (simple.length > 0 || roots.some((root) => path.startsWith(`${root}.`))) return simple
  const under = roots.length === 1 ? roots[0] : "either .spec or .status"
  return [invalid(field, path, `should be a json path under ${under}`)]
}

const simplePathProblems = (path: string, field: string): FieldProblem[] =>
  path.startsWith(".") ? [] : [invalid(field, path, "must be a simple json path starting with .")]

const columnTypes = ["boolean", "date", "integer", "number", "string"]
const columnFormats = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"]

function columnProblems({ name, type, format, jsonPath }: ColumnSpec, field: string): FieldProblem[] {
  const typeDetail = `must be one of ${columnTypes.join(",")}`
  return [
    ...(name ? [] : [required(`${field}.name`)]),
    ...(type ? [] : [required(`${field}.type`, typeDetail)]),
    ...(!type || columnTypes.includes(type) ? [] : [invalid(`${field}.type`, type, typeDetail)]),
    ...(!format || columnFormats.includes(format)
      ? []
      : [invalid(`${field}.format`, format, `must be one of ${columnFormats.join(",")}`)]),
    ...(jsonPath ? simplePathProblems(jsonPath, `${field}.JSONPath`) : [required(`${field}.JSONPath`)]),
  ]
}

const MOST_SELECTABLE = 8

function selectableProblems({ selectableFields = [], schema }: CrdVersion, field: string): FieldProblem[] {
  const seen = new Set<string>()
  const found = selectableFields.flatMap(({ jsonPath }, index): FieldProblem[] => {
    const path = `${field}[${index}].jsonPath`
    if (!jsonPath) return [required(path)]
    const wrong = wrongSelectable(jsonPath, schema?.openAPIV3Schema ?? {})
    const again = seen.has(jsonPath) ? [duplicate(path, jsonPath)] : []
    seen.add(jsonPath)
    return [...(wrong ? [invalid(path, jsonPath, wrong)] : []), ...again]
  })
  return seen.size > MOST_SELECTABLE ? [...found, tooMany(field, seen.size, MOST_SELECTABLE)] : found
}

function wrongSelectable(path: string, schema: Schema): string | undefined {
  if (path.includes("[")) return "is an invalid path: array notation is not allowed"
  try {
    const found = fieldPath(schema, path)
    if (/^metadata\b/.test(found.path)) return "must not point to fields in metadata"
    if (["string", "boolean", "integer"].includes(found.schema.type ?? "")) return undefined
  } catch (error) {
    return `is an invalid path: ${(error as Error).message}`
  }
  return "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed."
}
