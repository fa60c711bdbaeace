import { type CelFunc, type CelInput, CelScalar, celFunc, celMethod, listType, mapType } from "@bufbuild/cel"
import { strings as stringsExtension } from "@bufbuild/cel/ext"
import { formatCheck } from "../../values/formats.ts"
import { hostnameOf, isGoUrl, parseGoUrl, portOf } from "../../values/go-url.ts"
import { nameChecks } from "../../name-checks.ts"
import { searchPattern } from "../../values/pattern.ts"
import { lengthOf } from "../../values/scalar-problems.ts"
import { opaque, opaqueType, textOf } from "../opaque.ts"
import { none, some } from "./optionals.ts"

const { BOOL, DYN, INT, STRING } = CelScalar
const TEXTS = listType(STRING)

const ofUrl = (name: string, part: (text: string) => string) =>
  celMethod(name, opaqueType, [], STRING, function () {
    return part(textOf("url", this))
  })

function queryOf(text: string): Map<string, CelInput> {
  const found = new Map<string, string[]>()
  for (const [name, value] of new URLSearchParams(parseGoUrl(text).query)) {
    found.set(name, [...(found.get(name) ?? []), value])
  }
  return found
}

function urlFrom(text: string) {
  try {
    parseGoUrl(text)
  } catch (error) {
    throw new Error(`URL parse error during conversion from string: ${(error as Error).message}`, { cause: error })
  }
  // The server reads the fragment only now.
  return opaque("url", text.replace(/#.*$/s, ""))
}

const urls: CelFunc[] = [
  celFunc("isURL", [STRING], BOOL, isGoUrl),
  celFunc("url", [STRING], opaqueType, urlFrom),
  ofUrl("getScheme", (text) => parseGoUrl(text).scheme),
  ofUrl("getHost", (text) => parseGoUrl(text).host),
  ofUrl("getHostname", (text) => hostnameOf(parseGoUrl(text).host)),
  ofUrl("getPort", (text) => portOf(parseGoUrl(text).host)),
  ofUrl("getEscapedPath", (text) => parseGoUrl(text).path.replaceAll(" ", "%20")),
  celMethod("getQuery", opaqueType, [], mapType(STRING, DYN), function () {
    return queryOf(textOf("url", this))
  }),
]

const known = (format: string, refusal: string) => (text: string) => (formatCheck(format)!(text) ? [] : [refusal])

function urlRefusal(text: string): string[] {
  try {
    parseGoUrl(text)
    return []
  } catch (error) {
    return [(error as Error).message]
  }
}

const namedFormats: Readonly<Record<string, (text: string) => readonly string[]>> = {
  ...nameChecks,
  uri: urlRefusal,
  uuid: known("uuid", "does not match the UUID format"),
  byte: known("byte", "invalid base64"),
  date: known("date", "invalid date"),
  datetime: known("datetime", "invalid datetime"),
}

const formats: CelFunc[] = [
  ...Object.keys(namedFormats).map((name) => celFunc(`format.${name}`, [], opaqueType, () => opaque("format", name))),
  celFunc("format.named", [STRING], opaqueType, (name) =>
    Object.hasOwn(namedFormats, name) ? some(opaque("format", name)) : none(),
  ),
  celMethod("validate", opaqueType, [STRING], opaqueType, function (text) {
    const refusals = namedFormats[textOf("format", this)]!(text)
    return refusals.length > 0 ? some([...refusals]) : none()
  }),
]

function find(text: string, pattern: string): string {
  return searchPattern(pattern).exec(text)?.[0] ?? ""
}

function findAll(text: string, pattern: string, most: bigint): string[] {
  const found = Array.from(text.matchAll(searchPattern(pattern)), ([match]) => match)
  return most < 0n ? found : found.slice(0, Number(most))
}

const searches: CelFunc[] = [
  celMethod("find", STRING, [STRING], STRING, function (pattern) {
    return find(this, pattern)
  }),
  celMethod("findAll", STRING, [STRING], TEXTS, function (pattern) {
    return findAll(this, pattern, -1n)
  }),
  celMethod("findAll", STRING, [STRING, INT], TEXTS, function (pattern, most) {
    return findAll(this, pattern, most)
  }),
]

/** All beyond the count stays in the last part. */
function split(text: string, separator: string, count: bigint): string[] {
  if (count === 0n) return []
  const parts = text.split(separator)
  if (count < 0n || BigInt(parts.length) <= count) return parts
  const head = parts.slice(0, Number(count) - 1)
  return [...head, parts.slice(head.length).join(separator)]
}

/** Counted in characters, where the extension counts the halves of which some consist. */
const byCharacter: CelFunc[] = [
  celMethod("charAt", STRING, [INT], STRING, function (index) {
    return part(this, index, index + 1n)
  }),
  celMethod("substring", STRING, [INT], STRING, function (start) {
    return part(this, start, BigInt(lengthOf(this)))
  }),
  celMethod("substring", STRING, [INT, INT], STRING, function (start, end) {
    return part(this, start, end)
  }),
  celMethod("indexOf", STRING, [STRING], INT, function (text) {
    return charactersBefore(this, this.indexOf(text))
  }),
  celMethod("lastIndexOf", STRING, [STRING], INT, function (text) {
    return charactersBefore(this, this.lastIndexOf(text))
  }),
]

function part(text: string, start: bigint, end: bigint): string {
  const characters = Array.from(text)
  const length = BigInt(characters.length)
  if (start < 0n || start > length) throw new Error(`index out of range: ${start}`)
  if (end < start || (end > length && start < length)) throw new Error(`index out of range: ${end}`)
  return characters.slice(Number(start), Number(end)).join("")
}

const charactersBefore = (text: string, index: number): bigint =>
  index < 0 ? -1n : BigInt(lengthOf(text.slice(0, index)))

export const texts: CelFunc[] = [
  ...stringsExtension,
  ...byCharacter,
  celMethod("split", STRING, [STRING, INT], TEXTS, function (separator, count) {
    return split(this, separator, count)
  }),
  ...urls,
  ...formats,
  ...searches,
]
