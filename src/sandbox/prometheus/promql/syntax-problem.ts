import type { Tree } from "@lezer/common"
import type { ParseProblem } from "./expression.ts"
import { problemAt } from "./expression.ts"
import { noFunction } from "./functions.ts"
import { named, type Token, tokens } from "./tokens.ts"

/** What Prometheus would say of a text that the grammar does not take. */
export function syntaxProblem(query: string, tree: Tree): ParseProblem | undefined {
  const errorAt = firstError(tree)
  if (errorAt === undefined) return undefined
  const { tokens: read, unreadable } = tokens(query)
  const index = read.findIndex(({ from }) => from >= errorAt)
  const unexpected = read[index]
  if (unreadable && (!unexpected || unreadable.from <= unexpected.from))
    return problemAt(query, unreadable.from, unreadable.text)
  const before = unexpected ? read.slice(0, index) : read
  return (
    unknownFunction(query, before, unexpected) ??
    trailingComma(query, before, unexpected) ??
    problemAt(query, unexpected?.from ?? query.length, `unexpected ${named(unexpected)}${context(before)}`)
  )
}

function firstError(tree: Tree): number | undefined {
  let from: number | undefined
  tree.iterate({
    enter(node) {
      if (node.type.isError) from = Math.min(node.from, from ?? Infinity)
      return from === undefined
    },
  })
  return from
}

function unknownFunction(query: string, before: readonly Token[], unexpected?: Token): ParseProblem | undefined {
  const name = before.at(-1)
  if (unexpected?.text !== "(" || name?.kind !== "identifier" || isGrouping(before)) return undefined
  return noFunction(query, name.from, name.text)
}

function trailingComma(query: string, before: readonly Token[], unexpected?: Token): ParseProblem | undefined {
  const comma = before.at(-1)
  if (unexpected?.text !== ")" || comma?.text !== "," || isGrouping(before)) return undefined
  return problemAt(query, comma.from, "trailing commas not allowed in function call args")
}

const groupingWords = new Set(["by", "without", "on", "ignoring", "group_left", "group_right"])
const isGroupingWord = (token: Token | undefined) => groupingWords.has(token?.text.toLowerCase() ?? "")

/** Where the innermost bracket was opened that is still open. */
function opened(before: readonly Token[]): number {
  let depth = 0
  return before.findLastIndex(({ kind, text }) => {
    if (kind !== "sign") return false
    if (")]}".includes(text)) depth++
    return "([{".includes(text) && depth-- === 0
  })
}

function isGrouping(before: readonly Token[]): boolean {
  const at = opened(before)
  return before[at]?.text === "(" && isGroupingWord(before[at - 1])
}

const SPAN = "number, duration, step(), or range()"

function context(before: readonly Token[]): string {
  const previous = before.at(-1)
  const bracket = before[opened(before)]?.text
  if (bracket === "{") return ` in label matching, expected ${inLabels(previous!)}`
  if (bracket === "[") return inRange(previous!)
  if (isGrouping(before)) return ` in grouping opts, expected ${/[(,]/.test(previous!.text) ? "label" : '"," or ")"'}`
  if (isGroupingWord(previous) && /^[bwoi]/i.test(previous!.text)) return ' in grouping opts, expected "("'
  if (previous?.text.toLowerCase() === "offset") return ` in offset, expected ${SPAN}`
  if (previous?.text === "@") return " in @, expected timestamp"
  return inAggregation(before) ? " in aggregation" : ""
}

function inLabels({ kind, text }: Token): string {
  if (text === "{" || text === ",") return 'identifier or "}"'
  if (kind === "identifier") return "label matching operator"
  return kind === "string" ? '"," or "}"' : "string"
}

function inRange({ text }: Token): string {
  if (text === "[") return ` in subquery or range selector, expected ${SPAN}`
  if (text === ":") return ` in subquery selector, expected number, duration, step(), range(), or "]"`
  return ` in subquery or range, expected ":" or "]"`
}

/** Nearer brackets than those of an aggregator do not say where they are. */
function inAggregation(before: readonly Token[]): boolean {
  if (before.at(-1)?.text === ")" && isOfAggregator(before, opened(before.slice(0, -1)) - 1)) return true
  const at = opened(before)
  if (at < 0) return false
  return before[at - 1]?.kind === "aggregator" || followsGrouping(before, at) || inAggregation(before.slice(0, at))
}

const isOfAggregator = (before: readonly Token[], word: number): boolean =>
  isGroupingWord(before[word]) && before[word - 1]?.kind === "aggregator"

const followsGrouping = (before: readonly Token[], at: number): boolean =>
  before[at - 1]?.text === ")" && isOfAggregator(before, opened(before.slice(0, at - 1)) - 1)
