import { dropName } from "../labels.ts"
import { aggregate, aggregateQuantile, best, countValues } from "./aggregate.ts"
import { combine, combineSets, withScalar } from "./binary.ts"
import { called } from "./calls.ts"
import { setOperators, typeOf } from "./check.ts"
import type { Aggregation, Binary, Call, Expression, Sign } from "./expression.ts"
import { type Evaluation, type Moment, textOf } from "./moment.ts"
import { ofScalars } from "./operators.ts"
import { linesOf } from "./ranges.ts"
import { latest } from "./selectors.ts"
import { distinct, type Element, type Value, warnOfQuantile } from "./values.ts"

/** Throws `EvaluationProblem`. */
export function evaluate(expression: Expression, atMs: number, run: Evaluation): Value {
  const moment = momentAt(atMs, run)
  switch (typeOf(expression)) {
    case "scalar":
      return { type: "scalar", value: moment.scalar(expression) }
    case "string":
      return { type: "string", value: textOf(expression) }
    case "instant vector":
      return { type: "vector", elements: moment.vector(expression) }
    case "range vector":
      return { type: "matrix", lines: linesOf(expression, moment) }
  }
}

function momentAt(atMs: number, run: Evaluation): Moment {
  const moment: Moment = {
    atMs,
    run,
    scalar: (expression) => scalar(expression, moment),
    vector: (expression) => vector(expression, moment),
    another: (otherMs) => momentAt(otherMs, run),
  }
  return moment
}

function scalar(expression: Expression, moment: Moment): number {
  switch (expression.kind) {
    case "number":
      return expression.value
    case "parentheses":
      return scalar(expression.expression, moment)
    case "sign":
      return expression.negative ? -scalar(expression.expression, moment) : scalar(expression.expression, moment)
    case "binary":
      return ofScalars(expression.operator, scalar(expression.left, moment), scalar(expression.right, moment))
    case "call":
      return scalarCall(expression, moment)
    default:
      throw new TypeError(`${expression.kind} is no scalar`)
  }
}

function scalarCall({ name, args }: Call, { atMs, vector: elementsOf }: Moment): number {
  if (name === "pi") return Math.PI
  if (name === "time") return atMs / 1000
  const elements = elementsOf(args[0]!)
  return elements.length === 1 ? elements[0]!.value : NaN
}

function vector(expression: Expression, moment: Moment): Element[] {
  switch (expression.kind) {
    case "selector":
      return latest(expression, moment, ({ value }) => value)
    case "parentheses":
      return vector(expression.expression, moment)
    case "sign":
      return signed(expression, moment)
    case "aggregation":
      return aggregated(expression, moment)
    case "binary":
      return ofBoth(expression, moment)
    case "call":
      return called(expression, moment)
    default:
      throw new TypeError(`${expression.kind} is no instant vector`)
  }
}

function signed({ negative, expression }: Sign, moment: Moment): Element[] {
  const elements = vector(expression, moment)
  if (!negative) return elements
  return distinct(elements.map(({ labels, value }) => ({ labels: dropName(labels), value: -value })))
}

function aggregated(aggregation: Aggregation, moment: Moment): Element[] {
  const { operator, parameter, expression } = aggregation
  const elements = vector(expression, moment)
  if (!parameter) return aggregate(operator, aggregation, elements)
  if (operator === "count_values") return countValues(textOf(parameter), aggregation, elements)
  const number = scalar(parameter, moment)
  if (operator === "topk" || operator === "bottomk") return best(operator, number, aggregation, elements)
  warnOfQuantile(number, parameter, moment.run.notes)
  return aggregateQuantile(number, aggregation, elements)
}

function ofBoth(binary: Binary, moment: Moment): Element[] {
  const { operator, left, right, matching } = binary
  if (typeOf(right) === "scalar") return withScalar(binary, vector(left, moment), scalar(right, moment), "right")
  if (typeOf(left) === "scalar") return withScalar(binary, vector(right, moment), scalar(left, moment), "left")
  const [leftOnes, rightOnes] = [vector(left, moment), vector(right, moment)]
  if (setOperators.has(operator)) return combineSets(operator, leftOnes, rightOnes, matching)
  return combine(binary, leftOnes, rightOnes, matching)
}
