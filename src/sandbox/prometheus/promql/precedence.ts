import type { Binary, Expression, Sign } from "./expression.ts"

const strength: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  "==": 3,
  "!=": 3,
  "<": 3,
  "<=": 3,
  ">": 3,
  ">=": 3,
  "+": 4,
  "-": 4,
  "*": 5,
  "/": 5,
  "%": 5,
  atan2: 5,
  "^": 6,
}

/**
 * The grammar lets `a + b offset 1m` shift both, and takes `-1` for a number even before a power. To Prometheus what stands
 * behind an operand belongs to that operand alone, and then come powers, signs and the other operators. So a modifier is handed
 * to the last operand, and operators are put in order again.
 */
export function ofLastOperand(
  expression: Expression,
  to: number,
  change: (operand: Expression) => Expression,
): Expression {
  if (expression.kind === "binary") return { ...expression, to, right: ofLastOperand(expression.right, to, change) }
  if (expression.kind === "sign")
    return { ...expression, to, expression: ofLastOperand(expression.expression, to, change) }
  return change(expression)
}

export function inOrder(binary: Binary): Binary | Sign {
  const { left, operator, to } = binary
  if (left.kind === "sign" && operator === "^")
    return { ...left, to, expression: inOrder({ ...binary, from: left.expression.from, left: left.expression }) }
  if (left.kind !== "binary" || !bindsMore(operator, left.operator)) return binary
  return { ...left, to, right: inOrder({ ...binary, from: left.right.from, left: left.right }) }
}

/** Powers are taken from the right. */
const bindsMore = (operator: string, other: string): boolean =>
  strength[operator]! > strength[other]! || (operator === "^" && other === "^")
