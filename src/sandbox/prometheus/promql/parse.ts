import type { SyntaxNode } from "@lezer/common"
import { parser } from "@prometheus-io/lezer-promql"
import { goQuote } from "#core/text/go-quote.ts"
import { checkTypes } from "./check.ts"
import type { Aggregation, Binary, Call, Expression, Grouping, Matching } from "./expression.ts"
import { ParseProblem } from "./expression.ts"
import { functions, noFunction } from "./functions.ts"
import { inOrder } from "./precedence.ts"
import { numberOf, stringOf } from "./read-literals.ts"
import { labelOf, offsetOf, pinned, rangeOf, selectorOf, subqueryOf } from "./read-selectors.ts"
import { children, first, place, type Reader, refuse, type Source } from "./source.ts"
import { syntaxProblem } from "./syntax-problem.ts"

/** Reads a query. Throws `ParseProblem` with the message of Prometheus where it is known. */
export function parse(query: string): Expression {
  if (/^(?:\s|#.*(?:\n|$))*$/.test(query)) throw nothing(query)
  const tree = parser.parse(query)
  const problem = syntaxProblem(query, tree)
  if (problem) return parseWithoutDots(query, problem)
  const source: Source = {
    query,
    text: ({ from, to }) => query.slice(from, to),
    read: (part) => read(part, source),
  }
  const expression = source.read(first(tree.topNode))
  checkTypes(expression, query)
  return expression
}

const nothing = (query: string): ParseProblem =>
  new ParseProblem(`${query ? "1:1" : "unknown position"}: parse error: no expression found in input`)

const textOrDot = /("(?:\\[^]|[^"\\])*"|'(?:\\[^]|[^'\\])*'|`[^`]*`)|(?<=\d)\.(?![\w.])/g

/** The grammar does not know that a number may end with its point. */
function parseWithoutDots(query: string, problem: ParseProblem): Expression {
  const respelled = query.replace(textOrDot, (_, text?: string) => text ?? " ")
  if (respelled === query) throw problem
  return parse(respelled)
}

const readers: Readonly<Record<string, Reader>> = {
  NumberDurationLiteral: numberOf,
  StringLiteral: (node, source) => ({ kind: "text", ...place(node), value: stringOf(node, source) }),
  VectorSelector: selectorOf,
  MatrixSelector: rangeOf,
  SubqueryExpr: subqueryOf,
  OffsetExpr: offsetOf,
  StepInvariantExpr: pinned,
  ParenExpr: (node, source) => ({ kind: "parentheses", ...place(node), expression: source.read(first(node)) }),
  UnaryExpr: signed,
  BinaryExpr: binaryOf,
  AggregateExpr: aggregationOf,
  FunctionCall: callOf,
  AnchoredExpr: (node, source) => refuse(source, node, "anchored modifier is experimental and not enabled"),
  SmoothedExpr: (node, source) => refuse(source, node, "smoothed modifier is experimental and not enabled"),
}

function read(node: SyntaxNode, source: Source): Expression {
  const reader = readers[node.name]
  return reader ? reader(node, source) : refuse(source, node, `unexpected ${goQuote(source.text(node))}`)
}

function signed(node: SyntaxNode, source: Source): Expression {
  const [sign, inner] = children(node) as [SyntaxNode, SyntaxNode]
  const negative = source.text(sign) === "-"
  return { kind: "sign", ...place(node), negative, expression: source.read(inner) }
}

function binaryOf(node: SyntaxNode, source: Source): Expression {
  const parts = children(node)
  if (node.getChild("FillModifier")) refuse(source, node, "binop fill modifiers are experimental and not enabled")
  const operator = source.text(parts[1]!).toLowerCase()
  const left = source.read(parts[0]!)
  const right = source.read(parts.at(-1)!)
  const clause = node.getChild("MatchingModifierClause")
  const binary: Binary = {
    kind: "binary",
    ...place(node),
    operator,
    bool: node.getChild("BoolModifier") !== null,
    ...(clause ? { matching: matchingOf(clause, source) } : {}),
    left,
    right,
  }
  return inOrder(binary)
}

function matchingOf(clause: SyntaxNode, source: Source): Matching {
  const parts = children(clause)
  const many = parts.find(({ name }) => name === "GroupLeft" || name === "GroupRight")
  const [before, after] = many ? [parts.slice(0, parts.indexOf(many)), parts.slice(parts.indexOf(many))] : [parts, []]
  return {
    on: before[0]?.name === "On",
    labels: groupingLabels(before, source),
    ...(many ? { many: many.name === "GroupLeft" ? "left" : "right" } : {}),
    include: groupingLabels(after, source),
  }
}

function groupingLabels(nodes: readonly SyntaxNode[], source: Source): string[] {
  const list = nodes.find(({ name }) => name === "GroupingLabels")
  return list ? children(list).map((label) => labelOf(label, source)) : []
}

function aggregationOf(node: SyntaxNode, source: Source): Aggregation {
  const parts = children(node)
  const operator = source.text(parts[0]!).toLowerCase()
  const args = argumentsOf(node, source)
  if (args.length === 0) refuse(source, node, "no arguments for aggregate expression provided")
  if (operator.startsWith("limit")) refuse(source, node, `${operator}() ${NOT_ENABLED}`)
  const wanted = withParameter.has(operator) ? 2 : 1
  const count = "wrong number of arguments for aggregate expression provided"
  if (args.length !== wanted) refuse(source, node, `${count}, expected ${wanted}, got ${args.length}`)
  const parameter = wanted === 2 ? { parameter: args[0]! } : {}
  return {
    kind: "aggregation",
    ...place(node),
    operator,
    ...groupingOf(node.getChild("AggregateModifier"), source),
    ...parameter,
    expression: args.at(-1)!,
  }
}

const NOT_ENABLED = "is experimental and must be enabled with --enable-feature=promql-experimental-functions"
const withParameter = new Set(["topk", "bottomk", "quantile", "count_values"])

const groupingOf = (modifier: SyntaxNode | null, source: Source): Grouping =>
  modifier
    ? { without: first(modifier).name === "Without", labels: groupingLabels(children(modifier), source) }
    : { without: false, labels: [] }

function callOf(node: SyntaxNode, source: Source): Call {
  const name = source.text(first(node))
  if (!functions.has(name)) throw noFunction(source.query, node.from, name)
  return { kind: "call", ...place(node), name, args: argumentsOf(node, source) }
}

const argumentsOf = (node: SyntaxNode, source: Source): Expression[] =>
  children(node.getChild("FunctionCallBody")!).map((child) => source.read(child))
