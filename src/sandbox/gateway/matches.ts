import type { Match, NamedMatch } from "./objects.ts"
import { wholeRegex } from "./regex.ts"

/** What is asked of the gateway, as far as routes look at it. */
export interface Asked {
  method: string
  /** Without the query. */
  path: string
  /** With the question mark; empty when there is none. */
  search: string
  /** Names in lower case. Read late: Node makes them when they are first looked at. */
  source: { readonly headers: Readonly<Record<string, string | string[] | undefined>> }
}

export interface CompiledMatch {
  fits(asked: Asked): boolean
  /** The path prefix that is matched, for filters that replace it. */
  prefix: string
  /** To be compared place by place; the greater one goes first. */
  rank: readonly number[]
}

/** Throws where a regular expression cannot be read. */
export function compileMatch({ path, method, headers = [], queryParams = [] }: Match): CompiledMatch {
  const { type = "PathPrefix", value = "/" } = path ?? {}
  const tests = [
    ...pathTest(type, value),
    ...(method ? [(asked: Asked) => asked.method === method] : []),
    ...headers.map(headerTest),
    ...queryParams.map(paramTest),
  ]
  return {
    fits: allOf(tests),
    prefix: type === "PathPrefix" ? trimmed(value) : "",
    rank: [...pathRank(type, value), method ? 1 : 0, headers.length, queryParams.length],
  }
}

export function compareRanks(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((value, place) => value !== other[place])
  return at < 0 ? 0 : other[at]! - one[at]!
}

type Test = (asked: Asked) => boolean

function allOf(tests: readonly Test[]): Test {
  if (tests.length === 0) return () => true
  if (tests.length === 1) return tests[0]!
  return (asked) => tests.every((test) => test(asked))
}

/** A root prefix says nothing about the path, so expressions go before it; other prefixes go before expressions. */
function pathRank(type: string, value: string): [kind: number, length: number] {
  if (type === "Exact") return [3, value.length]
  if (type === "RegularExpression") return [1, value.length]
  return trimmed(value) === "" ? [0, 0] : [2, trimmed(value).length]
}

function pathTest(type: string, value: string): Test[] {
  if (type === "Exact") return [({ path }) => path === value]
  if (type === "RegularExpression") {
    const regex = wholeRegex(value)
    return [({ path }) => regex.test(path)]
  }
  const prefix = trimmed(value)
  return prefix === "" ? [] : [({ path }) => isBelow(path, prefix)]
}

const SLASH = 47

/** Whole segments only: `/shop` has `/shop/cart` below it, not `/shopping`. */
const isBelow = (path: string, prefix: string): boolean =>
  path.startsWith(prefix) && (path.length === prefix.length || path.charCodeAt(prefix.length) === SLASH)

const trimmed = (prefix: string): string => (prefix.endsWith("/") ? prefix.slice(0, -1) : prefix)

function headerTest(match: NamedMatch): Test {
  const name = match.name.toLowerCase()
  const fits = textTest(match)
  return ({ source }) => {
    const value = source.headers[name]
    return value !== undefined && fits(Array.isArray(value) ? value.join(", ") : value)
  }
}

function paramTest(match: NamedMatch): Test {
  const fits = textTest(match)
  return ({ search }) => {
    const value = firstParam(search, match.name)
    return value !== undefined && fits(value)
  }
}

function textTest({ type = "Exact", value }: NamedMatch): (text: string) => boolean {
  if (type !== "RegularExpression") return (text) => text === value
  const regex = wholeRegex(value)
  return (text) => regex.test(text)
}

/** The first value of a query parameter. */
export function firstParam(search: string, name: string): string | undefined {
  for (let at = 1; at < search.length;) {
    const ampersand = search.indexOf("&", at)
    const end = ampersand < 0 ? search.length : ampersand
    const sign = search.indexOf("=", at)
    const nameEnd = sign < 0 || sign > end ? end : sign
    if (decoded(search.slice(at, nameEnd)) === name) return decoded(search.slice(nameEnd + 1, end))
    at = end + 1
  }
  return undefined
}

function decoded(text: string): string {
  if (!text.includes("%") && !text.includes("+")) return text
  const spaced = text.replaceAll("+", " ")
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced
  }
}
