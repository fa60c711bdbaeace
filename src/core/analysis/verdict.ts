import type { Canary } from "#api/canary.ts"
import { fullName, namespaceOf, targetName } from "#api/release.ts"
import { goDuration } from "#core/text/go-duration.ts"
import { goFixed, goFloat } from "#core/text/go-number.ts"
import type { Check, Measurement } from "./checks.ts"

export interface Verdict {
  /** No value is not a bad value, and a backend that fails says nothing about the canary; both halt all the same. */
  verdict: "pass" | "fail" | "inconclusive" | "error"
  /** For the event; `failure` when something other than the canary is to blame. */
  why?: { text: string; failure: boolean }
  /** For the own metric: what was measured, whatever became of it. */
  gauge?: { metric: string; value: number }
  /** What was judged, and what it had to be; durations in milliseconds. */
  value?: number
  threshold?: Bounds
}

export interface Bounds {
  min?: number
  max?: number
}

/** What a measurement means for the canary, in the words users know. */
export function verdictOf(check: Check, measurement: Measurement, canary: Canary, observer: string): Verdict {
  if (check.form === "nothing") {
    const text = "Metric query failed for no usable metrics template and query were configured"
    return { verdict: "error", why: { text, failure: true } }
  }
  switch (measurement.kind) {
    case "error":
      return { verdict: "error", why: { text: errorText(check, measurement), failure: true } }
    case "noValues":
      return inconclusive(noValuesText(check, measurement.why, canary, observer))
    case "value":
      return judged(check, measurement.value, canary)
  }
}

const inconclusive = (text: string): Verdict => ({ verdict: "inconclusive", why: { text, failure: false } })

function judged(check: Check, measured: number, canary: Canary): Verdict {
  const { form, metric } = check
  const value = form === "duration" ? Math.trunc(measured) : measured
  const threshold = boundsOf(check)
  const gauge = { metric: metric.name, value: form === "duration" ? value / 1000 : value }
  const breach = breachOf(value, threshold)
  if (!breach) return { verdict: "pass", gauge, value, threshold }
  const text = `Halt ${fullName(canary)} advancement ${breachText(check, value, breach)}`
  return { verdict: "fail", why: { text, failure: false }, gauge, value, threshold }
}

/** A range replaces the deprecated threshold altogether, also when it has no bounds. */
function boundsOf({ form, metric: { thresholdRange, threshold } }: Check): Bounds {
  if (thresholdRange) {
    const { min, max } = thresholdRange
    return form === "duration" ? { min: wholeMs(min), max: wholeMs(max) } : { min, max }
  }
  if (form === "successRate") return { min: threshold ?? 0 }
  // A latency without any bound would fail whatever it is, so it is measured only.
  if (form === "duration") return { max: wholeMs(threshold) }
  return { max: threshold ?? 0 }
}

const wholeMs = (bound: number | undefined): number | undefined => (bound === undefined ? undefined : Math.trunc(bound))

interface Breach {
  sign: "<" | ">"
  bound: number
}

function breachOf(value: number, { min, max }: Bounds): Breach | undefined {
  if (min !== undefined && value < min) return { sign: "<", bound: min }
  if (max !== undefined && value > max) return { sign: ">", bound: max }
  return undefined
}

function breachText({ form, metric }: Check, value: number, { sign, bound }: Breach): string {
  switch (form) {
    case "successRate":
      return `success rate ${goFixed(value, 2)}% ${sign} ${goFloat(bound)}%`
    case "duration":
      return `request duration ${goDuration(value)} ${sign} ${goDuration(bound)}`
    default:
      return `${metric.name} ${goFixed(value, 2)} ${sign} ${goFloat(bound)}`
  }
}

function errorText({ form, metric }: Check, { why, whole }: Extract<Measurement, { kind: "error" }>): string {
  if (whole) return why
  switch (form) {
    case "successRate":
    case "duration":
      return `Prometheus query failed: ${why}`
    case "inline":
      return `Prometheus query failed for ${metric.name}: ${why}`
    default:
      return `Metric query failed for ${metric.name}: ${why}`
  }
}

function noValuesText({ form, metric }: Check, why: string, canary: Canary, observer: string): string {
  const target = `${targetName(canary)}.${namespaceOf(canary)}`
  const noTraffic = `Halt advancement no values found for ${observer} metric ${metric.name} probably ${target} is not receiving traffic`
  switch (form) {
    case "successRate":
      return `${noTraffic}: ${why}`
    case "duration":
      return noTraffic
    case "inline":
      return `Halt advancement no values found for metric: ${metric.name}`
    default:
      return `Halt advancement no values found for custom metric: ${metric.name}: ${why}`
  }
}
