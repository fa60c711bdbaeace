const named: Record<string, string> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
}
const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u
const hex = (code: number, digits: number) => code.toString(16).padStart(digits, "0")

export const isPrintable = (character: string): boolean => printable.test(character)

/** A text as Go's `%q` writes it; with `ascii`, everything beyond ASCII is escaped. */
export const goQuote = (text: string, ascii = false): string => quoted(text, '"', ascii)

/** A character as Go's `%q` writes it. */
export const goQuoteRune = (text: string, ascii = false): string => quoted(text, "'", ascii)

const quoted = (text: string, mark: string, ascii: boolean): string =>
  mark + Array.from(text, (character) => escaped(character, mark, ascii)).join("") + mark

function escaped(character: string, mark: string, ascii: boolean): string {
  if (character === mark) return `\\${mark}`
  const code = character.codePointAt(0)!
  const name = named[character]
  if (name) return name
  if (isPrintable(character) && (!ascii || code < 0x80)) return character
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`
}
