import { invalid, required } from "../../schema/problem.ts"
import type { FieldProblem } from "../../schema/schema.ts"
import { textProblems } from "../checks.ts"
import { parseQuantity } from "../quantity.ts"
import { qualifiedName } from "../text-rules.ts"

type Amounts = Readonly<Record<string, string>>

/** What a container asks for and what bounds it. */
export function resourceProblems(
  resources: { limits?: Amounts; requests?: Amounts } = {},
  path: string,
): FieldProblem[] {
  const { limits = {}, requests = {} } = resources
  return [
    ...Object.entries(limits).flatMap(([name, amount]) => amountProblems(`${path}.limits[${name}]`, name, amount)),
    ...Object.entries(requests).flatMap(([name, amount]) => [
      ...amountProblems(`${path}.requests[${name}]`, name, amount),
      ...withinLimit(path, name, amount, limits[name]),
    ]),
  ]
}

const forContainers = /^(cpu|memory|ephemeral-storage|hugepages-.+)$/

const amountProblems = (path: string, name: string, amount: string): FieldProblem[] => [
  ...resourceNameProblems(path, name),
  ...notBelowZero(path, amount),
]

export const notBelowZero = (path: string, amount: string): FieldProblem[] =>
  parseQuantity(amount) < 0 ? [invalid(path, amount, "must be greater than or equal to 0")] : []

function resourceNameProblems(path: string, name: string): FieldProblem[] {
  const problems = textProblems(path, name, qualifiedName)
  if (problems.length > 0 || name.includes("/") || forContainers.test(name)) return problems
  return [
    invalid(path, name, "must be a standard resource type or fully qualified"),
    invalid(path, name, "must be a standard resource for containers"),
  ]
}

/** Of what cannot be shared, as much must be asked for as is allowed. */
const isShared = (name: string): boolean => !name.startsWith("hugepages-") && !name.includes("/")

function withinLimit(path: string, name: string, amount: string, limit: string | undefined): FieldProblem[] {
  if (limit === undefined) {
    return isShared(name) ? [] : [required(`${path}.limits`, "Limit must be set for non overcommitable resources")]
  }
  const difference = parseQuantity(amount) - parseQuantity(limit)
  if (difference !== 0 && !isShared(name)) {
    return [invalid(`${path}.requests`, amount, `must be equal to ${name} limit of ${limit}`)]
  }
  if (difference <= 0) return []
  return [invalid(`${path}.requests`, amount, `must be less than or equal to ${name} limit of ${limit}`)]
}
