import type { Measurement } from "#core/analysis/checks.ts"
import { cutBytes } from "#core/text/cut.ts"
import { parseGoFloat } from "#core/text/go-number.ts"
import { goQuote } from "#core/text/go-quote.ts"
import type { HttpResponse } from "#net/contract.ts"

const MAX_QUOTED_BYTES = 1024
const noValues: Measurement = { kind: "noValues", why: "no values found" }
const failed = (why: string): Measurement => ({ kind: "error", why })

type Json = Record<string, unknown>

/** The value in what Prometheus answered. */
export function readAnswer({ status, statusText, body, truncated }: HttpResponse): Measurement {
  const quoted = cutBytes(body, MAX_QUOTED_BYTES)
  if (status >= 400) return failed(`error response: Status ${`${status} ${statusText}`.trim()}: ${quoted}`)
  if (truncated) return failed(`error reading body: more than ${Buffer.byteLength(body)} bytes`)
  const answer = parsed(body)
  if (answer === undefined) return failed(`error unmarshaling result: this is no answer of Prometheus: '${quoted}'`)
  if (answer.status === "error")
    return failed(`error response: ${[answer.errorType, answer.error].filter(Boolean).join(": ")}`)
  return noted(measurementIn(objectOf(answer.data)), warningsOf(answer))
}

/** Undefined when the body is not JSON or no object. Like in Go, `null` is an empty object. */
function parsed(body: string): Json | undefined {
  try {
    const answer: unknown = JSON.parse(body)
    return typeof answer === "object" && !Array.isArray(answer) ? objectOf(answer) : undefined
  } catch {
    return undefined
  }
}

const objectOf = (value: unknown): Json => (typeof value === "object" && value !== null ? (value as Json) : {})

function measurementIn({ resultType, result }: Json): Measurement {
  if (result === undefined || result === null) return noValues
  if (!Array.isArray(result) || resultType === "string") {
    return failed(`error unmarshaling result: the query returned no numbers but ${String(resultType ?? typeof result)}`)
  }
  if (resultType === "scalar") return lastOf([result])
  const series = result.map(objectOf)
  if (series.some(({ values, histograms }) => values || histograms)) return failed("query returned multiple values")
  const note = `the query returned ${series.length} series, the last one is used`
  return noted(lastOf(series.map(({ value }) => value)), series.length > 1 ? [note] : [])
}

/** A sample is `[time, "value"]`; native histograms have none. */
function lastOf(samples: readonly unknown[]): Measurement {
  const texts = samples.map((sample) => (Array.isArray(sample) ? (sample[1] as unknown) : undefined)).filter(isText)
  const bad = texts.find((text) => parseGoFloat(text) === undefined)
  if (bad !== undefined) return failed(`strconv.ParseFloat: parsing ${goQuote(cutBytes(bad, 100))}: invalid syntax`)
  const last = texts.at(-1)
  const value = last === undefined ? NaN : parseGoFloat(last)!
  return Number.isNaN(value) ? noValues : { kind: "value", value }
}

const isText = (value: unknown): value is string => typeof value === "string"

const warningsOf = ({ warnings }: Json): string[] =>
  Array.isArray(warnings)
    ? warnings.filter(isText).map((warning) => `warning: ${cutBytes(warning, MAX_QUOTED_BYTES)}`)
    : []

/** Notes belong to values: without one there is something worse to tell. */
function noted(measurement: Measurement, notes: readonly string[]): Measurement {
  if (measurement.kind !== "value" || notes.length === 0) return measurement
  return { ...measurement, note: [measurement.note, ...notes].filter(isText).join("; ") }
}
