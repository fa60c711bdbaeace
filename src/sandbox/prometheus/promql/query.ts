import { compareLabels, keyOf, type Labels, noLabels } from "../labels.ts"
import type { Selectable } from "../store.ts"
import { typeOf } from "./check.ts"
import { evaluate } from "./evaluate.ts"
import { type Expression, ParseProblem } from "./expression.ts"
import type { Evaluation } from "./moment.ts"
import { parse } from "./parse.ts"
import { createNotes, type Notes, type Value } from "./values.ts"

export interface Answer {
  readonly value: Value
  readonly notes: Notes
}

export interface QueryOptions {
  lookbackMs?: number
}

const FIVE_MINUTES_MS = 300_000
const SUBQUERY_STEP_MS = 60_000
const MAX_REMEMBERED = 500
/** As in Prometheus. */
const MAX_POINTS = 50_000_000

const remembered = new Map<string, Expression>()

/** Reading a query takes longer than answering it, and the same ones come again and again. */
function read(query: string): Expression {
  const known = remembered.get(query)
  if (known) return known
  const expression = parse(query)
  if (remembered.size >= MAX_REMEMBERED) remembered.clear()
  remembered.set(query, expression)
  return expression
}

/** Throws `ParseProblem` or `EvaluationProblem`. */
export function queryAt(query: string, atMs: number, store: Selectable, options: QueryOptions = {}): Answer {
  const expression = read(query)
  const run = evaluation(query, store, atMs, atMs, options)
  return { value: evaluate(expression, atMs, run), notes: run.notes }
}

export interface Steps {
  readonly startMs: number
  readonly endMs: number
  readonly stepMs: number
}

/** The answers at one time after the other, by series. */
export function queryRange(query: string, steps: Steps, store: Selectable, options: QueryOptions = {}): Answer {
  const expression = read(query)
  const type = typeOf(expression)
  if (type !== "scalar" && type !== "instant vector")
    throw new ParseProblem(`invalid expression type "${type}" for range query, must be Scalar or instant Vector`)
  const run = evaluation(query, store, steps.startMs, steps.endMs, options)
  const lines = new Map<string, { labels: Labels; times: number[]; values: number[] }>()
  for (let ms = steps.startMs; ms <= steps.endMs; ms += steps.stepMs) {
    const value = evaluate(expression, ms, run)
    for (const element of elementsOf(value)) {
      const key = keyOf(element.labels)
      let line = lines.get(key)
      if (!line) lines.set(key, (line = { labels: element.labels, times: [], values: [] }))
      line.times.push(ms)
      line.values.push(element.value)
    }
  }
  const sorted = [...lines.values()].toSorted((a, b) => compareLabels(a.labels, b.labels))
  return { value: { type: "matrix", lines: sorted }, notes: run.notes }
}

function elementsOf(value: Value) {
  if (value.type === "vector") return value.elements
  return value.type === "scalar" ? [{ labels: noLabels, value: value.value }] : []
}

const evaluation = (
  query: string,
  store: Selectable,
  startMs: number,
  endMs: number,
  { lookbackMs = FIVE_MINUTES_MS }: QueryOptions,
): Evaluation => ({
  store,
  lookbackMs,
  startMs,
  endMs,
  subqueryStepMs: SUBQUERY_STEP_MS,
  notes: createNotes(query),
  selected: new Map(),
  budget: MAX_POINTS,
})
