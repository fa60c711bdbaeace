const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?((?:[a-zA-Z].*)?)$/
const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, "": 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 }
const BINARY: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 }
const MAX = 2n ** 63n - 1n
const SMALLEST_EXPONENT = -9

const WRONG_FORMAT = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

/** `digits × 10^exponent`, exactly. */
interface Quantity {
  digits: bigint
  exponent: number
  form: "decimal" | "binary" | "exponent"
  /** The given text, where it is what the server would write too. */
  kept?: string
}

/** As a number, for comparing and adding; throws what the API server says when it is no quantity. */
export function parseQuantity(text: string | number): number {
  const { digits, exponent } = quantityFrom(String(text))
  // Written out, since a product of floating point numbers would not be the nearest one.
  return Number(`${digits}e${exponent}`)
}

/** The form in which the API server stores it: "1000m" is "1", "2048Mi" is "2Gi". */
export function canonicalQuantity(value: string | number): string {
  const quantity = quantityFrom(String(value).trim())
  if (quantity.kept !== undefined) return quantity.kept
  const { digits, exponent, form } = quantity
  if (digits === 0n) return "0"
  return (form === "binary" && binaryText(digits, exponent)) || decimalText(digits, exponent, form === "exponent")
}

/** As the server stores what pods ask for: nothing finer than a thousandth. */
export function milliQuantity(value: string | number): string {
  const { digits, exponent } = quantityFrom(String(value))
  if (exponent >= -3) return canonicalQuantity(value)
  const rounded = roundedUp(digits, exponent, -3)
  return canonicalQuantity(`${rounded.digits}m`)
}

function quantityFrom(text: string): Quantity {
  const match = NUMBER.exec(text)
  if (!match || text === "") throw new Error(WRONG_FORMAT)
  const [, sign = "", given = "", fraction = "", suffix = ""] = match
  const whole = given.replace(/^0+/, "") || "0"
  const { form, exponent } = suffixFrom(suffix)
  const signed = (digits: bigint) => (sign === "-" ? -digits : digits)
  const digits = BigInt(whole + fraction)
  if (form === "binary") {
    const bytes = digits * 2n ** BigInt(exponent)
    const kept = isKeptBinary(whole, fraction, exponent, digits) ? text : undefined
    return { ...capped(signed(bytes), -fraction.length), form, kept }
  }
  const scale = exponent - fraction.length
  const kept = isKeptDecimal(whole, fraction, scale) ? text : undefined
  return { ...roundedUp(signed(digits), scale), form, kept }
}

function suffixFrom(suffix: string): { form: Quantity["form"]; exponent: number } {
  const decimal = DECIMAL[suffix]
  if (decimal !== undefined) return { form: "decimal", exponent: decimal }
  const binary = BINARY[suffix]
  if (binary !== undefined) return { form: "binary", exponent: binary }
  if (/^[eE][+-]?\d+$/.test(suffix)) return { form: "exponent", exponent: Number(suffix.slice(1)) }
  throw new Error(/^[eEinumkKMGTP]*[-+]?\d*$/.test(suffix) ? "unable to parse quantity's suffix" : WRONG_FORMAT)
}

// The server keeps the text of what looks canonical at a glance, even where it is not, as in "1.500".
const isKeptDecimal = (whole: string, fraction: string, scale: number): boolean =>
  whole.length + fraction.length <= 18 &&
  scale >= SMALLEST_EXPONENT &&
  scale % 3 === 0 &&
  whole !== "0" &&
  !(whole + fraction).endsWith("000")

const isKeptBinary = (whole: string, fraction: string, exponent: number, digits: bigint): boolean =>
  fraction === "" && 14 - whole.length - (exponent / 10) * 3 >= 0 && digits % 8n !== 0n

/** Nothing is smaller than a billionth: what is asked for is not rounded away. */
function roundedUp(
  digits: bigint,
  exponent: number,
  smallest = SMALLEST_EXPONENT,
): { digits: bigint; exponent: number } {
  if (exponent >= smallest) return { digits, exponent }
  const sign = digits < 0n ? -1n : 1n
  const dropped = smallest - exponent
  // Before making a number of as many digits as somebody asked for.
  if (dropped > `${digits}`.length) return { digits: digits === 0n ? 0n : sign, exponent: smallest }
  const divisor = 10n ** BigInt(dropped)
  const rest = digits % divisor
  const whole = digits / divisor
  if (rest === 0n) return { digits: whole, exponent: smallest }
  return { digits: whole + sign, exponent: smallest }
}

function capped(bytes: bigint, exponent: number): { digits: bigint; exponent: number } {
  const rounded = roundedUp(bytes, exponent)
  const limit = MAX * 10n ** BigInt(-rounded.exponent)
  if (rounded.digits > limit) return { digits: MAX, exponent: 0 }
  return rounded.digits < -limit ? { digits: -MAX, exponent: 0 } : rounded
}

/** Undefined where that form would lose something or confuse. */
function binaryText(digits: bigint, exponent: number): string | undefined {
  const divisor = 10n ** BigInt(-exponent)
  if (digits % divisor !== 0n) return undefined
  let bytes = digits / divisor
  if (bytes > -1024n && bytes < 1024n) return undefined
  let power = 0
  while (bytes % 1024n === 0n && power < 6) {
    bytes /= 1024n
    power++
  }
  return `${bytes}${["", ...Object.keys(BINARY)][power]}`
}

function decimalText(given: bigint, givenExponent: number, asExponent: boolean): string {
  let digits = given
  let exponent = givenExponent
  while (digits % 10n === 0n) {
    digits /= 10n
    exponent++
  }
  while (exponent % 3 !== 0) {
    digits *= 10n
    exponent--
  }
  if (asExponent) return exponent === 0 ? `${digits}` : `${digits}e${exponent}`
  const suffix = Object.keys(DECIMAL).find((suffix) => DECIMAL[suffix] === exponent)
  return `${digits}${suffix ?? ""}`
}
