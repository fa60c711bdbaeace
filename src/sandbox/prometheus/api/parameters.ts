import { parseGoFloat } from "#core/text/go-number.ts"
import { goQuote } from "#core/text/go-quote.ts"
import type { Matcher } from "../matcher.ts"
import { ParseProblem, problemAt } from "../promql/expression.ts"
import { durationMs } from "../promql/literals.ts"
import { parse } from "../promql/parse.ts"
import type { Steps } from "../promql/query.ts"

const MAX_POINTS = 11_000

/** The question is not one. */
export class BadParameter extends Error {
  override readonly name = "BadParameter"
}

const invalid = (name: string, why: string): BadParameter =>
  new BadParameter(`invalid parameter ${goQuote(name)}: ${why}`)

/** Runs what reads a parameter, and says which one when it cannot be read. */
export function readable<T>(name: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw error instanceof ParseProblem ? invalid(name, error.message) : error
  }
}

const rfc3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/

/** Seconds since 1970 or a date, as milliseconds. */
function timeOf(parameters: URLSearchParams, name: string, before = ""): number | undefined {
  const text = parameters.get(name)
  if (!text) return undefined
  const seconds = parseGoFloat(text)
  const ms = seconds === undefined && rfc3339.test(text) ? Date.parse(text) : Math.round((seconds ?? NaN) * 1000)
  if (!Number.isFinite(ms)) throw invalid(name, `${before}cannot parse ${goQuote(text)} to a valid timestamp`)
  return ms
}

/** Like the others, but refused in other words. */
export const optionalTime = (parameters: URLSearchParams, name: string): number | undefined =>
  timeOf(parameters, name, `invalid time value for '${name}': `)

export function stepsOf(parameters: URLSearchParams): Steps {
  const startMs = neededTime(parameters, "start")
  const endMs = neededTime(parameters, "end")
  if (endMs < startMs) throw invalid("end", "end timestamp must not be before start time")
  const stepMs = stepOf(parameters.get("step") ?? "")
  if (stepMs <= 0)
    throw invalid("step", "zero or negative query resolution step widths are not accepted. Try a positive integer")
  if ((endMs - startMs) / stepMs > MAX_POINTS)
    throw new BadParameter(
      "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
    )
  return { startMs, endMs, stepMs }
}

const neededTime = (parameters: URLSearchParams, name: string): number =>
  timeOf(parameters, name) ?? fail(invalid(name, `cannot parse "" to a valid timestamp`))

function fail(error: Error): never {
  throw error
}

function stepOf(text: string): number {
  const seconds = parseGoFloat(text)
  const ms = seconds === undefined ? durationMs(text) : Math.round(seconds * 1000)
  if (ms === undefined || !Number.isFinite(ms))
    throw invalid("step", `cannot parse ${goQuote(text)} to a valid duration`)
  return ms
}

export const matchersOf = (parameters: URLSearchParams): (readonly Matcher[])[] =>
  parameters.getAll("match[]").map((text) =>
    readable("match[]", () => {
      const expression = parse(text)
      if (expression.kind !== "selector") throw problemAt(text, expression.from, "a selector of series is wanted here")
      return expression.matchers
    }),
  )
