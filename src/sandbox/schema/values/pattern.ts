import { RE2JS } from "@bufbuild/re2"

export interface Pattern {
  test(text: string): boolean
}

const known = new Map<string, Pattern>()

/** A regular expression as the API server reads it. Throws when it is malformed. */
export function patternOf(source: string): Pattern {
  const old = known.get(source)
  if (old) return old
  const pattern = isPlain(source) ? (jsPattern(source) ?? RE2JS.compile(source)) : RE2JS.compile(source)
  known.set(source, pattern)
  return pattern
}

/**
 * The same expression for JavaScript's own engine, which also tells where something was found, or undefined where it does not know it.
 * Throws when the source is malformed.
 */
export function searchPattern(source: string): RegExp {
  RE2JS.compile(source)
  const flags = /^\(\?([ims]+)\)/.exec(source)
  const rest = flags ? source.slice(flags[0].length) : source
  const text = rest.replaceAll("(?P<", "(?<").replaceAll("\\z", "$(?![\\s\\S])").replaceAll("\\A", "^")
  try {
    return new RegExp(text.replaceAll(/\\([pP])([A-Z])/g, "\\$1{$2}"), `gu${flags?.[1] ?? ""}`)
  } catch {
    throw new Error(`the sandbox cannot search for the regular expression ${source}`)
  }
}

const escapes = String.raw`\\[dDwWbBnrtfv.*+?()[\]{}|^$\\/]`
const parts = [
  escapes,
  String.raw`\[\^?(?:[^\\[\]]|${escapes}|\\-)+\]`,
  String.raw`\(\?:`,
  String.raw`\((?!\?)`,
  String.raw`\)[?]?(?![*+?{])`,
  String.raw`\{\d{1,3}(?:,\d{0,3})?\}`,
  String.raw`[^\\[\](){}.]`,
]
const plain = new RegExp(`^(?:${parts.join("|")})*$`, "u")

/**
 * Whether both engines understand the same by it, and none can be kept busy: no flags, no classes with names, no look-around,
 * nothing repeated that is itself repeated.
 */
const isPlain = (source: string): boolean => plain.test(source)

function jsPattern(source: string): Pattern | undefined {
  try {
    return new RegExp(source, "u")
  } catch {
    return undefined
  }
}
