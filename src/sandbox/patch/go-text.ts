import { isFields } from "../schema/fields.ts"

/** A JSON value as Go prints it: some messages of the API server carry one. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return "<nil>"
  if (Array.isArray(value)) return `[${value.map(goText).join(" ")}]`
  if (!isFields(value)) return String(value)
  const fields = Object.keys(value)
    .toSorted()
    .map((name) => `${name}:${goText(value[name])}`)
  return `map[${fields.join(" ")}]`
}

/** The same with types, as Go's `%#v` has it. */
export function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return "interface {}(nil)"
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(", ")}}`
  if (!isFields(value)) return typeof value === "string" ? JSON.stringify(value) : String(value)
  const fields = Object.keys(value)
    .toSorted()
    .map((name) => `${JSON.stringify(name)}:${goSyntax(value[name])}`)
  return `map[string]interface {}{${fields.join(", ")}}`
}

/** The Go type into which a JSON value is decoded. */
export function goType(value: unknown): string {
  if (value === null || value === undefined) return "%!s(<nil>)"
  if (Array.isArray(value)) return "[]interface {}"
  if (isFields(value)) return "map[string]interface {}"
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64"
  return typeof value === "boolean" ? "bool" : "string"
}

/** How Go's JSON decoder names what it found. */
export function jsonType(value: unknown): string {
  if (value === null) return "null"
  if (Array.isArray(value)) return "array"
  return typeof value === "boolean" ? "bool" : typeof value
}

/** JSON as Go writes it: these signs are escaped. */
export const goJson = (text: string): string =>
  text.replace(/[<>&\u2028\u2029]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`)
