import { parseDurationMs } from "#api/duration.ts"
import { isGoUrl } from "./go-url.ts"
import { parseAddress, parseNetwork, parseSloppyAddress } from "./ip-address.ts"

type Check = (text: string) => boolean

const matches = (pattern: RegExp): Check => {
  return (text) => pattern.test(text)
}

const uuid = (third: string, fourth: string): Check =>
  matches(new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${third}-?${fourth}-?[0-9a-f]{12}$`, "i"))

const hex4 = "[0-9a-f]{4}"
const hex3 = "[0-9a-f]{3}"
const shortName = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
const byte = String.raw`\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*`
const cardNumber =
  /^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\d{3})\d{11})$/

/** By name without dashes: whoever says `date-time` means `datetime`. */
const checks: Readonly<Record<string, Check>> = {
  bsonobjectid: matches(/^[0-9a-f]{24}$/i),
  uri: isGoUrl,
  email: isEmail,
  hostname: isHostname,
  ipv4: (text) => text.includes(".") && parseSloppyAddress(text) !== undefined,
  ipv6: (text) => text.includes(":") && parseAddress(text) !== undefined,
  cidr: (text) => parseNetwork(text, true) !== undefined,
  mac: isMac,
  uuid: uuid(hex4, hex4),
  uuid3: uuid(`3${hex3}`, hex4),
  uuid4: uuid(`4${hex3}`, `[89ab]${hex3}`),
  uuid5: uuid(`5${hex3}`, `[89ab]${hex3}`),
  isbn: (text) => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  creditcard: isCreditCard,
  ssn: matches(/^\d{3}[- ]?\d{2}[- ]?\d{4}$/),
  hexcolor: matches(/^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/),
  rgbcolor: matches(new RegExp(String.raw`^rgb\(${byte},${byte},${byte}\)$`)),
  byte: matches(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/),
  password: () => true,
  date: isDate,
  datetime: isDateTime,
  duration: (text) => durationNanoseconds(text) !== undefined,
  k8sshortname: (text) => text.length <= 63 && new RegExp(`^${shortName}$`).test(text),
  k8slongname: (text) => text.length <= 253 && new RegExp(`^${shortName}(\\.${shortName})*$`).test(text),
}

const byWrittenName = new Map<string, Check | undefined>()

/** What a text of this format must be; undefined for formats that the server does not know. */
export function formatCheck(format: string): Check | undefined {
  if (byWrittenName.has(format)) return byWrittenName.get(format)
  const name = format.replaceAll("-", "")
  const check = Object.hasOwn(checks, name) ? checks[name] : undefined
  byWrittenName.set(format, check)
  return check
}

const looseUnits: readonly [string, readonly string[], bigint][] = [
  ["nano", ["ns"], 1n],
  ["micro", ["us", "µs"], 1_000n],
  ["milli", ["ms"], 1_000_000n],
  ["sec", ["s"], 1_000_000_000n],
  ["min", ["m"], 60_000_000_000n],
  ["hour", ["h", "hr"], 3_600_000_000_000n],
  ["day", ["d"], 86_400_000_000_000n],
  ["week", ["w", "wk"], 604_800_000_000_000n],
]

/** `1m30s`, but also `2 days` and `3 weeks`. */
export function durationNanoseconds(text: string): bigint | undefined {
  const ms = parseDurationMs(text)
  if (ms !== undefined) return BigInt(Math.round(ms * 1e6))
  let total: bigint | undefined
  for (const [, count, unit] of text.matchAll(/(\d+)\s*([A-Za-zµ]+)/g)) {
    const known = looseUnits.find(
      ([start, names]) => unit!.toLowerCase().startsWith(start) || names.includes(unit!.toLowerCase()),
    )
    if (known) total = (total ?? 0n) + BigInt(count!) * known[2]
  }
  return total
}

function isDate(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? []
  if (!year) return false
  const date = new Date(Date.UTC(2000, Number(month) - 1, Number(day)))
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day)
}

function isDateTime(text: string): boolean {
  const [date = "", time = ""] = text.toLowerCase().split("t")
  const [, hours, minutes, seconds] = /^(\d{2}):(\d{2}):(\d{2})(?:.\d+)?(?:z|[+-]\d{2}:\d{2})$/.exec(time) ?? []
  return isDate(date) && hours !== undefined && hours <= "23" && minutes! <= "59" && seconds! <= "59"
}

function isHostname(text: string): boolean {
  const pattern =
    /^([a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?)|([a-zA-Z0-9\p{S}\p{L}](([a-zA-Z0-9\-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?)(\.)){1,}([a-zA-Z\p{L}]){2,63})$/u
  const bytes = (part: string) => Buffer.byteLength(part)
  return bytes(text) <= 255 && text.split(".").every((label) => bytes(label) <= 63) && pattern.test(text)
}

const atom = '[^\\s\\0-\\x1f()<>\\[\\]:;@\\\\,."]+'
const mailbox = `(?:${atom}(?:\\.${atom})*|"(?:[^"\\\\]|\\\\.)*")@(?:${atom}(?:\\.${atom})*|\\[[^\\]\\s]+\\])`
const email = new RegExp(`^\\s*(?:${mailbox}|(?:(?:${atom}|"(?:[^"\\\\]|\\\\.)*")[\\s.]*)*<${mailbox}>)\\s*$`, "u")

function isEmail(text: string): boolean {
  return text.length <= 1000 && email.test(text)
}

function isMac(text: string): boolean {
  const grouped = /^([\da-f]{2}([:-])(?:[\da-f]{2}\2)*[\da-f]{2}|[\da-f]{4}(?:\.[\da-f]{4})*|[\da-f]*)$/i
  return grouped.test(text) && [6, 8, 20].includes(text.replaceAll(/[.:-]/g, "").length / 2)
}

const withoutGaps = (text: string): string => text.replaceAll(/[\s-]+/g, "")

function isIsbn10(text: string): boolean {
  const digits = withoutGaps(text)
  if (!/^(?:\d{9}X|\d{10})$/.test(digits)) return false
  return (
    Array.from(digits).reduce((sum, digit, index) => sum + (index + 1) * (digit === "X" ? 10 : Number(digit)), 0) %
      11 ===
    0
  )
}

function isIsbn13(text: string): boolean {
  const digits = withoutGaps(text)
  return (
    /^\d{13}$/.test(digits) &&
    Array.from(digits).reduce((sum, digit, index) => sum + (index % 2 ? 3 : 1) * Number(digit), 0) % 10 === 0
  )
}

function isCreditCard(text: string): boolean {
  const digits = text.replaceAll(/\D+/g, "")
  if (!cardNumber.test(digits)) return false
  const doubled = (digit: number) => (digit > 4 ? digit * 2 - 9 : digit * 2)
  const fromEnd = Array.from(digits, Number).toReversed()
  return fromEnd.reduce((sum, digit, index) => sum + (index % 2 ? doubled(digit) : digit), 0) % 10 === 0
}
