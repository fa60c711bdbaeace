import { goQuote, goQuoteRune } from "#core/text/go-quote.ts"

type TokenKind = "identifier" | "keyword" | "aggregator" | "operator" | "sign" | "number" | "duration" | "string"

export interface Token {
  readonly kind: TokenKind
  readonly text: string
  readonly from: number
}

/** What stands where no token can. */
export interface Unreadable {
  readonly from: number
  readonly text: string
}

const KEYWORDS = "offset smoothed anchored by without on ignoring group_left group_right fill fill_left fill_right bool"
const keywords = new Set(KEYWORDS.split(" "))
const AGGREGATORS = "sum avg count min max group stddev stdvar topk bottomk count_values quantile limitk limit_ratio"
const aggregators = new Set(AGGREGATORS.split(" "))
const wordOperators = new Set(["and", "or", "unless", "atan2"])

const token = new RegExp(
  [
    /(?:\s|#.*)+/,
    /(?<number>0[xX][\da-fA-F_]+|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))/,
    /(?<duration>(?:\d+(?:ms|[ywdhms]))+(?![\w.]))/,
    /(?<word>[a-zA-Z_][\w:]*|:[\w:]+)/,
    /(?<string>"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'|`[^`]*`)/,
    /(?<operator>==|!=|<=|>=|=~|!~|[<>+\-*/%^@])/,
    /(?<sign>[(){}[\],:=])/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "y",
)

/** The words and signs of a query, up to the first place that cannot be read or to the end of it. */
export function tokens(query: string): { tokens: Token[]; unreadable?: Unreadable } {
  const found: Token[] = []
  const open: string[] = []
  for (let at = 0; at < query.length;) {
    token.lastIndex = at
    const match = token.exec(query)
    const read = match && tokenOf(match, open.at(-1))
    const unreadable = match ? read && misplaced(read, open) : unknownAt(query, at, open.at(-1))
    if (unreadable) return { tokens: found, unreadable }
    if (read) found.push(read)
    at += match![0].length
  }
  const text = unclosed[found.at(-1)?.text === "[" ? "[]" : open.at(-1)!]
  return { tokens: found, ...(text ? { unreadable: { from: query.length, text } } : {}) }
}

const unclosed: Readonly<Record<string, string>> = {
  "(": "unclosed left parenthesis",
  "[": "unclosed left bracket",
  "[]": "unexpected end of input in duration expression",
  "{": "unexpected end of input inside braces",
}

function tokenOf({ index, groups }: RegExpExecArray, inside: string | undefined): Token | undefined {
  const [kind, text] = Object.entries(groups!).find(([, value]) => value !== undefined) ?? []
  if (kind === undefined) return undefined
  return { kind: kind === "word" ? wordKind(text!, inside) : (kind as TokenKind), text: text!, from: index }
}

/** In braces every word is a label. */
function wordKind(text: string, inside: string | undefined): TokenKind {
  const word = text.toLowerCase()
  if (inside === "{") return "identifier"
  if (keywords.has(word)) return "keyword"
  if (wordOperators.has(word)) return "operator"
  if (word === "inf" || word === "nan") return "number"
  return aggregators.has(word) ? "aggregator" : "identifier"
}

const pairs: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" }
const closers: Readonly<Record<string, string>> = { ")": "right parenthesis", "]": "right bracket" }

/** Keeps account of brackets, which the lexer of Prometheus does too. */
function misplaced({ text, from, kind }: Token, open: string[]): Unreadable | undefined {
  if (kind !== "sign") return outOfPlace(text, from, kind, open.at(-1))
  if ("([{".includes(text)) open.push(text)
  if (!(text in pairs)) return undefined
  if (open.at(-1) === pairs[text]) {
    open.pop()
    return undefined
  }
  const name = closers[text]
  if (!name) return { from, text: `unexpected character: ${goQuoteRune(text)}` }
  // Prometheus points behind a parenthesis and at a bracket.
  return { from: text === ")" ? from + 1 : from, text: `unexpected ${name} ${goQuoteRune(text)}` }
}

function outOfPlace(text: string, from: number, kind: TokenKind, inside: string | undefined): Unreadable | undefined {
  const first = goQuoteRune(text[0]!)
  if (inside === "{" && (kind === "number" || kind === "duration"))
    return { from, text: `unexpected character inside braces: ${first}` }
  if (inside === "[" && kind === "identifier")
    return { from, text: `unexpected character in duration expression: ${first}` }
  if (inside !== "{" && (text === "=~" || text === "!~"))
    return { from, text: `unexpected character after '${text[0]}': '~'` }
  return undefined
}

function unknownAt(query: string, from: number, inside: string | undefined): Unreadable {
  const character = String.fromCodePoint(query.codePointAt(from)!)
  const next = query[from + 1]
  if (/["']/.test(character)) return { from, text: "unterminated quoted string" }
  if (character === "`") return { from, text: "unterminated raw string" }
  const number = /^[\d.][\w.]*/.exec(query.slice(from))?.[0]
  if (number) return { from, text: `bad number or duration syntax: ${goQuote(number)}` }
  const where = inside === "{" ? " inside braces" : ""
  if (character !== "!") return { from, text: `unexpected character${where}: ${goQuoteRune(character)}` }
  return { from, text: `unexpected character after '!'${where}: ${next ? goQuoteRune(next) : "end of input"}` }
}

/** As messages name it. */
export function named(token: Token | undefined): string {
  if (!token) return "end of input"
  const { kind, text } = token
  if (kind === "keyword") return `<${text}>`
  if (kind === "aggregator") return `<aggr:${text}>`
  if (kind === "operator") return `<op:${text}>`
  return kind === "sign" ? goQuote(text) : `${kind} ${goQuote(text)}`
}
