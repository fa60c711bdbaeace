import { goQuote, isPrintable } from "#core/text/go-quote.ts"

export type TokenKind =
  | "text"
  | "open"
  | "close"
  | "space"
  | "keyword"
  | "function"
  | "bool"
  | "number"
  | "rune"
  | "string"
  | "rawString"
  | "variable"
  | "field"
  | "char"
  | "assign"
  | "declare"
  | "pipe"
  | "leftParen"
  | "rightParen"
  | "end"
  | "error"

export interface Token {
  kind: TokenKind
  /** The source, or for an error what is wrong. */
  text: string
  at: number
  line: number
}

const keywords = new Set("block break continue define else end if range nil template with".split(" "))
const single: Record<string, TokenKind> = { "=": "assign", "|": "pipe" }

const spaces = /[ \t\r\n]+/y
const word = /[_\p{L}\p{Nd}]+/uy
const terminator = /[ \t\r\n.,|:)(]|$|\}\}/y
const closing = /(?:[ \t\r\n]-)?\}\}/y
const comment = /\/\*[^]*?\*\//y
const stringLiteral = /"(?:\\[^\n]|[^"\\\n])*"/y
const runeLiteral = /'(?:\\[^\n]|[^'\\\n])*'/y
const rawLiteral = /`[^`]*`/y
const number =
  /[+-]?(?:0[xX][\da-fA-F_]*(?:\.[\da-fA-F_]*)?(?:[pP][+-]?[\d_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?[\d_]*)?)i?/y

/** Cuts a template into tokens. The last one is the end or an error. */
export function lex(source: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  let line = 1
  let counted = 0
  let depth = 0

  const lineAt = (place: number): number => {
    for (; counted < place; counted++) if (source[counted] === "\n") line++
    return line
  }
  const add = (kind: TokenKind, length: number): void => {
    tokens.push({ kind, text: source.slice(at, at + length), at, line: lineAt(at) })
    at += length
  }
  const fail = (text: string): void => {
    tokens.push({ kind: "error", text, at, line: lineAt(at) })
  }
  const length = (pattern: RegExp, from = at): number => {
    pattern.lastIndex = from
    return pattern.test(source) ? pattern.lastIndex - from : -1
  }
  const characterAt = (place: number): string => String.fromCodePoint(source.codePointAt(place)!)
  const trims = (place: number): boolean => source[place] === "-" && length(spaces, place + 1) > 0

  /** Up to the next action. False at the end. */
  function text(): boolean {
    const found = source.indexOf("{{", at)
    const end = found < 0 ? source.length : found
    const shown =
      found >= 0 && trims(found + 2) ? source.slice(at, end).replace(/[ \t\r\n]+$/, "") : source.slice(at, end)
    if (shown) add("text", shown.length)
    at = end
    return found >= 0
  }

  /** The opening, or a whole comment. True when an action follows. */
  function opening(): boolean {
    const marker = trims(at + 2) ? 2 : 0
    if (!source.startsWith("/*", at + 2 + marker)) {
      add("open", 2)
      at += marker
      return true
    }
    at += 2 + marker
    const end = length(comment)
    if (end < 0) fail("unclosed comment")
    else if (length(closing, at + end) < 0) fail("comment ends before closing delimiter")
    else {
      at += end
      close()
    }
    return false
  }

  function close(): Token {
    const trimmed = source[at] !== "}"
    if (trimmed) at += 2
    const token: Token = { kind: "close", text: "}}", at, line: lineAt(at) }
    at += 2
    if (trimmed) at += Math.max(length(spaces), 0)
    return token
  }

  /** A word that must not run into another character. */
  function bounded(kind: TokenKind, size: number): void {
    if (length(terminator, at + size) < 0) fail(`bad character ${codePointName(characterAt(at + size))}`)
    else add(kind, size)
  }

  function numeral(): void {
    let size = length(number)
    const complex = /[+-]/.test(source[at + size] ?? "")
    if (complex) size += length(number, at + size)
    const next = length(word, at + size)
    if (next > 0) fail(`bad number syntax: ${goQuote(source.slice(at, at + size) + characterAt(at + size))}`)
    else if (complex && source[at + size - 1] !== "i")
      fail(`bad number syntax: ${goQuote(source.slice(at, at + size))}`)
    else add("number", size)
  }

  function literal(kind: TokenKind, pattern: RegExp, unfinished: string): void {
    const size = length(pattern)
    if (size < 0) fail(`unterminated ${unfinished}`)
    else add(kind, size)
  }

  function wordOrKeyword(size: number): void {
    const found = source.slice(at, at + size)
    bounded(keywords.has(found) ? "keyword" : /^(true|false)$/.test(found) ? "bool" : "function", size)
  }

  function operand(): void {
    const first = source[at]!
    const next = source[at + 1]
    const name = Math.max(length(word, at + 1), 0)
    if (first === '"') return literal("string", stringLiteral, "quoted string")
    if (first === "`") return literal("rawString", rawLiteral, "raw quoted string")
    if (first === "'") return literal("rune", runeLiteral, "character constant")
    if (first === "$") return bounded("variable", 1 + name)
    if (first === "." && next !== undefined && !/\d/.test(next)) return bounded(name ? "field" : "keyword", 1 + name)
    if (/[+\-.\d]/.test(first)) return numeral()
    const size = length(word)
    if (size > 0) return wordOrKeyword(size)
    if (/[ -~]/.test(first)) return add("char", 1)
    fail(`unrecognized character in action: ${codePointName(characterAt(at))}`)
  }

  /** One token of an action. False when the action is over. */
  function insideAction(): boolean {
    if (length(closing) > 0) {
      if (depth > 0) fail("unclosed left paren")
      else tokens.push(close())
      return false
    }
    const first = source[at]
    const blank = length(spaces)
    if (first === undefined) fail("unclosed action")
    else if (blank > 0) add("space", blank > 1 && length(closing, at + blank - 1) > 2 ? blank - 1 : blank)
    else if (first === ":" && source[at + 1] !== "=") fail("expected :=")
    else if (first === ":") add("declare", 2)
    else if (first === "(") {
      depth++
      add("leftParen", 1)
    } else if (first === ")" && depth-- === 0) fail("unexpected right paren")
    else if (first === ")") add("rightParen", 1)
    else if (single[first]) add(single[first], 1)
    else operand()
    return true
  }

  const failed = (): boolean => tokens.at(-1)?.kind === "error"
  while (text()) {
    depth = 0
    if (opening()) while (insideAction() && !failed());
    if (failed()) return tokens
  }
  add("end", 0)
  return tokens
}

/** A token as error messages show it. */
export function tokenText(token: Token): string {
  if (token.kind === "end") return "EOF"
  if (token.kind === "error") return token.text
  if (token.kind === "keyword") return `<${token.text}>`
  const characters = Array.from(token.text)
  return characters.length > 10 ? `${goQuote(characters.slice(0, 10).join(""))}...` : goQuote(token.text)
}

function codePointName(character: string): string {
  const name = `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`
  return isPrintable(character) ? `${name} '${character}'` : name
}
