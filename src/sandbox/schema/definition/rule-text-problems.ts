import { fieldPath } from "../cel/field-path.ts"
import { invalid, required, unsupported } from "../problem.ts"
import type { FieldProblem, Schema, ValidationRule } from "../schema.ts"

const reasons = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"]
const hasNewLine = (text: string): boolean => /[\n\r]/.test(text)

/** What is wrong with a rule before anyone reads it as an expression. */
export function ruleTextProblems(schema: Schema, rule: ValidationRule, field: string): FieldProblem[] {
  return [
    ...textProblems(rule, field),
    ...(rule.messageExpression && rule.messageExpression.trim() === ""
      ? [required(`${field}.messageExpression`, "messageExpression must be non-empty if specified")]
      : []),
    ...(rule.reason !== undefined && !reasons.includes(rule.reason)
      ? [unsupported(`${field}.reason`, rule.reason, reasons)]
      : []),
    ...(rule.fieldPath ? pathProblems(schema, rule.fieldPath, `${field}.fieldPath`) : []),
  ]
}

function textProblems({ rule, message = "" }: ValidationRule, field: string): FieldProblem[] {
  const [text, said] = [(rule ?? "").trim(), message.trim()]
  if (text === "") return [required(`${field}.rule`, "rule is not specified")]
  if (message !== "" && said === "") return [invalid(`${field}.message`, message, "must be non-empty if specified")]
  if (hasNewLine(said)) return [invalid(`${field}.message`, message, "must not contain line breaks")]
  if (!hasNewLine(text) || said !== "") return []
  return [required(`${field}.message`, "message must be specified if rule contains line breaks")]
}

function pathProblems(schema: Schema, path: string, field: string): FieldProblem[] {
  return [
    ...(path.trim() === "" ? [invalid(field, path, "must be non-empty if specified")] : []),
    ...(hasNewLine(path) ? [invalid(field, path, "must not contain line breaks")] : []),
    ...(leadsSomewhere(schema, path) ? [] : [invalid(field, path, "must be a valid path")]),
  ]
}

function leadsSomewhere(schema: Schema, path: string): boolean {
  try {
    return fieldPath(schema, path).path !== ""
  } catch {
    return false
  }
}
