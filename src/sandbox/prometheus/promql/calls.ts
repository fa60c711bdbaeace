import { dropName, type Labels, METRIC_NAME, noLabels } from "../labels.ts"
import { typeOf } from "./check.ts"
import { dateFunctions, elementFunctions } from "./elementwise.ts"
import type { Call, Expression } from "./expression.ts"
import { histogramFraction, histogramQuantile } from "./histograms.ts"
import { labelJoin, labelReplace, labelsOfAbsent } from "./label-functions.ts"
import { bare, type Moment, textOf } from "./moment.ts"
import { keepsName, rangeFunctions, wantsCounter } from "./over-time.ts"
import { eachSeries } from "./ranges.ts"
import type { RangeFunction } from "./rates.ts"
import { latest } from "./selectors.ts"
import { nanLast } from "./sums.ts"
import { distinct, type Element, type Notes, warnOfQuantile } from "./values.ts"

type Called = (call: Call, moment: Moment) => Element[]

/** Functions with an instant vector for a result. */
export function called(call: Call, moment: Moment): Element[] {
  const { name } = call
  const own = calls[name]
  if (own) return own(call, moment)
  const overRange = rangeFunctions[name]
  if (overRange) return ofRange(call, overRange, moment)
  // What is left are those of native histograms, which no series here is.
  return name in elementFunctions ? ofElements(call, moment) : []
}

const calls: Readonly<Record<string, Called>> = {
  vector: ({ args }, moment) => [{ labels: noLabels, value: moment.scalar(args[0]!) }],
  absent: ({ args }, moment) => absence(args[0]!, moment.vector(args[0]!).length === 0),
  absent_over_time({ args }, moment) {
    let isThere = false
    eachSeries(args[0]!, moment, () => (isThere = true))
    return absence(args[0]!, !isThere)
  },
  sort: (call, moment) => sorted(call, moment, 1),
  sort_desc: (call, moment) => sorted(call, moment, -1),
  timestamp,
  label_replace: ({ args }, moment) => labelReplace(moment.vector(args[0]!), args.slice(1).map(textOf)),
  label_join: ({ args }, moment) => labelJoin(moment.vector(args[0]!), args.slice(1).map(textOf)),
  histogram_quantile({ args }, { run, scalar, vector }) {
    const quantile = scalar(args[0]!)
    warnOfQuantile(quantile, args[0]!, run.notes)
    return histogramQuantile(quantile, vector(args[1]!), args[1]!, run.notes)
  },
  histogram_fraction: ({ args }, { run, scalar, vector }) =>
    histogramFraction([scalar(args[0]!), scalar(args[1]!)], vector(args[2]!), args[2]!, run.notes),
}

const absence = (expression: Expression, isAbsent: boolean): Element[] =>
  isAbsent ? [{ labels: labelsOfAbsent(bare(expression)), value: 1 }] : []

function sorted(call: Call, { run, vector }: Moment, sign: 1 | -1): Element[] {
  if (run.startMs !== run.endMs)
    run.notes.warn("sort is ineffective for range queries since results are always ordered by labels", call)
  return vector(call.args[0]!).toSorted((a, b) => nanLast(a.value, b.value, sign))
}

/** Of a selector, when its points were measured; anything else is computed at this moment. */
function timestamp({ args }: Call, moment: Moment): Element[] {
  const inner = bare(args[0]!)
  const elements =
    inner.kind === "selector"
      ? latest(inner, moment, ({ ms }) => ms / 1000)
      : moment.vector(inner).map(({ labels }) => ({ labels, value: moment.atMs / 1000 }))
  return distinct(elements.map(({ labels, value }) => ({ labels: dropName(labels), value })))
}

function ofElements({ name, args }: Call, { atMs, scalar, vector }: Moment): Element[] {
  const apply = elementFunctions[name]!
  // Functions of the date are of the present one when they are given nothing.
  if (args.length === 0 && name in dateFunctions) return [{ labels: noLabels, value: apply(atMs / 1000)! }]
  const parameters = args.slice(1).map(scalar)
  const result: Element[] = []
  for (const { labels, value } of vector(args[0]!)) {
    const computed = apply(value, ...parameters)
    if (computed !== undefined) result.push({ labels: dropName(labels), value: computed })
  }
  return distinct(result)
}

function ofRange({ name, args }: Call, apply: RangeFunction, moment: Moment): Element[] {
  const { notes } = moment.run
  const range = args.find((arg) => typeOf(arg) === "range vector")!
  const other = args.find((arg) => arg !== range)
  const parameter = other ? moment.scalar(other) : NaN
  const result: Element[] = []
  eachSeries(range, moment, (labels, points, span) => {
    const value = apply(points, span, parameter)
    if (value === undefined) return
    if (wantsCounter.has(name)) noteGauge(labels, range, notes)
    result.push({ labels: keepsName.has(name) ? labels : dropName(labels), value })
  })
  if (name === "quantile_over_time" && result.length) warnOfQuantile(parameter, other!, notes)
  return distinct(result)
}

const counterName = /_(?:total|sum|count|bucket)$/

function noteGauge(labels: Labels, where: Expression, notes: Notes): void {
  const name = labels.get(METRIC_NAME)
  if (name === undefined || counterName.test(name)) return
  notes.inform(`metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "${name}"`, where)
}
