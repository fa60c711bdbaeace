import type { Schema, ValidationRule } from "../schema.ts"
import { fieldPath } from "./field-path.ts"
import { type Program, programOf, usesOldSelf } from "./program.ts"

export interface Rule extends ValidationRule {
  /** How it is called in problems. */
  title: string
  program: Program | Error
  usesOldSelf: boolean
  messageProgram?: Program
  /** Below the value. */
  shownPath: string
}

const rulesBySchema = new WeakMap<Schema, readonly Rule[]>()

/** Compiled when they are first asked for. */
export function rulesOf(schema: Schema): readonly Rule[] {
  const known = rulesBySchema.get(schema)
  if (known) return known
  const rules = schema["x-kubernetes-validations"]!.map((rule) => compiled(schema, rule))
  rulesBySchema.set(schema, rules)
  return rules
}

function compiled(schema: Schema, rule: ValidationRule): Rule {
  return {
    ...rule,
    title: (rule.message || rule.rule).trim(),
    program: tried(() => programOf(rule.rule)),
    usesOldSelf: usesOldSelf(rule.rule),
    messageProgram: rule.messageExpression ? programOrNothing(rule.messageExpression) : undefined,
    shownPath: rule.fieldPath ? fieldPath(schema, rule.fieldPath).path : "",
  }
}

function tried<T>(make: () => T): T | Error {
  try {
    return make()
  } catch (error) {
    return error as Error
  }
}

function programOrNothing(source: string): Program | undefined {
  const program = tried(() => programOf(source))
  return program instanceof Error ? undefined : program
}
