import { goFloat } from "#core/text/go-number.ts"
import { goQuote } from "#core/text/go-quote.ts"
import { noField } from "../fields.ts"
import { formatCheck } from "./formats.ts"
import { patternOf } from "./pattern.ts"
import { invalid, tooLong, wrongType } from "../problem.ts"
import type { FieldProblem, Schema } from "../schema.ts"
import { isInt64, knownFormat } from "./value-types.ts"

/** Only the first of length and pattern is told. */
export function textProblem(schema: Schema, text: string, path: string): FieldProblem | undefined {
  const { maxLength, minLength, pattern } = schema
  if (maxLength !== undefined && text.length > maxLength && lengthOf(text) > maxLength) return tooLong(path, maxLength)
  if (minLength !== undefined && lengthOf(text) < minLength) {
    return invalid(path, text, `${path} in body should be at least ${minLength} chars long`)
  }
  if (!pattern || patternOf(pattern).test(text)) return undefined
  return invalid(path, text, `${path} in body should match '${pattern}'`)
}

export function formatProblem(schema: Schema, text: string, path: string): FieldProblem | undefined {
  const format = knownFormat(schema)
  const check = format === undefined ? undefined : formatCheck(format)
  if (!check || check(text)) return undefined
  return wrongType(path, text, `${path} in body must be of type ${format}: ${goQuote(text)}`)
}

/** In characters, not in the halves of which some consist. */
export function lengthOf(text: string): number {
  let length = 0
  for (const _ of text) length++
  return length
}

export function numberProblems(schema: Schema, value: number, path: string): FieldProblem[] {
  const found: FieldProblem[] = []
  const wrong = (detail: string) => found.push(invalid(path, value, `${path} in body should be ${detail}`))
  // Bounds of whole numbers are whole numbers too.
  const bound = (limit: number) => (isInt64(value) ? Math.trunc(limit) : limit)
  const shown = (limit: number) => (isInt64(value) ? String(bound(limit)) : goFloat(limit))
  const range = rangeProblem(schema, value, path)
  if (range) found.push(range)
  const { multipleOf, minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema
  if (multipleOf !== undefined && !isMultiple(value, bound(multipleOf))) wrong(`a multiple of ${shown(multipleOf)}`)
  if (minimum !== undefined && (exclusiveMinimum ? value <= bound(minimum) : value < bound(minimum))) {
    wrong(`greater than ${exclusiveMinimum ? "" : "or equal to "}${shown(minimum)}`)
  }
  if (maximum !== undefined && (exclusiveMaximum ? value >= bound(maximum) : value > bound(maximum))) {
    wrong(`less than ${exclusiveMaximum ? "" : "or equal to "}${shown(maximum)}`)
  }
  return found
}

/** What the type of the field cannot hold. */
function rangeProblem(schema: Schema, value: number, path: string): FieldProblem | undefined {
  const format = knownFormat(schema)
  if (schema["x-kubernetes-int-or-string"] || fits(value, schema.type, format)) return undefined
  const type = `${schema.type} ${format ? `with format ${format}` : "(default format)"}`
  return {
    field: noField,
    type: "Invalid value",
    value: "",
    detail: `Checked value must be of type ${type} in ${path}`,
  }
}

/** What is larger would be rounded to infinity. */
const FLOAT_LIMIT = 3.402823567797337e38

function fits(value: number, type: Schema["type"], format: string | undefined): boolean {
  if (type === "number") return format !== "float" || Math.abs(value) < FLOAT_LIMIT
  if (type !== "integer" || !isInt64(value)) return type !== "integer"
  return format !== "int32" || (value >= -(2 ** 31) && value < 2 ** 31)
}

function isMultiple(value: number, factor: number): boolean {
  if (factor <= 0) return false
  const times = factor < 1 ? (1 / factor) * value : value / factor
  return Math.abs(times - Math.round(times)) <= 1e-9 * Math.max(1, Math.abs(times))
}
