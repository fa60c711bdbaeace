import type { SyntaxNode } from "@lezer/common"
import { goQuote } from "#core/text/go-quote.ts"
import type { Expression } from "./expression.ts"
import { durationMs, numberValue, unquoted } from "./literals.ts"
import { place, refuse, type Source } from "./source.ts"

export function numberOf(node: SyntaxNode, source: Source): Expression {
  const text = source.text(node)
  const [sign = ""] = /^[+-]\s*/.exec(text) ?? []
  const digits = { from: node.from + sign.length, to: node.to }
  const value = numberValue(text.slice(sign.length))
  if (value === undefined) refuse(source, digits, `bad number or duration syntax: ${goQuote(text)}`)
  const number: Expression = { kind: "number", ...digits, value: value }
  return sign ? { kind: "sign", ...place(node), negative: sign.startsWith("-"), expression: number } : number
}

export function stringOf(node: SyntaxNode, source: Source): string {
  const literal = source.text(node)
  if (!/^(["'`])[^]*\1$/.test(literal)) refuse(source, node, unterminated(literal))
  return unquoted(literal) ?? refuse(source, node, "unknown escape sequence")
}

const unterminated = (literal: string): string =>
  literal.startsWith("`") ? "unterminated raw string" : "unterminated quoted string"

/** A length of time that must be greater than nothing. */
export function spanOf(node: SyntaxNode, source: Source): number {
  const ms = literalMs(node, source)
  return ms > 0 ? ms : refuse(source, node, "duration must be greater than 0")
}

export function literalMs(node: SyntaxNode, source: Source): number {
  const text = source.text(node).replace(/^([+-])\s+/, "$1")
  const digits = text.replace(/^[+-]/, "")
  const ms = durationMs(digits) ?? (numberValue(digits) ?? NaN) * 1000
  if (Number.isNaN(ms)) refuse(source, node, "experimental duration expression is not enabled")
  return Math.round(text.startsWith("-") ? -ms : ms)
}
