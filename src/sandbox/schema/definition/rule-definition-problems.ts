import { compileProblem } from "../cel/compile-problems.ts"
import { usesOldSelf } from "../cel/program.ts"
import { type RuleType, ruleType, unknown } from "../cel/types.ts"
import { isEmbedded } from "../fields.ts"
import { invalid } from "../problem.ts"
import { additionalOf, itemsOf, type Part, propertiesOf } from "./raw-schema.ts"
import type { FieldProblem, ValidationRule } from "../schema.ts"

/** Rules that do not compile, or ask for a past that cannot be told. */
export function ruleDefinitionProblems(here: Part, isRoot: boolean, noPast?: string): FieldProblem[] {
  const { schema, field } = here
  const rules = schema["x-kubernetes-validations"] ?? []
  const self = rules.length > 0 ? (ruleType(schema, isRoot || isEmbedded(schema)) ?? unknown) : unknown
  const itemsWithoutPast = noPast ?? (schema["x-kubernetes-list-type"] === "map" ? undefined : field)
  return [
    ...additionalOf(here).flatMap((part) => ruleDefinitionProblems(part, false, noPast)),
    ...propertiesOf(here).flatMap((part) => ruleDefinitionProblems(part, false, noPast)),
    ...itemsOf(here).flatMap((part) => ruleDefinitionProblems(part, false, itemsWithoutPast)),
    ...rules.flatMap((rule, index) => ownProblems(rule, self, `${field}.x-kubernetes-validations[${index}]`, noPast)),
  ]
}

function ownProblems(rule: ValidationRule, self: RuleType, field: string, noPast: string | undefined): FieldProblem[] {
  return [...compileProblems(rule, self, field), ...pastProblems(rule, field, noPast)]
}

function compileProblems(rule: ValidationRule, self: RuleType, field: string): FieldProblem[] {
  const oldSelf: RuleType = rule.optionalOldSelf ? { kind: "optional", of: self } : self
  const wrongRule = compileProblem(rule.rule, { self, oldSelf, result: "bool" })
  if (wrongRule) return [invalid(`${field}.rule`, shownRule(rule), wrongRule)]
  const wrongMessage =
    rule.messageExpression && compileProblem(rule.messageExpression, { self, oldSelf, result: "string" })
  return wrongMessage
    ? [invalid(`${field}.messageExpression`, shownRule(rule), `messageExpression ${wrongMessage}`)]
    : []
}

function pastProblems(rule: ValidationRule, field: string, noPast: string | undefined): FieldProblem[] {
  if (usesOldSelf(rule.rule)) {
    if (noPast === undefined) return []
    const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${noPast}`
    return [invalid(`${field}.rule`, rule.rule, detail)]
  }
  if (rule.optionalOldSelf === undefined) return []
  return [invalid(`${field}.optionalOldSelf`, rule.optionalOldSelf, "may not be set if oldSelf is not used in rule")]
}

/** The server shows rules by the names that they have inside of it. */
const shownRule = ({
  rule,
  message = "",
  messageExpression = "",
  reason,
  fieldPath = "",
  optionalOldSelf,
}: ValidationRule) => ({
  Rule: rule,
  Message: message,
  MessageExpression: messageExpression,
  Reason: reason ?? null,
  FieldPath: fieldPath,
  OptionalOldSelf: optionalOldSelf ?? null,
})
