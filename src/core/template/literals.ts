import { parseGoFloat } from "#core/text/go-number.ts"

const escapes: Record<string, string> = { a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v", "\\": "\\" }
const escape = /\\(?:x([\da-fA-F]{2})|([0-7]{3})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([^]))|([^])/uy

/** What a string or character literal stands for. Undefined when an escape is wrong. */
export function unquote(literal: string): string | undefined {
  const mark = literal[0]!
  const body = literal.slice(1, -1)
  if (mark === "`") return body.replaceAll("\r", "")
  const bytes: Buffer[] = []
  escape.lastIndex = 0
  while (escape.lastIndex < body.length) {
    const part = unescaped(escape.exec(body)!, mark)
    if (!part) return undefined
    bytes.push(part)
  }
  return Buffer.concat(bytes).toString()
}

/** Escapes of single bytes may together be one character. */
function unescaped([, hex, octal, short, long, named, plain]: RegExpExecArray, mark: string): Buffer | undefined {
  if (plain !== undefined) return Buffer.from(plain)
  if (hex) return Buffer.of(parseInt(hex, 16))
  if (octal) return parseInt(octal, 8) < 256 ? Buffer.of(parseInt(octal, 8)) : undefined
  const code = short ?? long
  if (code) return isCharacter(parseInt(code, 16)) ? Buffer.from(String.fromCodePoint(parseInt(code, 16))) : undefined
  const character = named === mark ? mark : escapes[named!]
  return character === undefined ? undefined : Buffer.from(character)
}

const isCharacter = (code: number): boolean => code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)

/** Whole numbers are bigint, others number. `undefined` means too big for 64 bits; a text says what is wrong. */
export function numberOf(source: string): { value: bigint | number | undefined } | { wrong: string } {
  const whole = wholeNumber(source)
  if (whole !== undefined && whole >= -(2n ** 63n) && whole < 2n ** 63n) return { value: whole }
  if (whole !== undefined && whole > 0n && whole < 2n ** 64n && !source.startsWith("+")) return { value: undefined }
  const value = parseGoFloat(source)
  if (value === undefined) return { wrong: `illegal number syntax: ${JSON.stringify(source)}` }
  if (!/[.eEpP]/.test(source)) return { wrong: `integer overflow: ${JSON.stringify(source)}` }
  return { value }
}

function wholeNumber(source: string): bigint | undefined {
  const [, sign, digits] =
    /^([+-]?)(0[xX](?:_?[\da-fA-F])+|0[bB](?:_?[01])+|0[oO]?(?:_?[0-7])+|0|[1-9](?:_?\d)*)$/.exec(source) ?? []
  if (digits === undefined) return undefined
  const plain = digits.replaceAll("_", "").replace(/^0[oO]?(?=[0-7])/, "0o")
  return sign === "-" ? -BigInt(plain) : BigInt(plain)
}
