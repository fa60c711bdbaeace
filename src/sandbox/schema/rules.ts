import type { CelInput } from "@bufbuild/cel"
import { type Rule, rulesOf } from "./cel/compiled-rules.ts"
import type { Program } from "./cel/program.ts"
import { none, some } from "./cel/library/optionals.ts"
import { celValue } from "./cel/values.ts"
import { childPath, type Fields, isEmbedded, isFields, othersOf, propertyOf } from "./fields.ts"
import { mention } from "./mentions.ts"
import { duplicate, forbidden, invalid, required } from "./problem.ts"
import type { FieldProblem, Schema } from "./schema.ts"
import { isUnchanged, noOld, oldField, oldItems } from "./unchanged.ts"

export const hasRules = mention((schema) => (schema["x-kubernetes-validations"]?.length ?? 0) > 0)

/** What the rules (x-kubernetes-validations) of a schema find wrong. */
export function ruleProblems(schema: Schema, value: unknown, old: unknown): FieldProblem[] {
  const place = { path: "", before: old ?? noOld, correlated: old ?? noOld, isInUnchanged: () => false }
  return problemsAt(schema, value, place)
}

interface Place {
  path: string
  /** What rules see as `oldSelf`. */
  before: unknown
  /** What tells whether the value has changed. */
  correlated: unknown
  /** Of a value whose past cannot be told: whether it is part of something unchanged. */
  isInUnchanged: () => boolean
}

function problemsAt(schema: Schema, value: unknown, place: Place): FieldProblem[] {
  if (value === null || value === undefined || !hasRules(schema)) return []
  const isInUnchanged = () =>
    place.correlated === noOld ? place.isInUnchanged() : isUnchanged(schema, value, place.correlated)
  const own = schema["x-kubernetes-validations"]?.length ? ownProblems(schema, value, place, isInUnchanged) : []
  if (Array.isArray(value)) return [...own, ...itemProblems(schema, value, place, isInUnchanged)]
  return isFields(value) ? [...own, ...insideProblems(schema, value, place, isInUnchanged)] : own
}

type Asked = Place["isInUnchanged"]

function itemProblems(schema: Schema, items: readonly unknown[], place: Place, isInUnchanged: Asked): FieldProblem[] {
  const { items: item } = schema
  if (!item) return []
  const before = oldItems(schema, place.before)
  const correlated = oldItems(schema, place.correlated)
  return items.flatMap((one, index) =>
    problemsAt(item, one, {
      path: `${place.path}[${index}]`,
      before: before(one),
      correlated: correlated(one),
      isInUnchanged,
    }),
  )
}

function insideProblems(schema: Schema, fields: Fields, place: Place, isInUnchanged: Asked): FieldProblem[] {
  const { path, before, correlated } = place
  return Object.entries(fields).flatMap(([name, field]) => {
    const property = propertyOf(schema, name)
    const inside = property ?? othersOf(schema)
    if (!inside) return []
    return problemsAt(inside, field, {
      path: property ? childPath(path, name) : `${path}[${name}]`,
      before: isFields(before) && Object.hasOwn(before, name) ? before[name] : noOld,
      correlated: oldField(schema, fields, correlated, name, path === ""),
      isInUnchanged,
    })
  })
}

function ownProblems(schema: Schema, value: unknown, place: Place, isOld: Asked): FieldProblem[] {
  const isRoot = place.path === "" || isEmbedded(schema)
  const self = celValue(schema, value, isRoot)
  const hasOld = place.before !== noOld && place.before !== null
  const oldSelf = hasOld ? celValue(schema, place.before, isRoot) : undefined
  return rulesOf(schema).flatMap((rule): FieldProblem[] => {
    const { program, title } = rule
    const failed = (text: string) => [invalid(place.path, schema.type ?? "", text)]
    if (program instanceof Error) return failed(`rule compile error: ${program.message}`)
    if (rule.usesOldSelf && !hasOld && !rule.optionalOldSelf) return []
    const variables = { self, ...oldVariable(rule, oldSelf) }
    try {
      if (program(variables) === true) return []
    } catch (error) {
      return failed(evaluationText((error as Error).message, title))
    }
    if (!rule.usesOldSelf && isOld()) return []
    return [problemOf(rule, place.path, shownValue(schema, value), detailOf(rule, variables))]
  })
}

function oldVariable({ optionalOldSelf }: Rule, oldSelf: CelInput | undefined): Record<string, CelInput> {
  if (optionalOldSelf) return { oldSelf: oldSelf === undefined ? none() : some(oldSelf) }
  return oldSelf === undefined ? {} : { oldSelf }
}

const shownValue = ({ type }: Schema, value: unknown): unknown =>
  type === "object" || type === "array" ? undefined : value

function problemOf({ reason, shownPath }: Rule, path: string, value: unknown, detail: string): FieldProblem {
  const field = shownPath ? childPath(path, shownPath) : path
  if (reason === "FieldValueForbidden") return forbidden(field, detail)
  if (reason === "FieldValueRequired") return required(field, detail)
  return reason === "FieldValueDuplicate" ? duplicate(field, value) : invalid(field, value, detail)
}

const MOST_MESSAGE_BYTES = 5 * 1024

function detailOf({ messageProgram, message, title }: Rule, variables: Record<string, CelInput>): string {
  const made = messageProgram && messageOf(messageProgram, variables)
  return made ?? (message ? message.trim() : `failed rule: ${title}`)
}

/** Undefined where it cannot be shown. */
function messageOf(program: Program, variables: Record<string, CelInput>): string | undefined {
  try {
    const made = program(variables)
    const text = typeof made === "string" ? made.trim() : ""
    return text === "" || text.includes("\n") || Buffer.byteLength(text) > MOST_MESSAGE_BYTES ? undefined : text
  } catch {
    return undefined
  }
}

function evaluationText(why: string, title: string): string {
  if (why !== "no such overload") return `${why} evaluating rule: ${title}`
  return `'no such overload': call arguments did not match a supported operator, function or macro signature for rule: ${title}`
}
