import type { Window } from "../points.ts"
import { changes, delta, idelta, increase, irate, type RangeFunction, rate, resets } from "./rates.ts"
import { add, addToMean, exact, meanOf, noMean, noSum, quantileOf } from "./sums.ts"

const avg: RangeFunction = ({ values, length }) => {
  const mean = noMean()
  for (let i = 0; i < length; i++) addToMean(mean, values[i]!)
  return meanOf(mean)
}

const sum: RangeFunction = ({ values, length }) => {
  const total = noSum()
  for (let i = 0; i < length; i++) add(total, values[i]!)
  return exact(total)
}

const extreme =
  (isBetter: (value: number, best: number) => boolean): RangeFunction =>
  ({ values, length }) => {
    let best = values[0]!
    for (let i = 1; i < length; i++) if (isBetter(values[i]!, best) || Number.isNaN(best)) best = values[i]!
    return best
  }

function variance({ values, length }: Window): number {
  const mean = noSum()
  const squares = noSum()
  for (let i = 0; i < length; i++) {
    const value = values[i]!
    const distance = value - exact(mean)
    add(mean, distance / (i + 1))
    add(squares, distance * (value - exact(mean)))
  }
  return exact(squares) / length
}

interface Trend {
  slope: number
  intercept: number
}

/** Least squares; the intercept is the value at `originMs`. */
function trend({ times, values, length }: Window, originMs: number): Trend {
  const first = values[0]!
  if (values.subarray(0, length).every((value) => value === first))
    return Number.isFinite(first) ? { slope: 0, intercept: first } : { slope: NaN, intercept: NaN }
  const [x, y, xy, xx] = [noSum(), noSum(), noSum(), noSum()]
  for (let i = 0; i < length; i++) {
    const seconds = (times[i]! - originMs) / 1000
    add(x, seconds)
    add(y, values[i]!)
    add(xy, seconds * values[i]!)
    add(xx, seconds * seconds)
  }
  const [sumX, sumY] = [exact(x), exact(y)]
  const slope = (exact(xy) - (sumX * sumY) / length) / (exact(xx) - (sumX * sumX) / length)
  return { slope, intercept: sumY / length - (slope * sumX) / length }
}

const deriv: RangeFunction = (points) => (points.length < 2 ? undefined : trend(points, points.times[0]!).slope)

const predictLinear: RangeFunction = (points, { atMs }, seconds) => {
  if (points.length < 2) return undefined
  const { slope, intercept } = trend(points, atMs)
  return slope * seconds + intercept
}

/** Functions that make one value of the points of a series. */
export const rangeFunctions: Readonly<Record<string, RangeFunction>> = {
  rate,
  increase,
  delta,
  irate,
  idelta,
  resets,
  changes,
  deriv,
  predict_linear: predictLinear,
  avg_over_time: avg,
  sum_over_time: sum,
  min_over_time: extreme((value, best) => value < best),
  max_over_time: extreme((value, best) => value > best),
  count_over_time: ({ length }) => length,
  present_over_time: () => 1,
  first_over_time: ({ values }) => values[0]!,
  last_over_time: ({ values, length }) => values[length - 1]!,
  stdvar_over_time: variance,
  stddev_over_time: (points) => Math.sqrt(variance(points)),
  quantile_over_time: ({ values, length }, _, quantile) => quantileOf(quantile, [...values.subarray(0, length)]),
}

/** What they tell is still the metric itself. */
export const keepsName: ReadonlySet<string> = new Set(["first_over_time", "last_over_time"])

/** They make sense of what only grows. */
export const wantsCounter: ReadonlySet<string> = new Set(["rate", "increase"])
