import { goQuote } from "#core/text/go-quote.ts"
import { parseGoFloat } from "#core/text/go-number.ts"
import { drop, dropName, keyOf, type Labels } from "../labels.ts"
import type { Place } from "./expression.ts"
import { distinct, type Element, type Notes } from "./values.ts"

interface Bucket {
  /** Upper bound. */
  le: number
  /** Observations up to the bound. */
  count: number
}

interface Histogram {
  readonly labels: Labels
  readonly buckets: Bucket[]
}

const SMALL_DELTA = 1e-12
const SMALLEST_NORMAL = 2 ** -1022

export function histogramQuantile(
  quantile: number,
  elements: readonly Element[],
  where: Place,
  notes: Notes,
): Element[] {
  const results = histogramsIn(elements, where, notes).map(({ labels, buckets }) => ({
    labels: dropName(labels),
    value: quantileIn(quantile, buckets, () =>
      notes.inform(
        "input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)",
        where,
      ),
    ),
  }))
  return distinct(results)
}

export function histogramFraction(
  [lower, upper]: readonly [number, number],
  elements: readonly Element[],
  where: Place,
  notes: Notes,
): Element[] {
  const results = histogramsIn(elements, where, notes).map(({ labels, buckets }) => ({
    labels: dropName(labels),
    value: fractionIn(lower, upper, buckets),
  }))
  return distinct(results)
}

/** Series that differ in `le` alone are the buckets of one histogram. */
function histogramsIn(elements: readonly Element[], where: Place, notes: Notes): Histogram[] {
  const found = new Map<string, Histogram>()
  for (const { labels, value } of elements) {
    const text = labels.get("le") ?? ""
    const le = parseGoFloat(text)
    if (le === undefined) {
      notes.warn(`bucket label "le" is missing or has a malformed value of ${goQuote(text)}`, where)
      continue
    }
    const rest = drop(labels, ["le"])
    const key = keyOf(rest)
    let histogram = found.get(key)
    if (!histogram) found.set(key, (histogram = { labels: rest, buckets: [] }))
    histogram.buckets.push({ le, count: value })
  }
  return [...found.values()]
}

function quantileIn(quantile: number, unsorted: Bucket[], forced: () => void): number {
  if (Number.isNaN(quantile)) return NaN
  if (quantile < 0) return -Infinity
  if (quantile > 1) return Infinity
  const buckets = merged(unsorted)
  if (buckets.at(-1)!.le !== Infinity) return NaN
  if (madeMonotonic(buckets)) forced()
  const observations = buckets.at(-1)!.count
  if (buckets.length < 2 || observations === 0) return NaN
  const rank = quantile * observations
  const found = buckets.findIndex(({ count }) => count >= rank)
  const index = found < 0 ? buckets.length - 1 : found
  if (index === buckets.length - 1) return buckets[index - 1]!.le
  const { le, count } = buckets[index]!
  if (index === 0 && le <= 0) return le
  const below = buckets[index - 1] ?? { le: 0, count: 0 }
  return below.le + (le - below.le) * ((rank - below.count) / (count - below.count))
}

/** In the order of their bounds; one bucket for each. */
function merged(buckets: Bucket[]): Bucket[] {
  const found: Bucket[] = []
  for (const bucket of buckets.toSorted((a, b) => a.le - b.le || 0)) {
    const last = found.at(-1)
    if (last?.le === bucket.le) last.count += bucket.count
    else found.push({ ...bucket })
  }
  return found
}

/** Counts never fall from one bucket to the next: less is raised. True when by more than rounding explains. */
function madeMonotonic(buckets: Bucket[]): boolean {
  let forced = false
  let previous = buckets[0]!.count
  for (const bucket of buckets.slice(1)) {
    if (nearlyEqual(previous, bucket.count)) {
      bucket.count = previous
    } else if (bucket.count < previous) {
      bucket.count = previous
      forced = true
    } else {
      previous = bucket.count
    }
  }
  return forced
}

function nearlyEqual(a: number, b: number): boolean {
  if (a === b) return true
  const sum = Math.abs(a) + Math.abs(b)
  const difference = Math.abs(a - b)
  if (a === 0 || b === 0 || sum < SMALLEST_NORMAL) return difference < SMALL_DELTA * SMALLEST_NORMAL
  return difference / Math.min(sum, Number.MAX_VALUE) < SMALL_DELTA
}

/** The share of observations between two values. */
function fractionIn(lower: number, upper: number, unsorted: Bucket[]): number {
  const buckets = merged(unsorted)
  if (buckets.at(-1)!.le !== Infinity) return NaN
  const { count } = buckets.at(-1)!
  if (count === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return NaN
  if (lower >= upper) return 0
  return (rankOf(upper, buckets) - rankOf(lower, buckets)) / count
}

/** How many observations are below a value, were they spread evenly in their buckets. */
function rankOf(value: number, buckets: readonly Bucket[]): number {
  let below: Bucket = { le: buckets[0]!.le > 0 ? 0 : -Infinity, count: 0 }
  for (const bucket of buckets) {
    if (value <= below.le) return below.count
    if (value < bucket.le) {
      if (below.le === -Infinity) return bucket.count
      if (bucket.le === Infinity) return below.count
      return below.count + (bucket.count - below.count) * ((value - below.le) / (bucket.le - below.le))
    }
    below = bucket
  }
  return below.count
}
