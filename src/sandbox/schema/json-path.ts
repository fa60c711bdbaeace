import { type Path, parsePath, type Step } from "./json-path-parser.ts"
import { isFields } from "./fields.ts"

/**
 * What is found at a path such as `.status.conditions[?(@.type=="Ready")].status`, as kubectl writes them.
 * Throws when the path is malformed; the returned function does not, and finds nothing where the path does not fit the value.
 */
export function jsonPath(path: string): (value: unknown) => unknown[] {
  const steps = parsePath(path)
  return (value) => {
    try {
      return follow(steps, [value])
    } catch (error) {
      if (error instanceof Misfit) return []
      throw error
    }
  }
}

/** The server gives up on a path that asks for what a value cannot have, such as an index beyond a list. */
class Misfit extends Error {}

const follow = (steps: Path, values: unknown[]): unknown[] => steps.reduce((found, step) => take(step, found), values)

function take(step: Step, values: unknown[]): unknown[] {
  switch (step.kind) {
    case "field":
      return values.flatMap((value) => (isFields(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : []))
    case "all":
      return values.flatMap(inside)
    case "everything":
      return values.flatMap(withAllInside)
    case "slice":
      return values.flatMap((value) => (value === null || value === undefined ? [] : sliceOf(step, value)))
    case "union":
      return step.paths.flatMap((path) => follow(path, values))
    case "filter":
      return values.flatMap((value) => listOf(value).filter((item) => passes(step, item)))
    case "literal":
      return values.map(() => step.value)
    case "unknown":
      throw new Misfit(step.word)
  }
}

const inside = (value: unknown): unknown[] =>
  Array.isArray(value)
    ? value
    : isFields(value)
      ? Object.values(value)
      : typeof value === "string"
        ? Array.from(value)
        : []

function withAllInside(value: unknown): unknown[] {
  const parts = typeof value === "string" ? [] : inside(value)
  return parts.length > 0 ? [value, ...parts.flatMap(withAllInside)] : []
}

function listOf(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new Misfit("not a list")
  return value
}

function sliceOf({ start, end, step, isSingle }: Extract<Step, { kind: "slice" }>, value: unknown): unknown[] {
  const list = listOf(value)
  const { length } = list
  const from = start === undefined ? 0 : start < 0 ? start + length : start
  const to = end === undefined ? length : end < 0 || (end === 0 && isSingle) ? end + length : end
  if (from === to) return []
  if (from < 0 || from >= length || to < 0 || to > length || from > to) throw new Misfit("out of bounds")
  return list.slice(from, to).filter((_, index) => index % step === 0)
}

function passes({ left, operator, right }: Extract<Step, { kind: "filter" }>, item: unknown): boolean {
  if (operator === "exists") return existing(left, item).length > 0
  const lefts = follow(left, [item])
  const rights = follow(right, [item])
  if (lefts.length === 0 || rights.length === 0) return false
  if (lefts.length > 1 || rights.length > 1) throw new Misfit("can only compare one element at a time")
  return compare(lefts[0], operator, rights[0])
}

function existing(path: Path, item: unknown): unknown[] {
  try {
    return follow(path, [item])
  } catch (error) {
    if (error instanceof Misfit) return []
    throw error
  }
}

function compare(left: unknown, operator: string, right: unknown): boolean {
  if (typeof left !== typeof right || !["string", "number", "boolean"].includes(typeof left)) {
    throw new Misfit("incompatible types for comparison")
  }
  const [one, other] = [left as string, right as string]
  switch (operator) {
    case "==":
      return one === other
    case "!=":
      return one !== other
    case "<":
      return one < other
    case "<=":
      return one <= other
    case ">":
      return one > other
    case ">=":
      return one >= other
    default:
      throw new Misfit(`unrecognized filter operator ${operator}`)
  }
}
