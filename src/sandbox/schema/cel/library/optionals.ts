import {
  CelScalar,
  type CelFunc,
  type CelInput,
  type CelList,
  type CelValue,
  celFunc,
  celMethod,
  isCelList,
  isCelMap,
  listType,
} from "@bufbuild/cel"
import { insideOf, isOpaque, noSuchOverload, opaque, opaqueType } from "../opaque.ts"

const { BOOL, DYN } = CelScalar

export const some = (value: CelInput) => opaque("optional", [value])
export const none = () => opaque("optional", [])
const optional = (value: CelInput | undefined) => (value === undefined ? none() : some(value))

const insideList = (value: CelValue): CelValue[] => [...(insideOf("optional", value) as CelList)]
const inside = (value: CelValue): CelValue | undefined => insideList(value)[0]

/** A field or item of what may itself be missing. */
function within(target: CelValue, key: CelValue): CelInput {
  if (isOpaque("optional", target)) {
    const value = inside(target)
    return value === undefined ? none() : within(value, key)
  }
  if (isCelMap(target)) return optional(target.get(key as string))
  if (!isCelList(target) || typeof key !== "bigint") throw noSuchOverload()
  return optional(key < 0n ? undefined : target.get(Number(key)))
}

function isZero(value: CelValue): boolean {
  if (isCelMap(value) || isCelList(value)) return value.size === 0
  return value === null || value === "" || value === 0n || value === 0 || value === false
}

function valueOf(target: CelValue): CelValue {
  const value = inside(target)
  if (value === undefined) throw new Error("optional.none() dereference")
  return value
}

/** Values that may be missing. `within`, `asList` and `asOptional` stand for what the language has its own syntax for. */
export const optionals: CelFunc[] = [
  celFunc("optional.of", [DYN], opaqueType, some),
  celFunc("optional.none", [], opaqueType, none),
  celFunc("optional.ofNonZeroValue", [DYN], opaqueType, (value) => (isZero(value) ? none() : some(value))),
  celMethod("hasValue", opaqueType, [], BOOL, function () {
    return inside(this) !== undefined
  }),
  celMethod("value", opaqueType, [], DYN, function () {
    return valueOf(this)
  }),
  celMethod("orValue", opaqueType, [DYN], DYN, function (other) {
    return inside(this) ?? other
  }),
  celMethod("or", opaqueType, [opaqueType], opaqueType, function (other) {
    return inside(this) === undefined ? other : this
  }),
  celMethod("within", DYN, [DYN], opaqueType, function (key) {
    return within(this, key) as ReturnType<typeof none>
  }),
  celMethod("asList", opaqueType, [], listType(DYN), function () {
    return insideOf("optional", this) as CelList
  }),
  celMethod("asOptional", listType(DYN), [], opaqueType, function () {
    return optional(this.get(0))
  }),
  celMethod("flatMapped", listType(DYN), [], DYN, function () {
    return this.get(0) ?? none()
  }),
  celFunc("optional.unwrap", [listType(DYN)], listType(DYN), (list) => [...list].flatMap((one) => insideList(one))),
]
