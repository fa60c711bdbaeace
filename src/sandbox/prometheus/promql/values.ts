import { goFloat } from "#core/text/go-number.ts"
import { keyOf, type Labels } from "../labels.ts"
import { type Place, placeText } from "./expression.ts"

/** One element of an instant vector. */
export interface Element {
  readonly labels: Labels
  readonly value: number
}

export interface Line {
  readonly labels: Labels
  readonly times: readonly number[]
  readonly values: readonly number[]
}

export type Value =
  | { readonly type: "scalar"; readonly value: number }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "vector"; readonly elements: readonly Element[] }
  | { readonly type: "matrix"; readonly lines: readonly Line[] }

/** The query was understood and cannot be answered. */
export class EvaluationProblem extends Error {
  override readonly name = "EvaluationProblem"
}

/** Gathers what is remarkable about an answer, each remark once. */
export interface Notes {
  readonly warnings: ReadonlySet<string>
  readonly infos: ReadonlySet<string>
  warn(text: string, where: Place): void
  inform(text: string, where: Place): void
}

export function createNotes(query: string): Notes {
  const warnings = new Set<string>()
  const infos = new Set<string>()
  const add = (to: Set<string>, kind: string, text: string, { from }: Place) =>
    to.add(`PromQL ${kind}: ${text} (${placeText(query, from)})`)
  return {
    warnings,
    infos,
    warn: (text, where) => add(warnings, "warning", text, where),
    inform: (text, where) => add(infos, "info", text, where),
  }
}

export function warnOfQuantile(quantile: number, where: Place, notes: Notes): void {
  if (quantile >= 0 && quantile <= 1) return
  notes.warn(`quantile value should be between 0 and 1, got ${goFloat(quantile)}`, where)
}

/** Throws when two elements have the same labels, which happens when names fall away. */
export function distinct<T extends { readonly labels: Labels }>(elements: T[]): T[] {
  if (elements.length > 1 && new Set(elements.map(({ labels }) => keyOf(labels))).size < elements.length)
    throw new EvaluationProblem("vector cannot contain metrics with the same labelset")
  return elements
}
