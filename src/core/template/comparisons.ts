import { print } from "./print.ts"
import { compareText, isMap, typeOf, type Value } from "./values.ts"

/** True when the first equals one of the others. */
export function equal(first: Value, others: readonly Value[]): boolean {
  if (others.length === 0) throw new Error("missing argument for comparison")
  return others.some((other) => same(first, other))
}

function same(left: Value, right: Value): boolean {
  if (left === undefined || right === undefined) return left === right
  if (isMap(left) && isMap(right)) throw new Error(`non-comparable type ${print([left])}: ${typeOf(right)}`)
  if (typeof left !== typeof right) throw incompatible(left, right)
  return left === right
}

export function less(left: Value, right: Value): boolean {
  if (!isBasic(left) || !isBasic(right)) throw new Error("invalid type for comparison")
  if (typeof left !== typeof right) throw incompatible(left, right)
  if (typeof left === "boolean") throw new Error("invalid type for comparison")
  return typeof left === "string" ? compareText(left, right as string) < 0 : left < (right as typeof left)
}

const isBasic = (value: Value): value is string | bigint | number | boolean => value !== undefined && !isMap(value)

const incompatible = (left: Exclude<Value, undefined>, right: Exclude<Value, undefined>): Error =>
  new Error(`incompatible types for comparison: ${typeOf(left)} and ${typeOf(right)}`)
