/** Digits of a number without sign: 0.d1d2d3… times ten to the power `point`. */
interface Decimal {
  digits: string
  point: number
}

/** A number as Go's `%v` writes it. */
export const goFloat = (value: number): string => formatGoFloat(value, "g")

/** A number as Go's `%.2f` writes it, with that many decimals. */
export const goFixed = (value: number, decimals: number): string => formatGoFloat(value, "f", decimals)

/** Go's number formats. Without a precision there are as many digits as identify the number. */
export function formatGoFloat(value: number, verb: "e" | "f" | "g", precision?: number): string {
  if (Number.isNaN(value)) return "NaN"
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf"
  const sign = value < 0 || Object.is(value, -0) ? "-" : ""
  const size = Math.abs(value)
  if (precision === undefined) return sign + shortest(shortestDigits(size), verb)
  if (verb === "f")
    return (
      sign +
      fixed(
        rounded(size, (exact) => exact.point + precision),
        precision,
      )
    )
  if (verb === "e")
    return (
      sign +
      scientific(
        rounded(size, () => precision + 1),
        precision,
      )
    )
  return (
    sign +
    general(
      rounded(size, () => precision || 1),
      precision || 1,
    )
  )
}

function shortest(decimal: Decimal, verb: "e" | "f" | "g"): string {
  if (verb === "f") return fixed(decimal, Math.max(decimal.digits.length - decimal.point, 0))
  if (verb === "e") return scientific(decimal, decimal.digits.length - 1)
  return general(decimal)
}

/** Scientific below 0.0001, and for more whole digits than the precision; shortest numbers change at a million. */
function general({ digits, point }: Decimal, precision?: number): string {
  const significant = digits.replace(/0+$/, "") || "0"
  const trimmed = precision !== undefined && precision > significant.length && significant.length >= point
  const most = trimmed ? significant.length : (precision ?? 6)
  const exponent = point - 1
  if (exponent < -4 || exponent >= most) return scientific({ digits: significant, point }, significant.length - 1)
  return fixed({ digits: significant, point }, Math.max(significant.length - point, 0))
}

function fixed({ digits, point }: Decimal, decimals: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, "0") : "0"
  const fraction = (point > 0 ? digits.slice(point) : "0".repeat(-point) + digits).padEnd(decimals, "0")
  return decimals > 0 ? `${whole}.${fraction.slice(0, decimals)}` : whole
}

function scientific({ digits, point }: Decimal, decimals: number): string {
  const exponent = /^0*$/.test(digits) ? 0 : point - 1
  const fraction = digits.slice(1).padEnd(decimals, "0").slice(0, decimals)
  const power = String(Math.abs(exponent)).padStart(2, "0")
  return `${digits[0]}${fraction && `.${fraction}`}e${exponent < 0 ? "-" : "+"}${power}`
}

function shortestDigits(value: number): Decimal {
  const [mantissa, exponent] = value.toExponential().split("e") as [string, string]
  return { digits: mantissa.replace(".", ""), point: Number(exponent) + 1 }
}

/** Half goes to the even digit, judged on the exact value; JavaScript's own rounding takes the larger. */
function rounded(value: number, digitsOf: (exact: Decimal) => number): Decimal {
  const exact = exactDigits(value)
  const count = digitsOf(exact)
  if (count >= exact.digits.length) return exact
  if (count < 0) return { digits: "0", point: 1 }
  const rest = exact.digits.slice(count)
  const odd = count > 0 && Number(exact.digits[count - 1]) % 2 === 1
  const up = rest[0]! > "5" || (rest[0] === "5" && (odd || /[1-9]/.test(rest.slice(1))))
  const kept = (BigInt(exact.digits.slice(0, count) || "0") + (up ? 1n : 0n)).toString().padStart(count, "0")
  return { digits: kept, point: exact.point + kept.length - count }
}

function exactDigits(value: number): Decimal {
  if (value === 0) return { digits: "0", point: 1 }
  const bits = new DataView(new ArrayBuffer(8))
  bits.setFloat64(0, value)
  const raw = bits.getBigUint64(0)
  const stored = Number(raw >> 52n)
  const mantissa = (raw & 0xfffffffffffffn) | (stored ? 0x10000000000000n : 0n)
  const power = (stored || 1) - 1075
  if (power >= 0) {
    const digits = (mantissa << BigInt(power)).toString()
    return { digits, point: digits.length }
  }
  const digits = (mantissa * 5n ** BigInt(-power)).toString()
  return { digits, point: digits.length + power }
}

const decimalNumber = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const hexNumber = /^([+-]?)0x([\da-f]*)\.?([\da-f]*)p([+-]?\d+)$/i

/** Reads numbers as Go does: `Inf`, `NaN` and hexadecimal ones too, but neither blanks nor nothing. */
export function parseGoFloat(text: string): number | undefined {
  if (/^nan$/i.test(text)) return NaN
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity
  if (!underscoresAllowed(text)) return undefined
  const plain = text.replaceAll("_", "")
  const value = decimalNumber.test(plain) ? Number(plain) : hexFloat(plain)
  return value !== undefined && Number.isFinite(value) ? value : undefined
}

function hexFloat(text: string): number | undefined {
  const [, sign, whole, fraction, power] = hexNumber.exec(text) ?? []
  if (whole === undefined || fraction === undefined || whole + fraction === "") return undefined
  const mantissa = Number(BigInt(`0x${whole}${fraction}`))
  const exponent = Number(power) - 4 * fraction.length
  const half = Math.trunc(exponent / 2)
  const value = mantissa * 2 ** half * 2 ** (exponent - half)
  return sign === "-" ? -value : value
}

/** Underscores stand between digits, or after the `0x`. */
const underscoresAllowed = (text: string): boolean =>
  /^[+-]?0x/i.test(text) ? !/(?<![\da-f]|^[+-]?0x)_|_(?![\da-f])/i.test(text) : !/(?<!\d)_|_(?!\d)/.test(text)
