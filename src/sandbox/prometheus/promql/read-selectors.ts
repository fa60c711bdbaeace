import type { SyntaxNode } from "@lezer/common"
import { METRIC_NAME } from "../labels.ts"
import { matcher, type Matcher, type MatchOperator } from "../matcher.ts"
import { BadRegex } from "../regex.ts"
import type { Expression, Selector, Shift, Subquery } from "./expression.ts"
import { numberValue } from "./literals.ts"
import { ofLastOperand } from "./precedence.ts"
import { literalMs, spanOf, stringOf } from "./read-literals.ts"
import { children, first, place, refuse, type Source } from "./source.ts"

export function selectorOf(node: SyntaxNode, source: Source): Selector {
  const name = node.getChild("Identifier")
  const braces = node.getChild("LabelMatchers")
  const inner = braces ? children(braces).map((child) => matcherOf(child, source)) : []
  const named = name ? source.text(name) : undefined
  const outer = named === undefined ? [] : [matcher(METRIC_NAME, "=", named)]
  return { kind: "selector", ...place(node), ...(named ? { name: named } : {}), matchers: [...inner, ...outer] }
}

function matcherOf(node: SyntaxNode, source: Source): Matcher {
  if (node.name === "QuotedLabelName") return matcher(METRIC_NAME, "=", stringOf(first(node), source))
  const [label, operator, value] = children(node) as [SyntaxNode, SyntaxNode, SyntaxNode]
  try {
    return matcher(labelOf(label, source), source.text(operator) as MatchOperator, stringOf(value, source))
  } catch (error) {
    if (error instanceof BadRegex) refuse(source, node, error.message)
    throw error
  }
}

export const labelOf = (node: SyntaxNode, source: Source): string =>
  node.name === "QuotedLabelName" ? stringOf(first(node), source) : source.text(node)

export function rangeOf(node: SyntaxNode, source: Source): Expression {
  const [inner, range] = children(node) as [SyntaxNode, SyntaxNode]
  const rangeMs = spanOf(range, source)
  const { to } = node
  return ofLastOperand(source.read(inner), to, (selector) => {
    if (selector.kind !== "selector" || selector.offsetMs !== undefined || selector.atMs !== undefined)
      return refuse(source, { from: range.from - 1 }, rangeProblem(selector))
    return { kind: "range", from: selector.from, to, selector, rangeMs }
  })
}

function rangeProblem(inner: Expression): string {
  if (inner.kind !== "selector") return "ranges only allowed for vector selectors"
  return inner.atMs === undefined ? "no offset modifiers allowed before range" : "no @ modifiers allowed before range"
}

export function subqueryOf(node: SyntaxNode, source: Source): Expression {
  const [inner, range, step] = children(node) as [SyntaxNode, SyntaxNode, SyntaxNode?]
  const rangeMs = spanOf(range, source)
  const steps = step ? { stepMs: spanOf(step, source) } : {}
  const { to } = node
  return ofLastOperand(source.read(inner), to, (expression) => {
    return { kind: "subquery", from: expression.from, to, expression, rangeMs, ...steps }
  })
}

type Shiftable = Selector | Subquery

export function offsetOf(node: SyntaxNode, source: Source): Expression {
  const parts = children(node)
  const offsetMs = literalMs(parts.at(-1)!, source)
  return shifted(node, source, "offset modifier", (inner) => {
    if (inner.offsetMs !== undefined) refuse(source, inner, "offset may not be set multiple times")
    return { offsetMs }
  })
}

export function pinned(node: SyntaxNode, source: Source): Expression {
  const atMs = pinOf(children(node).at(-1)!, source)
  return shifted(node, source, "@ modifier", (inner) => {
    if (inner.atMs !== undefined) refuse(source, inner, "@ <timestamp> may not be set multiple times")
    return { atMs }
  })
}

function pinOf(node: SyntaxNode, source: Source): number | "start" | "end" {
  if (node.name === "AtModifierPreprocessors") return source.text(node).toLowerCase().startsWith("s") ? "start" : "end"
  const value = numberValue(source.text(node))
  if (value === undefined || !Number.isFinite(value))
    refuse(source, node, `timestamp out of bounds for @ modifier: ${source.text(node)}`)
  return Math.round(value * 1000)
}

function shifted(node: SyntaxNode, source: Source, modifier: string, shift: (inner: Shiftable) => Shift): Expression {
  const { to } = node
  return ofLastOperand(source.read(first(node)), to, (inner) => {
    if (inner.kind === "range") return { ...inner, to, selector: { ...inner.selector, ...shift(inner.selector) } }
    if (inner.kind === "selector" || inner.kind === "subquery") return { ...inner, ...shift(inner), to }
    const wanted = "an instant vector selector or range vector selector or a subquery"
    return refuse(source, inner, `${modifier} must be preceded by ${wanted}`)
  })
}
