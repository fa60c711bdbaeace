import { forbidden, invalid, required } from "../schema/problem.ts"
import type { FieldProblem } from "../schema/schema.ts"
import { each, textProblems } from "./checks.ts"
import { labelValue, qualifiedName } from "./text-rules.ts"

export type Labels = Readonly<Record<string, string>>

export interface LabelSelector {
  matchLabels?: Labels
  matchExpressions?: readonly Requirement[]
}

interface Requirement {
  key: string
  operator: string
  values?: readonly string[]
}

export const isEmptySelector = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean =>
  Object.keys(matchLabels).length + matchExpressions.length === 0

export const selects = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels): boolean =>
  Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
  matchExpressions.every((requirement) => holds(requirement, labels))

function holds({ key, operator, values = [] }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value)
    case "NotIn":
      return value === undefined || !values.includes(value)
    case "Exists":
      return value !== undefined
    default:
      return value === undefined
  }
}

export const selectorProblems = (path: string, selector: LabelSelector | undefined): FieldProblem[] => [
  ...labelProblems(`${path}.matchLabels`, selector?.matchLabels),
  ...each(`${path}.matchExpressions`, selector?.matchExpressions, requirementProblems),
]

function requirementProblems({ key, operator, values = [] }: Requirement, path: string): FieldProblem[] {
  return [
    ...operatorProblems(path, operator, values),
    ...textProblems(`${path}.key`, key, qualifiedName),
    ...each(`${path}.values`, values, (value, path) => textProblems(path, value, labelValue)),
  ]
}

function operatorProblems(path: string, operator: string, values: readonly string[]): FieldProblem[] {
  switch (operator) {
    case "In":
    case "NotIn":
      return values.length > 0
        ? []
        : [required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")]
    case "Exists":
    case "DoesNotExist":
      return values.length === 0
        ? []
        : [forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")]
    default:
      return [invalid(`${path}.operator`, operator, "not a valid selector operator")]
  }
}

export const labelProblems = (path: string, labels: Labels | undefined): FieldProblem[] =>
  Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...textProblems(path, key, qualifiedName),
    ...textProblems(path, value, labelValue),
  ])

/** As in `app=web,tier=front`. */
export const labelsText = (labels: Labels | undefined): string =>
  Object.entries(labels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .toSorted()
    .join(",") || "<none>"

/** As in `app=web,tier in (back,front)`. */
export const selectorText = (selector: LabelSelector | undefined): string =>
  [
    ...Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => [key, `${key}=${value}`] as const),
    ...(selector?.matchExpressions ?? []).map(
      (requirement) => [requirement.key, requirementText(requirement)] as const,
    ),
  ]
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, text]) => text)
    .join(",")

function requirementText({ key, operator, values = [] }: Requirement): string {
  if (operator === "Exists") return key
  if (operator === "DoesNotExist") return `!${key}`
  return `${key} ${operator === "In" ? "in" : "notin"} (${values.toSorted().join(",")})`
}
