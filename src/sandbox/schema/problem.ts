import { goQuote } from "#core/text/go-quote.ts"
import { fieldName } from "./fields.ts"
import type { FieldProblem } from "./schema.ts"

/** The problems as the server words them; a path is empty for the object itself. */
export const invalid = (path: string, value: unknown, detail: string): FieldProblem => ({
  field: fieldName(path),
  type: "Invalid value",
  value,
  detail,
})

export const wrongType = (path: string, value: unknown, detail: string): FieldProblem => ({
  ...invalid(path, value, detail),
  isWrongType: true,
})

export const required = (path: string, detail = ""): FieldProblem => ({
  field: fieldName(path),
  type: "Required value",
  detail,
})

export const forbidden = (path: string, detail: string): FieldProblem => ({
  field: fieldName(path),
  type: "Forbidden",
  detail,
})

export const duplicate = (path: string, value: unknown): FieldProblem => ({
  field: fieldName(path),
  type: "Duplicate value",
  value,
  detail: "",
})

export const unsupported = (path: string, value: unknown, supported: readonly string[]): FieldProblem => ({
  field: fieldName(path),
  type: "Unsupported value",
  value,
  detail: supported.length > 0 ? `supported values: ${supported.map((one) => goQuote(one)).join(", ")}` : "",
})

export const tooLong = (path: string, most: number): FieldProblem => ({
  field: fieldName(path),
  type: "Too long",
  detail: `may not be more than ${most} ${most === 1 ? "byte" : "bytes"}`,
})

export const tooMany = (path: string, count: number, most: number): FieldProblem => ({
  field: fieldName(path),
  type: "Too many",
  value: count,
  detail: `must have at most ${most} ${most === 1 ? "item" : "items"}`,
})
