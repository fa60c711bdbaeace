import { formatGoFloat, goFloat } from "#core/text/go-number.ts"
import { drop, keep, keyOf, type Labels, METRIC_NAME, SEPARATOR, withLabel } from "../labels.ts"
import type { Grouping } from "./expression.ts"
import { add, addToMean, exact, meanOf, nanLast, noMean, noSum, quantileOf } from "./sums.ts"
import { type Element, EvaluationProblem } from "./values.ts"

type Combine = (values: readonly number[]) => number

const combine: Readonly<Record<string, Combine>> = {
  sum(values) {
    const sum = noSum()
    for (const value of values) add(sum, value)
    return exact(sum)
  },
  avg(values) {
    const mean = noMean()
    for (const value of values) addToMean(mean, value)
    return meanOf(mean)
  },
  min: (values) => values.reduce((best, value) => (value < best || Number.isNaN(best) ? value : best)),
  max: (values) => values.reduce((best, value) => (value > best || Number.isNaN(best) ? value : best)),
  count: (values) => values.length,
  group: () => 1,
  stdvar: variance,
  stddev: (values) => Math.sqrt(variance(values)),
}

function variance(values: readonly number[]): number {
  let [mean, squares] = [0, 0]
  for (const [index, value] of values.entries()) {
    const distance = value - mean
    mean += distance / (index + 1)
    squares += distance * (value - mean)
  }
  return squares / values.length
}

/** One element for each group, with the labels of the group alone. */
export function aggregate(operator: string, grouping: Grouping, elements: readonly Element[]): Element[] {
  return grouped(grouping, elements).map(({ labels, members }) => ({
    labels,
    value: combine[operator]!(members.map(({ value }) => value)),
  }))
}

export const aggregateQuantile = (quantile: number, grouping: Grouping, elements: readonly Element[]): Element[] =>
  grouped(grouping, elements).map(({ labels, members }) => ({
    labels,
    value: quantileOf(
      quantile,
      members.map(({ value }) => value),
    ),
  }))

/** The greatest or least elements of each group, the best first. */
export function best(
  operator: "topk" | "bottomk",
  count: number,
  grouping: Grouping,
  elements: readonly Element[],
): Element[] {
  if (Number.isNaN(count)) throw new EvaluationProblem("Parameter value is NaN")
  if (count >= 2 ** 63) throw new EvaluationProblem(`Scalar value ${goFloat(count)} overflows int64`)
  if (count <= -(2 ** 63)) throw new EvaluationProblem(`Scalar value ${goFloat(count)} underflows int64`)
  const sign = operator === "topk" ? -1 : 1
  const order = (a: Element, b: Element) => nanLast(a.value, b.value, sign)
  return grouped(grouping, elements).flatMap(({ members }) =>
    members.toSorted(order).slice(0, Math.max(0, Math.trunc(count))),
  )
}

/** How often each value is there; the value becomes a label. */
export function countValues(label: string, grouping: Grouping, elements: readonly Element[]): Element[] {
  if (label === "") throw new EvaluationProblem(`invalid label name ""`)
  const labelled = elements.map(({ labels, value }) => ({
    labels: withLabel(labels, label, formatGoFloat(value, "f")),
    value,
  }))
  const labels = grouping.without ? grouping.labels : [...grouping.labels, label]
  return aggregate("count", { ...grouping, labels }, labelled)
}

interface Group {
  readonly labels: Labels
  readonly members: Element[]
}

/** In the order in which their first members come. */
function grouped(grouping: Grouping, elements: readonly Element[]): Group[] {
  const groups = new Map<string, Group>()
  const names = grouping.without ? [...grouping.labels, METRIC_NAME] : grouping.labels.toSorted()
  for (const element of elements) {
    const key = grouping.without ? keyOf(drop(element.labels, names)) : valuesOf(element.labels, names)
    let group = groups.get(key)
    if (!group) {
      const labels = grouping.without ? drop(element.labels, names) : keep(element.labels, names)
      groups.set(key, (group = { labels, members: [] }))
    }
    group.members.push(element)
  }
  return [...groups.values()]
}

function valuesOf(labels: Labels, names: readonly string[]): string {
  let key = ""
  for (const name of names) key += (labels.get(name) ?? "") + SEPARATOR
  return key
}
