import { keyOf, type Labels } from "../labels.ts"
import { emptyWindow, pushPoint, readPoints, type Window } from "../points.ts"
import type { Expression, RangeSelector, Shift, Subquery } from "./expression.ts"
import { bare, earliestIn, type Moment, selectedBy, shiftedTime, spend } from "./moment.ts"
import type { Span } from "./rates.ts"
import type { Line } from "./values.ts"

/** The points are those of the moment only: the next series is read into the same place. */
type Visit = (labels: Labels, points: Window, span: Span) => void

/** Visits the series that have points in a range. */
export function eachSeries(expression: Expression, moment: Moment, visit: Visit): void {
  const range = bare(expression) as RangeSelector | Subquery
  if (range.kind === "subquery") return eachOfSubquery(range, moment, visit)
  const span = spanOf(range.selector, range.rangeMs, moment)
  const points = emptyWindow()
  for (const series of selectedBy(range.selector, moment)) {
    readPoints(series.points, earliestIn(span.endMs, range.rangeMs), span.endMs, points)
    spend(moment.run, points.length)
    if (points.length) visit(series.labels, points, span)
  }
}

export function linesOf(expression: Expression, moment: Moment): Line[] {
  const lines: Line[] = []
  eachSeries(expression, moment, (labels, { times, values, length }) =>
    lines.push({ labels, times: [...times.subarray(0, length)], values: [...values.subarray(0, length)] }),
  )
  return lines
}

function spanOf(shift: Shift, rangeMs: number, moment: Moment): Span {
  const endMs = shiftedTime(shift, moment)
  return { startMs: endMs - rangeMs, endMs, atMs: moment.atMs }
}

/** An evaluation takes as long as reading so many points. */
const EVALUATION_COST = 100

/** At whole multiples of the step, so that it does not matter when one asks. */
function eachOfSubquery(subquery: Subquery, moment: Moment, visit: Visit): void {
  const { expression, rangeMs, stepMs = moment.run.subqueryStepMs } = subquery
  const span = spanOf(subquery, rangeMs, moment)
  const found = new Map<string, { labels: Labels; points: Window }>()
  const firstMs = Math.ceil(earliestIn(span.endMs, rangeMs) / stepMs) * stepMs
  for (let ms = firstMs; ms <= span.endMs; ms += stepMs) {
    const elements = moment.another(ms).vector(expression)
    spend(moment.run, elements.length + EVALUATION_COST)
    for (const { labels, value } of elements) {
      const key = keyOf(labels)
      let series = found.get(key)
      if (!series) found.set(key, (series = { labels, points: emptyWindow() }))
      pushPoint(series.points, ms, value)
    }
  }
  for (const { labels, points } of found.values()) visit(labels, points, span)
}
