import { METRIC_NAME } from "../labels.ts"
import { type Aggregation, type Binary, type Call, type Expression, problemAt, type ValueType } from "./expression.ts"
import type { Selector } from "./expression.ts"
import { functions } from "./functions.ts"

const comparisons: ReadonlySet<string> = new Set(["==", "!=", "<", ">", "<=", ">="])
export const setOperators: ReadonlySet<string> = new Set(["and", "or", "unless"])

export function typeOf(expression: Expression): ValueType {
  switch (expression.kind) {
    case "number":
      return "scalar"
    case "text":
      return "string"
    case "range":
    case "subquery":
      return "range vector"
    case "call":
      return functions.get(expression.name)!.returns
    case "binary":
      return typeOf(expression.left) === "scalar" && typeOf(expression.right) === "scalar" ? "scalar" : "instant vector"
    case "sign":
    case "parentheses":
      return typeOf(expression.expression)
    default:
      return "instant vector"
  }
}

/** Throws `ParseProblem` where a part is of another type than its place wants, or an operator is used as it may not be. */
export function checkTypes(expression: Expression, query: string): void {
  const check = (inner: Expression) => checkTypes(inner, query)
  const fail = ({ from }: { from: number }, text: string): never => {
    throw problemAt(query, from, text)
  }
  const expect = (inner: Expression, wanted: ValueType, where: string) => {
    check(inner)
    const type = typeOf(inner)
    if (type !== wanted) fail(inner, `expected type ${wanted} in ${where}, got ${type}`)
  }
  const checks = { check, fail, expect }
  switch (expression.kind) {
    case "selector":
      return checkSelector(expression, checks)
    case "range":
      return check(expression.selector)
    case "subquery":
      return checkSubquery(expression, checks)
    case "parentheses":
      return check(expression.expression)
    case "sign":
      return checkSign(expression, checks)
    case "aggregation":
      return checkAggregation(expression, checks)
    case "call":
      return checkCall(expression, checks)
    case "binary":
      return checkBinary(expression, query, checks)
  }
}

interface Checks {
  check(inner: Expression): void
  fail(where: { from: number }, text: string): never
  expect(inner: Expression, wanted: ValueType, where: string): void
}

const isValue = (expression: Expression): boolean => ["scalar", "instant vector"].includes(typeOf(expression))

function checkSelector(selector: Selector, { fail }: Checks): void {
  const { name, matchers } = selector
  if (name !== undefined) {
    const again = matchers.slice(0, -1).find((matcher) => matcher.name === METRIC_NAME)
    if (again) fail(selector, `metric name must not be set twice: "${name}" or "${again.value}"`)
  } else if (matchers.every(({ matches }) => matches(""))) {
    fail(selector, "vector selector must contain at least one non-empty matcher")
  }
}

function checkSubquery(subquery: Extract<Expression, { kind: "subquery" }>, { check, fail }: Checks): void {
  check(subquery.expression)
  const type = typeOf(subquery.expression)
  const name = { "range vector": "matrix", "instant vector": "vector", scalar: "scalar", string: "string" }[type]
  if (name !== "vector") fail(subquery, `subquery is only allowed on instant vector, got ${name} instead`)
}

function checkSign(sign: Extract<Expression, { kind: "sign" }>, { check, fail }: Checks): void {
  check(sign.expression)
  const got = typeOf(sign.expression)
  if (isValue(sign.expression)) return
  fail(sign, `unary expression only allowed on expressions of type scalar or instant vector, got "${got}"`)
}

function checkAggregation({ operator, parameter, expression }: Aggregation, { expect }: Checks): void {
  expect(expression, "instant vector", "aggregation expression")
  if (parameter) expect(parameter, operator === "count_values" ? "string" : "scalar", "aggregation parameter")
}

function checkCall(call: Call, { fail, expect }: Checks): void {
  const { args, optional, repeated } = functions.get(call.name)!
  const got = call.args.length
  const text = (many: string, count: number) =>
    `expected ${many}${count} argument(s) in call to "${call.name}", got ${got}`
  if (got < args.length - optional || (got > args.length && !repeated)) {
    if (!optional) fail(call, text("", args.length))
    fail(call, got > args.length ? text("at most ", args.length) : text("at least ", args.length - optional))
  }
  for (const [index, arg] of call.args.entries())
    expect(arg, args[Math.min(index, args.length - 1)]!, `call to function "${call.name}"`)
}

function checkBinary(binary: Binary, query: string, checks: Checks): void {
  const { operator, bool, matching, left, right } = binary
  const { check, fail } = checks
  check(left)
  check(right)
  const at = { from: left.to + /^\s*/.exec(query.slice(left.to))![0].length }
  if (bool && !comparisons.has(operator)) fail(at, "bool modifier can only be used on comparison operators")
  const scalars = [left, right].filter((side) => typeOf(side) === "scalar").length
  if (comparisons.has(operator) && !bool && scalars === 2)
    fail(at, "comparisons between scalars must use BOOL modifier")
  const twice = matching?.on ? matching.labels.find((label) => matching.include.includes(label)) : undefined
  if (twice !== undefined) fail(at, `label "${twice}" must not occur in ON and GROUP clause at once`)
  for (const side of [left, right])
    if (!isValue(side)) fail(side, "binary expression must contain only scalar and instant vector types")
  checkMatching(binary, scalars, checks)
}

function checkMatching(binary: Binary, scalars: number, { fail }: Checks): void {
  const { operator, matching } = binary
  if (scalars > 0 && matching?.labels.length) fail(binary, "vector matching only allowed between instant vectors")
  if (!setOperators.has(operator)) return
  if (scalars > 0) fail(binary, `set operator "${operator}" not allowed in binary scalar expression`)
  if (matching?.many) fail(binary, `no grouping allowed for "${operator}" operation`)
}
