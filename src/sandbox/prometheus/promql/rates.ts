import type { Window } from "../points.ts"

/** The part of time that a range selector covers, at its place in the evaluation. */
export interface Span {
  readonly startMs: number
  readonly endMs: number
  /** Of the evaluation, which `offset` does not shift. */
  readonly atMs: number
}

/** Undefined: there is nothing to say of such points. */
export type RangeFunction = (points: Window, span: Span, parameter: number) => number | undefined

export const rate: RangeFunction = (points, span) => {
  const grown = extrapolated(points, span, true)
  return grown === undefined ? undefined : grown / ((span.endMs - span.startMs) / 1000)
}

export const increase: RangeFunction = (points, span) => extrapolated(points, span, true)
export const delta: RangeFunction = (points, span) => extrapolated(points, span, false)

/**
 * The growth over the whole span, though the points begin after its start and end before its end: points that are about as
 * far from an end as from each other are taken to go on to it, others to end half a step beyond.
 */
function extrapolated(
  { times, values, length }: Window,
  { startMs, endMs }: Span,
  isCounter: boolean,
): number | undefined {
  if (length < 2) return undefined
  const first = values[0]!
  let growth = values[length - 1]! - first
  if (isCounter) for (let i = 1; i < length; i++) if (values[i]! < values[i - 1]!) growth += values[i - 1]!
  const covered = (times[length - 1]! - times[0]!) / 1000
  const step = covered / (length - 1)
  let before = (times[0]! - startMs) / 1000
  let after = (endMs - times[length - 1]!) / 1000
  if (before >= step * 1.1) before = step / 2
  // A counter cannot have been below zero.
  if (isCounter && growth > 0 && first >= 0) before = Math.min(before, covered * (first / growth))
  if (after >= step * 1.1) after = step / 2
  return growth * ((covered + before + after) / covered)
}

/** From the last two points alone. */
export const irate: RangeFunction = ({ times, values, length }) => {
  if (length < 2) return undefined
  const last = values[length - 1]!
  const previous = values[length - 2]!
  const seconds = (times[length - 1]! - times[length - 2]!) / 1000
  return (last < previous ? last : last - previous) / seconds
}

export const idelta: RangeFunction = ({ values, length }) =>
  length < 2 ? undefined : values[length - 1]! - values[length - 2]!

export const resets: RangeFunction = ({ values, length }) => {
  let count = 0
  for (let i = 1; i < length; i++) if (values[i]! < values[i - 1]!) count++
  return count
}

export const changes: RangeFunction = ({ values, length }) => {
  let count = 0
  for (let i = 1; i < length; i++) {
    const bothUndefined = Number.isNaN(values[i]) && Number.isNaN(values[i - 1])
    if (values[i] !== values[i - 1] && !bothUndefined) count++
  }
  return count
}
