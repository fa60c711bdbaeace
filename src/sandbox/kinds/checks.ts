import { isDeepStrictEqual } from "node:util"
import { forbidden, invalid, required, unsupported } from "../schema/problem.ts"
import type { FieldProblem } from "../schema/schema.ts"
import { percent, portName, portNumber, type TextRule } from "./text-rules.ts"

/** Checks of one field that many kinds need. `path` is as in `spec.replicas`. */
export const textProblems = (path: string, text: string, rule: TextRule): FieldProblem[] =>
  rule(text).map((detail) => invalid(path, text, detail))

export const requiredText = (path: string, text: string | undefined, rule: TextRule): FieldProblem[] =>
  text ? textProblems(path, text, rule) : [required(path)]

export const notNegative = (path: string, value: number | undefined): FieldProblem[] =>
  value !== undefined && value < 0 ? [invalid(path, value, "must be greater than or equal to 0")] : []

export const immutable = (path: string, value: unknown, old: unknown): FieldProblem[] =>
  isDeepStrictEqual(value, old) ? [] : [invalid(path, value, "field is immutable")]

export const notWhen = (isWrong: boolean, path: string, detail: string): FieldProblem[] =>
  isWrong ? [forbidden(path, detail)] : []

export const portNumberProblems = (path: string, port: number): FieldProblem[] =>
  portNumber(port).map((detail) => invalid(path, port, detail))

export const portProblems = (path: string, port: number | string): FieldProblem[] =>
  typeof port === "number" ? portNumberProblems(path, port) : textProblems(path, port, portName)

/** A number of pods, or a part of them. */
export function portionProblems(path: string, portion: number | string | undefined): FieldProblem[] {
  if (portion === undefined) return []
  return typeof portion === "number" ? notNegative(path, portion) : textProblems(path, portion, percent)
}

export const notAboveAll = (path: string, portion: number | string | undefined): FieldProblem[] =>
  typeof portion === "string" && /^\d+%$/.test(portion) && parseInt(portion, 10) > 100
    ? [invalid(path, portion, "must not be greater than 100%")]
    : []

export const isZeroPortion = (portion: number | string | undefined): boolean =>
  portion === undefined || parseInt(String(portion), 10) === 0

/** Runs a check for every item of a list, with the path of the item. */
export const each = <Item>(
  path: string,
  items: readonly Item[] | undefined | null,
  check: (item: Item, path: string, index: number) => FieldProblem[],
): FieldProblem[] => (items ?? []).flatMap((item, index) => check(item, `${path}[${index}]`, index))

/** In the order in which the server lists the words. */
export const oneOf = (path: string, value: string, words: readonly string[]): FieldProblem[] =>
  words.includes(value) ? [] : [unsupported(path, value, words)]

export const protocols = ["SCTP", "TCP", "UDP"]
