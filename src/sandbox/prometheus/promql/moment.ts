import type { Series } from "../series-index.ts"
import type { Selectable } from "../store.ts"
import type { Expression, Selector, Shift } from "./expression.ts"
import { type Element, EvaluationProblem, type Notes } from "./values.ts"

/** What stays the same while a query is evaluated at one time after the other. */
export interface Evaluation {
  readonly store: Selectable
  /** How old the last point of a series may be. */
  readonly lookbackMs: number
  /** What `@ start()` and `@ end()` mean. */
  readonly startMs: number
  readonly endMs: number
  /** Between the evaluations of a subquery that does not say. */
  readonly subqueryStepMs: number
  readonly notes: Notes
  readonly selected: Map<Selector, readonly Series[]>
  /** How many points may still be read. */
  budget: number
}

/** Evaluates the parts of a query at one time. */
export interface Moment {
  readonly atMs: number
  readonly run: Evaluation
  scalar(expression: Expression): number
  vector(expression: Expression): Element[]
  another(atMs: number): Moment
}

/** Times are whole milliseconds: what is `lengthMs` before the end is outside, as in Prometheus 3. */
export const earliestIn = (endMs: number, lengthMs: number): number => endMs - lengthMs + 1

export function shiftedTime({ atMs, offsetMs = 0 }: Shift, moment: Moment): number {
  const { startMs, endMs } = moment.run
  const pinned = atMs === "start" ? startMs : atMs === "end" ? endMs : atMs
  return (pinned ?? moment.atMs) - offsetMs
}

export function selectedBy(selector: Selector, { run }: Moment): readonly Series[] {
  let series = run.selected.get(selector)
  if (!series) run.selected.set(selector, (series = run.store.select(selector.matchers)))
  return series
}

/** Throws `EvaluationProblem` when a query would keep the process busy for too long. */
export function spend(run: Evaluation, points: number): void {
  run.budget -= points
  if (run.budget < 0)
    throw new EvaluationProblem("query processing would load too many samples into memory in query execution")
}

export const bare = (expression: Expression): Expression =>
  expression.kind === "parentheses" ? bare(expression.expression) : expression

export const textOf = (expression: Expression): string => (bare(expression) as { value: string }).value
