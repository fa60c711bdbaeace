import { type CelFunc, type CelList, CelScalar, type CelValue, celFunc, celMethod } from "@bufbuild/cel"
import { insideOf, isOpaque, opaque, opaqueType } from "../opaque.ts"
import { compareAmounts } from "./quantities.ts"

const { BOOL, INT, STRING } = CelScalar

const number = "(0|[1-9]\\d*)"
const pre = "(?:0|[1-9]\\d*|\\d*[A-Za-z-][0-9A-Za-z-]*)"
const pattern = new RegExp(
  `^${number}\\.${number}\\.${number}(?:-(${pre}(?:\\.${pre})*))?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$`,
)

/** Major, minor and patch, and what comes before a release. Builds do not count. */
function semver(text: string) {
  const [, major, minor, patch, before = ""] = pattern.exec(text) ?? []
  if (!major) throw new Error(`Invalid character(s) found in version ${JSON.stringify(text)}`)
  return opaque("semver", [BigInt(major), BigInt(minor!), BigInt(patch!), before])
}

/** With what is often left out of versions, or put before them. */
function normalized(text: string): string {
  const parts = text.replace(/^v/, "").split(".")
  const [head, tail] = [parts.slice(0, 2), parts.slice(2).join(".")]
  const all = tail === "" && parts.length < 3 ? head : [...head, tail]
  const plain = all.map((part) => part.replace(/^0+(?=\d)/, ""))
  if (plain.length < 3 && /[+-]/.test(plain.at(-1)!)) {
    throw new Error("short version cannot contain PreRelease/Build meta data")
  }
  return [...plain, "0", "0"].slice(0, 3).join(".")
}

const isVersion = (text: string): boolean => {
  try {
    return isOpaque("semver", semver(text))
  } catch {
    return false
  }
}

const partsOf = (value: CelValue) => [...(insideOf("semver", value) as CelList)] as [bigint, bigint, bigint, string]

function compareVersions(one: CelValue, other: CelValue): bigint {
  const [a, b] = [partsOf(one), partsOf(other)]
  for (const index of [0, 1, 2] as const) if (a[index] !== b[index]) return a[index] < b[index] ? -1n : 1n
  return BigInt(comparePre(a[3], b[3]))
}

function comparePre(one: string, other: string): number {
  if (one === other) return 0
  if (one === "" || other === "") return one === "" ? 1 : -1
  const [a, b] = [one.split("."), other.split(".")]
  const at = a.findIndex((part, index) => part !== b[index])
  if (at < 0) return -1
  const [x, y] = [a[at]!, b[at]]
  if (y === undefined) return 1
  const [isX, isY] = [/^\d+$/.test(x), /^\d+$/.test(y)]
  if (isX && isY) return BigInt(x) < BigInt(y) ? -1 : 1
  return isX !== isY ? (isX ? -1 : 1) : x < y ? -1 : 1
}

/** Quantities and versions are compared by the same words. */
const compare = (one: CelValue, other: CelValue): bigint =>
  isOpaque("semver", one) ? compareVersions(one, other) : compareAmounts(one, other)

const part = (name: string, index: 0 | 1 | 2) =>
  celMethod(name, opaqueType, [], INT, function () {
    return partsOf(this)[index]
  })

export const versions: CelFunc[] = [
  celFunc("semver", [STRING], opaqueType, semver),
  celFunc("semver", [STRING, BOOL], opaqueType, (text, loose) => semver(loose ? normalized(text) : text)),
  celFunc("isSemver", [STRING], BOOL, isVersion),
  celFunc("isSemver", [STRING, BOOL], BOOL, (text, loose) => {
    try {
      return isVersion(loose ? normalized(text) : text)
    } catch {
      return false
    }
  }),
  part("major", 0),
  part("minor", 1),
  part("patch", 2),
  celMethod("isGreaterThan", opaqueType, [opaqueType], BOOL, function (other) {
    return compare(this, other) > 0n
  }),
  celMethod("isLessThan", opaqueType, [opaqueType], BOOL, function (other) {
    return compare(this, other) < 0n
  }),
  celMethod("compareTo", opaqueType, [opaqueType], INT, function (other) {
    return compare(this, other)
  }),
]
