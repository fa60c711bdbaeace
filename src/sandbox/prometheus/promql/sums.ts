/** A sum, and what rounding took from it (after Kahan and Neumaier). */
export interface Sum {
  total: number
  lost: number
}

export const noSum = (): Sum => ({ total: 0, lost: 0 })

export function add(sum: Sum, value: number): void {
  const total = sum.total + value
  if (!Number.isFinite(total)) sum.lost = 0
  else if (Math.abs(sum.total) >= Math.abs(value)) sum.lost += sum.total - total + value
  else sum.lost += value - total + sum.total
  sum.total = total
}

export const exact = ({ total, lost }: Sum): number => (Number.isFinite(total) ? total + lost : total)

/** A mean that does not overflow where its sum would. */
export interface Mean {
  readonly sum: Sum
  count: number
  /** The sum holds the mean itself. */
  incremental: boolean
}

export const noMean = (): Mean => ({ sum: noSum(), count: 0, incremental: false })

export function addToMean(mean: Mean, value: number): void {
  const { sum } = mean
  mean.count++
  if (!mean.incremental) {
    const { total, lost } = sum
    add(sum, value)
    if (mean.count === 1 || Math.abs(sum.total) !== Infinity) return
    sum.total = total / (mean.count - 1)
    sum.lost = lost / (mean.count - 1)
    mean.incremental = true
  }
  const share = (mean.count - 1) / mean.count
  sum.total *= share
  sum.lost *= share
  add(sum, value / mean.count)
}

export function meanOf({ sum, count, incremental }: Mean): number {
  return incremental ? sum.total + sum.lost : sum.total / count + sum.lost / count
}

/** The quantile of values in any order, between two of them in proportion. */
export function quantileOf(quantile: number, values: number[]): number {
  if (values.length === 0 || Number.isNaN(quantile)) return NaN
  if (quantile < 0) return -Infinity
  if (quantile > 1) return Infinity
  values.sort((a, b) => -nanLast(a, b, -1))
  const rank = quantile * (values.length - 1)
  const lower = Math.floor(rank)
  const weight = rank - lower
  return values[lower]! * (1 - weight) + values[Math.min(values.length - 1, lower + 1)]! * weight
}

/** Whatever the direction, what is no number comes last. */
export function nanLast(a: number, b: number, sign: 1 | -1): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  return a < b ? -sign : a > b ? sign : 0
}
