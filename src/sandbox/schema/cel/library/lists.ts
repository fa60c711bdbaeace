import {
  type CelFunc,
  type CelInput,
  type CelList,
  type CelValue,
  CelScalar,
  celEnv,
  celFunc,
  celList,
  celMap,
  celMethod,
  isCelList,
  isCelMap,
  listType,
  mapType,
  parse,
  plan,
} from "@bufbuild/cel"
import { noSuchOverload, opaqueType } from "../opaque.ts"
import { none, some } from "./optionals.ts"
import { compareValues } from "./order.ts"

const { BOOL, DYN, INT } = CelScalar
const LIST = listType(DYN)
const MAP = mapType(DYN, DYN)

const sorted = (list: CelList): CelValue[] => [...list].toSorted(compareValues)

function extreme(list: CelList, name: string, sign: number): CelValue {
  const items = [...list]
  if (items.length === 0) throw new Error(`${name} called on empty list`)
  return items.reduce((best, item) => (sign * compareValues(item, best) > 0 ? item : best))
}

function sum(list: CelList): CelValue {
  const items = [...list]
  if (items.every((item) => typeof item === "bigint")) return items.reduce((total, item) => total + item, 0n)
  if (items.every((item) => typeof item === "number")) return items.reduce((total, item) => total + item, 0)
  throw noSuchOverload()
}

let equality: ((values: Record<string, CelInput>) => unknown) | undefined

/** By the rules of the language: numbers of different types may be equal. */
function areEqual(one: CelValue, other: CelValue): boolean {
  equality ??= plan(celEnv(), parse("one == other"))
  return equality({ one, other }) === true
}

const includes = (list: CelList, value: CelValue): boolean => [...list].some((item) => areEqual(item, value))

function distinct(list: CelList): CelValue[] {
  const kept: CelValue[] = []
  for (const item of list) if (!kept.some((other) => areEqual(item, other))) kept.push(item)
  return kept
}

function flatten(list: CelList, depth: bigint): CelValue[] {
  if (depth < 0n) throw new Error("level must be non-negative")
  return [...list].flatMap((item) => (isCelList(item) && depth > 0n ? flatten(item, depth - 1n) : [item]))
}

function slice(list: CelList, start: bigint, end: bigint): CelValue[] {
  if (start < 0n || end < 0n) throw new Error(`cannot slice(${start}, ${end}), negative indexes not supported`)
  if (start > end)
    throw new Error(`cannot slice(${start}, ${end}), start index must be less than or equal to end index`)
  if (end > BigInt(list.size)) throw new Error(`cannot slice(${start}, ${end}), list is length ${list.size}`)
  return [...list].slice(Number(start), Number(end))
}

/** Keys and values, for comprehensions with two variables. */
function pairs(target: CelValue): CelInput[] {
  if (isCelMap(target)) return [...target].map(([key, value]) => celList([key, value]))
  if (!isCelList(target)) throw noSuchOverload()
  return [...target].map((item, index) => celList([BigInt(index), item]))
}

const sides = (pair: CelValue): [CelValue, CelValue] => [...(pair as CelList)] as [CelValue, CelValue]

export const lists: CelFunc[] = [
  celMethod("isSorted", LIST, [], BOOL, function () {
    const items = [...this]
    return items.every((item, index) => index === 0 || compareValues(items[index - 1]!, item) <= 0)
  }),
  celMethod("sum", LIST, [], DYN, function () {
    return sum(this)
  }),
  celMethod("min", LIST, [], DYN, function () {
    return extreme(this, "min", -1)
  }),
  celMethod("max", LIST, [], DYN, function () {
    return extreme(this, "max", 1)
  }),
  celMethod("indexOf", LIST, [DYN], INT, function (value) {
    return BigInt([...this].findIndex((item) => areEqual(item, value)))
  }),
  celMethod("lastIndexOf", LIST, [DYN], INT, function (value) {
    return BigInt([...this].findLastIndex((item) => areEqual(item, value)))
  }),
  celMethod("slice", LIST, [INT, INT], LIST, function (start, end) {
    return slice(this, start, end)
  }),
  celMethod("flatten", LIST, [], LIST, function () {
    return flatten(this, 1n)
  }),
  celMethod("flatten", LIST, [INT], LIST, function (depth) {
    return flatten(this, depth)
  }),
  celMethod("distinct", LIST, [], LIST, function () {
    return distinct(this)
  }),
  celMethod("sort", LIST, [], LIST, function () {
    return sorted(this)
  }),
  celMethod("reverse", LIST, [], LIST, function () {
    return [...this].toReversed()
  }),
  celMethod("first", LIST, [], opaqueType, function () {
    return this.size > 0 ? some(this.get(0)!) : none()
  }),
  celMethod("last", LIST, [], opaqueType, function () {
    return this.size > 0 ? some(this.get(this.size - 1)!) : none()
  }),
  celFunc("lists.range", [INT], LIST, (count) => Array.from({ length: Number(count) }, (_, index) => BigInt(index))),
  celMethod("pairs", DYN, [], LIST, function () {
    return pairs(this)
  }),
  celMethod("fromPairs", LIST, [], MAP, function () {
    return celMap(new Map([...this].map(sides) as [string, CelValue][]))
  }),
  celMethod("merged", LIST, [], MAP, function () {
    return celMap(new Map([...this].flatMap((map) => (isCelMap(map) ? [...map] : []))))
  }),
  celMethod("sortedByKey", LIST, [], LIST, function () {
    const byKey = [...this].map(sides).toSorted(([one], [other]) => compareValues(one, other))
    return byKey.map(([, value]) => value)
  }),
]

export const sets: CelFunc[] = [
  celFunc("sets.contains", [LIST, LIST], BOOL, containsAll),
  celFunc("sets.equivalent", [LIST, LIST], BOOL, (one, other) => containsAll(one, other) && containsAll(other, one)),
  celFunc("sets.intersects", [LIST, LIST], BOOL, (one, other) => [...one].some((item) => includes(other, item))),
]

function containsAll(list: CelList, other: CelList): boolean {
  return [...other].every((item) => includes(list, item))
}
