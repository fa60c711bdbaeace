import { goFloat } from "#core/text/go-number.ts"
import { goQuote } from "#core/text/go-quote.ts"
import type { FieldProblem } from "./schema.ts"

const valueless = new Set(["Required value", "Forbidden", "Too long"])

/** A problem as the server writes it into the message of a Status. */
export function shown({ field, type, value, detail }: FieldProblem): string {
  const showsValue = !valueless.has(type) && value !== undefined
  return `${field}: ${type}${showsValue ? `: ${valueText(value)}` : ""}${detail ? `: ${detail}` : ""}`
}

function valueText(value: unknown): string {
  if (typeof value === "string") return goQuote(value)
  if (typeof value === "number" && !Number.isInteger(value)) return goFloat(value)
  return JSON.stringify(value).replaceAll(/[<>&]/g, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`)
}
