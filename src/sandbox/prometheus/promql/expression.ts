import type { Matcher } from "../matcher.ts"

/** As the documentation and the messages of Prometheus call them. */
export type ValueType = "scalar" | "instant vector" | "range vector" | "string"

/** Where in the text of the query. */
export interface Place {
  readonly from: number
  readonly to: number
}

export interface NumberLiteral extends Place {
  readonly kind: "number"
  readonly value: number
}

export interface TextLiteral extends Place {
  readonly kind: "text"
  readonly value: string
}

/** When instead of the time of the evaluation: `@` and `offset`. */
export interface Shift {
  readonly atMs?: number | "start" | "end"
  readonly offsetMs?: number
}

export interface Selector extends Place, Shift {
  readonly kind: "selector"
  /** Also among the matchers. */
  readonly name?: string
  readonly matchers: readonly Matcher[]
}

export interface RangeSelector extends Place {
  readonly kind: "range"
  readonly selector: Selector
  readonly rangeMs: number
}

export interface Subquery extends Place, Shift {
  readonly kind: "subquery"
  readonly expression: Expression
  readonly rangeMs: number
  readonly stepMs?: number
}

export interface Call extends Place {
  readonly kind: "call"
  readonly name: string
  readonly args: readonly Expression[]
}

export interface Grouping {
  readonly without: boolean
  readonly labels: readonly string[]
}

export interface Aggregation extends Place, Grouping {
  readonly kind: "aggregation"
  readonly operator: string
  readonly parameter?: Expression
  readonly expression: Expression
}

export interface Matching {
  readonly on: boolean
  readonly labels: readonly string[]
  /** The side with many series for one of the other. */
  readonly many?: "left" | "right"
  /** Labels that the many take over from the one. */
  readonly include: readonly string[]
}

export interface Binary extends Place {
  readonly kind: "binary"
  readonly operator: string
  readonly bool: boolean
  readonly matching?: Matching
  readonly left: Expression
  readonly right: Expression
}

export interface Sign extends Place {
  readonly kind: "sign"
  readonly negative: boolean
  readonly expression: Expression
}

export interface Parentheses extends Place {
  readonly kind: "parentheses"
  readonly expression: Expression
}

export type Expression =
  | NumberLiteral
  | TextLiteral
  | Selector
  | RangeSelector
  | Subquery
  | Call
  | Aggregation
  | Binary
  | Sign
  | Parentheses

/** `1:7`, in bytes. */
export function placeText(query: string, from: number): string {
  const lines = query.slice(0, from).split("\n")
  return `${lines.length}:${Buffer.byteLength(lines.at(-1)!) + 1}`
}

/** The query cannot be read. */
export class ParseProblem extends Error {
  override readonly name = "ParseProblem"
}

export const problemAt = (query: string, from: number, text: string): ParseProblem =>
  new ParseProblem(`${placeText(query, from)}: parse error: ${text}`)
