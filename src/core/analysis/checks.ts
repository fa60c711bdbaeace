import type { Canary, Metric } from "#api/canary.ts"

/** What asking a metrics backend gave. */
export type Measurement =
  | { kind: "value"; value: number; note?: string }
  | { kind: "noValues"; why: string }
  /** `whole` when the reason is all there is to say: the query was not even asked. */
  | { kind: "error"; why: string; whole?: boolean }

/** One question to a metrics backend: an entry of `analysis.metrics` can hold several. */
export interface Check {
  metric: Metric
  form: "successRate" | "duration" | "inline" | "template" | "nothing"
}

/** All checks in the order in which they are asked: built-in and inline ones first, whatever the list order. */
export function checksOf(canary: Canary): Check[] {
  const metrics = canary.spec.analysis.metrics ?? []
  const first = metrics.flatMap((metric): Check[] => [
    ...(metric.name === "request-success-rate" ? [{ metric, form: "successRate" } as const] : []),
    ...(metric.name === "request-duration" ? [{ metric, form: "duration" } as const] : []),
    ...(metric.query ? [{ metric, form: "inline" } as const] : []),
  ])
  const second = metrics.flatMap((metric): Check[] => {
    if (metric.templateRef) return [{ metric, form: "template" }]
    return isBuiltin(metric) || metric.query ? [] : [{ metric, form: "nothing" }]
  })
  return [...first, ...second]
}

const isBuiltin = (metric: Metric): boolean =>
  metric.name === "request-success-rate" || metric.name === "request-duration"
