import { type CelFunc, CelScalar, type CelValue, celFunc, celMethod } from "@bufbuild/cel"
import { canonicalQuantity } from "../../../kinds/quantity.ts"
import { opaque, opaqueType, insideOf } from "../opaque.ts"

const { BOOL, DOUBLE, INT, STRING } = CelScalar

const decimals: Readonly<Record<string, number>> = { n: 0, u: 3, m: 6, "": 9, k: 12, M: 15, G: 18, T: 21, P: 24, E: 27 }
const binaries = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
const ONE = 1_000_000_000n
const MAX_INT = 2n ** 63n

/** In billionths: nothing is smaller. Throws what the server says when it is no quantity. */
function billionths(text: string): bigint {
  const [, sign, whole = "", fraction = "", suffix = ""] = /^([+-]?)(\d*)\.?(\d*)(.*)$/.exec(canonicalQuantity(text))!
  const digits = BigInt(`${sign === "-" ? "-" : ""}${whole}${fraction}`)
  const exponent = /^e(.*)$/i.exec(suffix)?.[1]
  const power = (exponent === undefined ? (decimals[suffix] ?? 9) : 9 + Number(exponent)) - fraction.length
  const factor = 1024n ** BigInt(binaries.indexOf(suffix) + 1)
  return power < 0 ? (digits * factor) / 10n ** BigInt(-power) : digits * factor * 10n ** BigInt(power)
}

const quantity = (amount: bigint) => opaque("quantity", amount)
const amountOf = (value: CelValue): bigint => insideOf("quantity", value) as bigint

const isInteger = (amount: bigint): boolean => amount % ONE === 0n && amount / ONE < MAX_INT && amount / ONE >= -MAX_INT

function asInteger(amount: bigint): bigint {
  if (!isInteger(amount)) throw new Error("cannot convert value to integer")
  return amount / ONE
}

const signOf = (amount: bigint): bigint => (amount > 0n ? 1n : amount < 0n ? -1n : 0n)

export const compareAmounts = (one: CelValue, other: CelValue): bigint => signOf(amountOf(one) - amountOf(other))

function isQuantity(text: string): boolean {
  try {
    billionths(text)
    return true
  } catch {
    return false
  }
}

export const quantities: CelFunc[] = [
  celFunc("quantity", [STRING], opaqueType, (text) => quantity(billionths(text))),
  celFunc("isQuantity", [STRING], BOOL, isQuantity),
  celFunc("sign", [opaqueType], INT, (value) => signOf(amountOf(value))),
  celMethod("isInteger", opaqueType, [], BOOL, function () {
    return isInteger(amountOf(this))
  }),
  celMethod("asInteger", opaqueType, [], INT, function () {
    return asInteger(amountOf(this))
  }),
  celMethod("asApproximateFloat", opaqueType, [], DOUBLE, function () {
    return Number(amountOf(this)) / Number(ONE)
  }),
  celMethod("add", opaqueType, [opaqueType], opaqueType, function (other) {
    return quantity(amountOf(this) + amountOf(other))
  }),
  celMethod("add", opaqueType, [INT], opaqueType, function (other) {
    return quantity(amountOf(this) + other * ONE)
  }),
  celMethod("sub", opaqueType, [opaqueType], opaqueType, function (other) {
    return quantity(amountOf(this) - amountOf(other))
  }),
  celMethod("sub", opaqueType, [INT], opaqueType, function (other) {
    return quantity(amountOf(this) - other * ONE)
  }),
]
