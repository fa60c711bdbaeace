import type { Canary } from "#api/canary.ts"
import { fullName, namespaceOf, targetName } from "#api/release.ts"
import { goDuration } from "#core/text/go-duration.ts"
import { goFixed, goFloat } from "#core/text/go-number.ts"
import type { Check, Measurement } from "./checks.ts"

export interface Verdict {
  /** No value is not a bad value, and a backend that fails says nothing about the canary; both halt all the same. */
  verdict: "pass" | "fail" | "inconclusive" | "error"
  /** For the event. */
  why?: { text: string; failure: boolean }
  /** For the own metric: what was measured, whatever became of it. */
  gauge?: { metric: string; value: number }
}

/** What a measurement means for the canary, in the words users know. */
export function verdictOf(check: Check, measurement: Measurement, canary: Canary, observer: string): Verdict {
  switch (measurement.kind) {
    case "error":
      return { verdict: "error", why: { text: errorText(check, measurement.why), failure: true } }
    case "noValues":
      return { verdict: "inconclusive", why: { text: noValuesText(check, measurement.why, canary, observer), failure: false } }
    case "value":
      return judged(check, measurement.value, canary)
  }
}

function judged(check: Check, value: number, canary: Canary): Verdict {
  const { name } = check.metric
  const gauge = { metric: name, value: check.form === "duration" ? value / 1000 : value }
  const breach = breachOf(check, value)
  if (!breach) return { verdict: "pass", gauge }
  const shown = shownAs(check)
  const text = `Halt ${fullName(canary)} advancement ${shown.subject} ${shown.value(value)} ${breach.sign} ${shown.bound(breach.bound)}`
  return { verdict: "fail", why: { text, failure: false }, gauge }
}

interface Breach {
  sign: "<" | ">"
  bound: number
}

/** A range replaces the deprecated threshold altogether, also when it has no bounds. */
function breachOf({ metric, form }: Check, value: number): Breach | undefined {
  const { thresholdRange, threshold } = metric
  if (!thresholdRange) return breachOfThreshold(form, threshold, value)
  const { min, max } = thresholdRange
  if (min !== undefined && value < min) return { sign: "<", bound: min }
  if (max !== undefined && value > max) return { sign: ">", bound: max }
  return undefined
}

/** The deprecated threshold is a minimum for the success rate and a maximum for everything else. */
function breachOfThreshold(form: Check["form"], threshold: number | undefined, value: number): Breach | undefined {
  if (form === "successRate") return (threshold ?? 0) > value ? { sign: "<", bound: threshold! } : undefined
  // A latency without any bound would fail whatever it is, so it is measured only.
  if (form === "duration" && !threshold) return undefined
  return value > (threshold ?? 0) ? { sign: ">", bound: threshold ?? 0 } : undefined
}

function shownAs({ metric, form }: Check) {
  switch (form) {
    case "successRate":
      return {
        subject: "success rate",
        value: (value: number) => `${goFixed(value, 2)}%`,
        bound: (bound: number) => `${goFloat(bound)}%`,
      }
    case "duration":
      return { subject: "request duration", value: goDuration, bound: goDuration }
    default:
      return { subject: metric.name, value: (value: number) => goFixed(value, 2), bound: goFloat }
  }
}

function errorText({ metric, form }: Check, why: string): string {
  switch (form) {
    case "successRate":
    case "duration":
      return `Prometheus query failed: ${why}`
    case "inline":
      return `Prometheus query failed for ${metric.name}: ${why}`
    default:
      return why
  }
}

function noValuesText({ metric, form }: Check, why: string, canary: Canary, observer: string): string {
  switch (form) {
    case "successRate":
      return `${noTraffic(metric.name, canary, observer)}: ${why}`
    case "duration":
      return noTraffic(metric.name, canary, observer)
    case "inline":
      return `Halt advancement no values found for metric: ${metric.name}`
    default:
      return `Halt advancement no values found for custom metric: ${metric.name}: ${why}`
  }
}

const noTraffic = (metric: string, canary: Canary, observer: string): string =>
  `Halt advancement no values found for ${observer} metric ${metric} probably ${targetName(canary)}.${namespaceOf(canary)} is not receiving traffic`
