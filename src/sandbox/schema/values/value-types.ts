import { goQuote } from "#core/text/go-quote.ts"
import { formatCheck } from "./formats.ts"
import { wrongType } from "../problem.ts"
import type { FieldProblem, Schema } from "../schema.ts"

export type ValueType = "null" | "object" | "array" | "string" | "boolean" | "integer" | "number"

/** Larger whole numbers are read as decimals. */
export const isInt64 = (value: number): boolean => Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63

export function typeOf(value: unknown): ValueType {
  if (value === null) return "null"
  if (typeof value === "number") return isInt64(value) ? "integer" : "number"
  if (typeof value === "string" || typeof value === "boolean") return typeof value as "string" | "boolean"
  return Array.isArray(value) ? "array" : "object"
}

const single = new Map(
  (["object", "array", "string", "number", "integer", "boolean"] as const).map((type) => [type, [type]] as const),
)
const intOrString = ["integer", "string"] as const
const anyType = [] as const

export function typesOf(schema: Schema): readonly string[] {
  if (schema["x-kubernetes-int-or-string"]) return intOrString
  return schema.type ? (single.get(schema.type) ?? [schema.type]) : anyType
}

/** Formats that the server does not know for this type are as good as none. */
export function knownFormat(schema: Schema): string | undefined {
  const { format } = schema
  if (!format) return undefined
  const isIntOrString = schema["x-kubernetes-int-or-string"] === true
  if (isIntOrString || !schema.type || schema.type === "string") return formatCheck(format) && format
  if (schema.type === "integer") return format === "int32" || format === "int64" ? format : undefined
  if (schema.type === "number") return format === "float" || format === "double" ? format : undefined
  return undefined
}

const formatOfType: Partial<Record<ValueType, string>> = { integer: "int64", number: "float64" }

export function typeProblem(schema: Schema, type: ValueType, path: string): FieldProblem | undefined {
  if (schema.type === type) return undefined
  const types = typesOf(schema)
  if (types.includes(type) || (type === "integer" && types.includes("number"))) return undefined
  const refused = (expected: string, got: string) =>
    wrongType(path, got, `${path} in body must be of type ${expected}: ${goQuote(got)}`)
  if (type === "null") return types.length > 0 && !schema.nullable ? refused(types.join(","), "null") : undefined
  const format = knownFormat(schema)
  if (types.length === 0 && !format) return undefined
  const isTextual = type === "string" || type === "array"
  if (format && !isTextual) {
    const got = formatOfType[type] ?? ""
    if (format !== got) return refused(format, got)
  }
  // As the server has it: a list passes for a text of any format.
  if (format && isTextual && !types.includes("number") && !types.includes("integer")) return undefined
  return refused(types.join(","), type)
}
