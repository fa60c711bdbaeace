import { formatGoFloat } from "#core/text/go-number.ts"
import { goQuote, goQuoteRune, isPrintable } from "#core/text/go-quote.ts"
import { isMap, sortedEntries, typeOf, type Value } from "./values.ts"

/** What stands between the percent sign and the verb. */
export interface Format {
  minus?: boolean
  plus?: boolean
  sharp?: boolean
  space?: boolean
  zero?: boolean
  /** `%+v` and `%#v`: no sign and no prefix, but another notation. */
  goSyntax?: boolean
  width?: number
  precision?: number
}

/** A value as a verb shows it; a verb that does not fit is told in the result. */
export function printed(value: Value, verb = "v", format: Format = {}): string {
  if (value === undefined) return verb === "v" || verb === "T" ? padded("<nil>", format) : `%!${verb}(<nil>)`
  if (verb === "T") return text(typeOf(value), "s", format)!
  return formatted(value, verb, format) ?? `%!${verb}(${typeOf(value)}=${printed(value, "v", format)})`
}

/** Undefined when the verb does not fit the value. */
function formatted(value: Exclude<Value, undefined>, verb: string, format: Format): string | undefined {
  if (isMap(value)) return mapText(value, verb, format)
  switch (typeof value) {
    case "string":
      return text(value, verb, format)
    case "bigint":
      return integer(value, verb, format)
    case "number":
      return float(value, verb, format)
    default:
      return verb === "v" || verb === "t" ? padded(String(value), format) : undefined
  }
}

function mapText(map: ReadonlyMap<string, string>, verb: string, format: Format): string {
  const entries = sortedEntries(map).map((entry) => entry.map((part) => printed(part, verb, format)).join(":"))
  return format.goSyntax ? `map[string]string{${entries.join(", ")}}` : `map[${entries.join(" ")}]`
}

function padded(content: string, { width = 0, minus, zero }: Format): string {
  const missing = width - Array.from(content).length
  if (missing <= 0) return content
  return minus ? content + " ".repeat(missing) : (zero ? "0" : " ").repeat(missing) + content
}

function text(value: string, verb: string, format: Format): string | undefined {
  const shown = format.precision === undefined ? value : Array.from(value).slice(0, format.precision).join("")
  switch (verb) {
    case "s":
      return padded(shown, format)
    case "v":
      return format.goSyntax ? padded(goQuote(shown), format) : padded(shown, format)
    case "q":
      return padded(format.sharp && canBackquote(shown) ? `\`${shown}\`` : goQuote(shown, format.plus), format)
    case "x":
    case "X":
      return hexadecimal(value, verb, format)
    default:
      return undefined
  }
}

// oxlint-disable-next-line no-control-regex -- exactly these cannot stand between backquotes
const canBackquote = (value: string): boolean => !/[\x00-\x08\x0a-\x1f\x7f`\ufeff]/.test(value)

function hexadecimal(value: string, verb: "x" | "X", format: Format): string {
  const bytes = Buffer.from(value).subarray(0, format.precision)
  const prefix = format.sharp && bytes.length > 0 ? `0${verb}` : ""
  const digits = Array.from(bytes, (byte) => inCase(byte.toString(16).padStart(2, "0"), verb))
  return padded(prefix + digits.join(format.space ? ` ${prefix}` : ""), format)
}

const inCase = (digits: string, verb: string): string => (verb === "X" ? digits.toUpperCase() : digits)

const bases: Record<string, number> = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 }

function integer(value: bigint, verb: string, format: Format): string | undefined {
  const { plus, space, sharp, minus, zero, width, precision } = format
  if (verb === "c") return padded(character(value), format)
  if (verb === "q") return padded(goQuoteRune(character(value), plus), format)
  if (verb === "U") return padded(codePoint(value, format), { ...format, zero: false })
  const base = bases[verb]
  if (!base) return undefined
  if (precision === 0 && value === 0n) return padded("", { ...format, zero: false })
  const sign = value < 0n ? "-" : plus ? "+" : space ? " " : ""
  const filled = precision ?? (zero && !minus ? (width ?? 0) - sign.length : 0)
  const size = inCase((value < 0n ? -value : value).toString(base), verb).padStart(filled, "0")
  return padded(sign + prefixOf(verb, size, sharp) + size, { ...format, zero: false })
}

function prefixOf(verb: string, digits: string, sharp = false): string {
  if (verb === "O") return sharp && !digits.startsWith("0") ? "0o0" : "0o"
  if (!sharp || verb === "d" || verb === "v") return ""
  if (verb === "o") return digits.startsWith("0") ? "" : "0"
  return `0${verb}`
}

const character = (value: bigint): string =>
  value < 0n || value > 0x10ffffn || (value >= 0xd800n && value <= 0xdfffn)
    ? "\ufffd"
    : String.fromCodePoint(Number(value))

function codePoint(value: bigint, { sharp, precision = 0 }: Format): string {
  const digits = BigInt.asUintN(64, value).toString(16).toUpperCase().padStart(Math.max(4, precision), "0")
  const shown = sharp && value >= 0n && value <= 0x10ffffn && isPrintable(character(value))
  return `U+${digits}${shown ? ` '${character(value)}'` : ""}`
}

function float(value: number, verb: string, format: Format): string | undefined {
  const shape = ({ v: "g", g: "g", G: "g", e: "e", E: "e", f: "f", F: "f" } as const)[verb]
  if (!shape) return undefined
  const precision = format.precision ?? (shape === "g" ? undefined : 6)
  const number = formatGoFloat(value, shape, precision)
  const unsigned =
    verb === "E" || verb === "G" ? number.replace(/^[+-]/, "").replace("e", "E") : number.replace(/^[+-]/, "")
  const negative = number.startsWith("-")
  const infinite = number.endsWith("Inf")
  const sign = negative ? "-" : format.plus ? "+" : format.space ? " " : infinite ? "+" : ""
  if (Number.isNaN(value) || infinite) return padded(sign + unsigned, { ...format, zero: false })
  if (format.zero && !format.minus) return sign + unsigned.padStart((format.width ?? 0) - sign.length, "0")
  return padded(sign + unsigned, format)
}
