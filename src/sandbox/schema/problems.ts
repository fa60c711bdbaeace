import { embeddedProblems } from "./values/embedded-problems.ts"
import { listProblems } from "./values/list-problems.ts"
import { invalid } from "./problem.ts"
import { hasRules, ruleProblems } from "./rules.ts"
import type { FieldProblem, ProblemType, Schema } from "./schema.ts"
import { valueProblems } from "./values/value-problems.ts"

/**
 * Everything that is wrong with an object: its types and values, what its lists repeat, and what its rules forbid.
 * Given the old object, what was wrong before and has not changed is let through.
 */
export function problemsOf(schema: Schema, value: unknown, old?: unknown): FieldProblem[] {
  const found = [
    ...withoutRepeats(valueProblems(schema, value, old)),
    ...embeddedProblems(schema, value),
    ...(old === undefined || listProblems(schema, old).length === 0 ? listProblems(schema, value) : []),
  ]
  if (!hasRules(schema)) return found
  return [...found, ...(found.some(hinderRules) ? [notChecked] : ruleProblems(schema, value, old))]
}

const hinderingTypes: ReadonlySet<ProblemType> = new Set([
  "Unsupported value",
  "Required value",
  "Too long",
  "Too many",
])

const hinderRules = ({ type, isWrongType }: FieldProblem): boolean => isWrongType === true || hinderingTypes.has(type)

const notChecked = invalid(
  "",
  null,
  "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
)

function withoutRepeats(problems: readonly FieldProblem[]): readonly FieldProblem[] {
  if (problems.length < 2) return problems
  return [...new Map(problems.map((one) => [`${one.field} ${one.type} ${one.detail}`, one])).values()]
}
