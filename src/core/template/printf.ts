import { type Format, printed } from "./formats.ts"
import { typeOf, type Value } from "./values.ts"

const WIDEST = 1_000_000
const MOST_DIGITS = 7

/** Go's `printf`. Mistakes in the format are told inside the result, as there. */
export function printf(format: string, values: readonly Value[]): string {
  let result = ""
  let at = 0
  let argument = 0
  let reordered = false
  let goodArgument = true

  /** `[2]` chooses an argument. */
  function chosen(): boolean {
    if (format[at] !== "[") return false
    reordered = true
    const close = format.indexOf("]", at)
    const index = close < 0 ? "" : format.slice(at + 1, close)
    const good = /^\d+$/.test(index) && Number(index) >= 1 && Number(index) <= values.length
    if (good) argument = Number(index) - 1
    else goodArgument = false
    at = close < 0 ? at + 1 : close + 1
    return good || (/^\d+$/.test(index) && index.length <= MOST_DIGITS)
  }

  function size(): number | undefined {
    const digits = /\d*/y
    digits.lastIndex = at
    const found = digits.exec(format)![0]
    at += found.length
    if (found.length > 0 && found.length <= MOST_DIGITS) return Number(found)
    if (found !== "") at = format.length
    return undefined
  }

  function sizeFromArgument(): number | undefined {
    const value = values[argument]
    if (argument < values.length) argument++
    return typeof value === "bigint" && value <= WIDEST && value >= -WIDEST ? Number(value) : undefined
  }

  function width(flags: Format, afterIndex: boolean): boolean {
    if (format[at] !== "*") {
      const found = size()
      if (found !== undefined) flags.width = found
      if (afterIndex && found !== undefined) goodArgument = false
      return afterIndex
    }
    at++
    const found = sizeFromArgument()
    if (found === undefined) result += "%!(BADWIDTH)"
    else flags.width = Math.abs(found)
    if (found !== undefined && found < 0) Object.assign(flags, { minus: true, zero: false })
    return false
  }

  function precision(flags: Format, afterIndex: boolean): boolean {
    if (format[at] !== "." || at + 1 >= format.length) return afterIndex
    at++
    if (afterIndex) goodArgument = false
    const index = chosen()
    if (format[at] !== "*") {
      flags.precision = size() ?? 0
      return index
    }
    at++
    const found = sizeFromArgument()
    if (found === undefined || found < 0) result += "%!(BADPREC)"
    else flags.precision = found
    return false
  }

  function conversion(): void {
    const flags: Format = {}
    goodArgument = true
    for (; at < format.length && flagNames[format[at]!]; at++) flags[flagNames[format[at]!]!] = true
    let afterIndex = precision(flags, width(flags, chosen()))
    if (!afterIndex) afterIndex = chosen()
    if (at >= format.length) {
      result += "%!(NOVERB)"
      return
    }
    const verb = String.fromCodePoint(format.codePointAt(at)!)
    at += verb.length
    if (verb === "%") result += "%"
    else if (!goodArgument) result += `%!${verb}(BADINDEX)`
    else if (argument >= values.length) result += `%!${verb}(MISSING)`
    else result += printed(values[argument++], verb, verb === "v" ? valueFlags(flags) : flags)
  }

  while (at < format.length) {
    const found = format.indexOf("%", at)
    const end = found < 0 ? format.length : found
    result += format.slice(at, end)
    at = end + 1
    if (found >= 0) conversion()
  }
  if (reordered || argument >= values.length) return result
  const extra = values
    .slice(argument)
    .map((value) => (value === undefined ? "<nil>" : `${typeOf(value)}=${printed(value)}`))
  return `${result}%!(EXTRA ${extra.join(", ")})`
}

const flagNames: Record<string, "minus" | "plus" | "sharp" | "space" | "zero"> = {
  "-": "minus",
  "+": "plus",
  "#": "sharp",
  " ": "space",
  "0": "zero",
}

const valueFlags = ({ sharp, ...flags }: Format): Format => ({ ...flags, plus: false, goSyntax: sharp ?? false })
