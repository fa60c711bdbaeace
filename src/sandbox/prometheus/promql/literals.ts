import { parseGoFloat } from "#core/text/go-number.ts"

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
}

const duration = /^(?:\d+y)?(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?$/

/** `1h30m`, each unit once and the greatest first. */
export function durationMs(text: string): number | undefined {
  if (text === "" || !duration.test(text)) return undefined
  let ms = 0
  for (const [, count, unit] of text.matchAll(/(\d+)([a-z]+)/g)) ms += Number(count) * unitMs[unit!]!
  return ms
}

/** A number, or a duration in seconds. */
export function numberValue(text: string): number | undefined {
  const sign = /^[+-]\s*/.exec(text)?.[0] ?? ""
  const rest = text.slice(sign.length)
  const value = wholeNumber(rest) ?? parseGoFloat(rest) ?? inSeconds(rest)
  return value !== undefined && sign.startsWith("-") ? -value : value
}

const inSeconds = (text: string): number | undefined => {
  const ms = durationMs(text)
  return ms === undefined ? undefined : ms / 1000
}

/** Go reads `0x1f`, `0o17`, `017` and `0b11` too. */
function wholeNumber(text: string): number | undefined {
  if (/^0[xX][\da-fA-F_]+$|^0[oO][0-7_]+$|^0[bB][01_]+$/.test(text)) return Number(text.replaceAll("_", ""))
  return /^0[0-7_]+$/.test(text) ? Number.parseInt(text.replaceAll("_", ""), 8) : undefined
}

const escapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
}

const escape = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|([^]?))/g

/** The text between the quotes; between backticks nothing is escaped. Undefined for an escape that does not exist. */
export function unquoted(literal: string): string | undefined {
  const inner = literal.slice(1, -1)
  if (literal.startsWith("`")) return inner
  let broken = false
  const text = inner.replace(escape, (_, hex, short, long, octal, simple: string | undefined) => {
    const code = Number.parseInt(octal ?? hex ?? short ?? long, octal ? 8 : 16)
    if (!Number.isNaN(code) && code <= 0x10ffff) return String.fromCodePoint(code)
    const known = simple !== undefined ? escapes[simple] : undefined
    if (known === undefined || (simple !== literal[0] && /['"]/.test(simple!))) broken = true
    return known ?? ""
  })
  return broken ? undefined : text
}
