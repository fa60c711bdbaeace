import { check, type Expression, type Mistake } from "./check.ts"
import { type Parsed, parsedRule } from "./program.ts"
import { inPlainSyntax } from "./syntax.ts"
import { isPlain, type RuleType, unknown } from "./types.ts"

/** What `self` is, and what a rule or message must give. */
export interface Wanted {
  self: RuleType
  oldSelf: RuleType
  result: "bool" | "string"
}

/** Why an expression is refused before it has seen a value, in the words of the language; undefined when it is not. */
export function compileProblem(source: string, wanted: Wanted): string | undefined {
  const parsed = tryParsing(source)
  if (typeof parsed === "string") return `compilation failed: ${parsed}`
  // Where the source was put in other words, nobody would find the place that is wrong.
  if (!parsed.expr || inPlainSyntax(source) !== source) return undefined
  const mistakes: Mistake[] = []
  const variables = new Map([
    ["self", wanted.self],
    ["oldSelf", wanted.oldSelf],
  ])
  const result = check(parsed.expr, variables, mistakes)
  const { positions = {} } = parsed.sourceInfo ?? {}
  if (mistakes.length > 0) {
    const found = mistakes.map(({ about, text }) => ({ at: placeOf(about, positions, source), text }))
    const texts = found.toSorted((one, other) => one.at - other.at).map(({ at, text }) => errorText(source, at, text))
    return `compilation failed: ${texts.join("\n")}`
  }
  if (result === unknown || isPlain(result, wanted.result)) return undefined
  return wanted.result === "bool" ? "cel expression must evaluate to a bool" : "must evaluate to a string"
}

type Positions = Readonly<Record<string, number>>

function tryParsing(source: string): Parsed | string {
  try {
    return parsedRule(source)
  } catch (error) {
    return syntaxText(source, (error as Error).message)
  }
}

const operands =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"

function syntaxText(source: string, message: string): string {
  if (/[-+*/%<>=&|?:!,.([{]\s*$/.test(source)) {
    return errorText(source, source.length, `Syntax error: mismatched input '<EOF>' expecting ${operands}`)
  }
  const [, line = "1", column = "1", text = message] = /^<input>:(\d+):(\d+): (.*)$/s.exec(message) ?? []
  const before = source.split("\n").slice(0, Number(line) - 1)
  const missing = /^found end of input but expecting '(.)'$/.exec(text)?.[1]
  const at = before.reduce((length, one) => length + one.length + 1, Number(column) - 1)
  return errorText(source, at, `Syntax error: ${missing ? `missing '${missing}' at '<EOF>'` : text}`)
}

/** With the line of the source, and a mark below the place. */
function errorText(source: string, at: number, text: string): string {
  const before = source.slice(0, at)
  const line = before.split("\n").length
  const column = Array.from(before.slice(before.lastIndexOf("\n") + 1)).length
  const shown = source.split("\n")[line - 1]
  return `ERROR: <input>:${line}:${column + 1}: ${text}\n | ${shown}\n | ${".".repeat(column)}^`
}

/** The server points at operators, dots and opening brackets. */
function placeOf(about: Expression, positions: Positions, source: string): number {
  const own = positions[String(about.id)] ?? 0
  const { exprKind } = about
  if (exprKind.case === "selectExpr" && exprKind.value.testOnly) return source.indexOf("(", own)
  if (exprKind.case !== "callExpr") return own
  const { function: name, args } = exprKind.value
  if (name === "_?_:_") return source.lastIndexOf("?", startOf(args[1]!, positions))
  if (/^\w/.test(name) && !name.startsWith("_")) return source.indexOf("(", own)
  return own + /^\s*/.exec(source.slice(own))![0].length
}

function startOf(expression: Expression, positions: Positions): number {
  const own = positions[String(expression.id)] ?? 0
  const { exprKind } = expression
  if (exprKind.case === "selectExpr" && exprKind.value.operand) return startOf(exprKind.value.operand, positions)
  return own
}
