import type { Canary } from "#api/canary.ts"
import { parseDurationMs } from "#api/duration.ts"
import type { MetricTemplate } from "#api/metric-template.ts"
import type { Check, Measurement } from "#core/analysis/checks.ts"
import type { Http } from "#net/contract.ts"
import type { Observer } from "./builtin/observer.ts"
import type { MetricRequest } from "./contract.ts"
import { providerFor } from "./registry.ts"
import { DEFAULT_INTERVAL, rendered } from "./variables.ts"

/** Everything a check is made from. */
export interface Asking {
  canary: Canary
  observer: Observer
  /** Prometheus of the built-in and inline queries. */
  metricsServer: string
  /** Template and credentials of a check that refers to one, or why they cannot be had. */
  template?: { template: MetricTemplate; credentials: Readonly<Record<string, string>> } | { problem: string }
  /** Latest revision of a Knative Service. */
  route?: string
}

/** Asks one question. Every failure is an answer, in the words that events use. */
export async function measure(check: Check, asking: Asking, http: Http, signal: AbortSignal): Promise<Measurement> {
  switch (check.form) {
    case "successRate":
    case "duration":
      return measureBuiltin(check, asking, http, signal)
    case "inline":
      return measureInline(check, asking, http, signal)
    case "template":
      return measureTemplate(check, asking, http, signal)
    case "nothing":
      return { kind: "error", why: "Metric query failed for no usable metrics template and query were configured" }
  }
}

async function measureBuiltin(check: Check, asking: Asking, http: Http, signal: AbortSignal): Promise<Measurement> {
  const { queries } = asking.observer
  const isDuration = check.form === "duration"
  const text = isDuration ? queries.duration : queries.successRate
  const clean = asking.observer.name === "skipper" ? (name: string) => name.replace(/\W/g, "_") : undefined
  const query = rendered(text, contextOf(check, asking), clean)
  const answer = await askPrometheus(query, check, asking, http, signal)
  if (answer.kind !== "value") return { ...answer, why: `running query failed: ${answer.why}` }
  if (!isDuration) return answer
  return { ...answer, value: Math.trunc(answer.value * (queries.unit === "s" ? 1000 : 1)) }
}

async function measureInline(check: Check, asking: Asking, http: Http, signal: AbortSignal): Promise<Measurement> {
  try {
    const query = rendered(check.metric.query!, contextOf(check, asking))
    return await askPrometheus(query, check, asking, http, signal)
  } catch (error) {
    return { kind: "error", why: (error as Error).message }
  }
}

function askPrometheus(query: string, check: Check, asking: Asking, http: Http, signal: AbortSignal): Promise<Measurement> {
  const provider = { type: "prometheus", address: asking.metricsServer } as const
  const problem = providerFor("prometheus").problem(provider, {})
  if (problem) return Promise.resolve({ kind: "error", why: problem })
  return providerFor("prometheus").query(requestOf(provider, {}, query, check), http, signal)
}

async function measureTemplate(check: Check, asking: Asking, http: Http, signal: AbortSignal): Promise<Measurement> {
  const { template: found } = asking
  if (!found || "problem" in found) return { kind: "error", why: found?.problem ?? "no template" }
  const { template, credentials } = found
  const name = `${template.metadata.name}.${template.metadata.namespace}`
  const { provider } = template.spec
  const problem = problemOf(provider, credentials)
  if (problem) return { kind: "error", why: `Metric template ${name} provider ${provider.type} error: ${problem}` }
  let query: string
  try {
    query = rendered(template.spec.query, contextOf(check, asking))
  } catch (error) {
    return { kind: "error", why: `Metric template ${name} query render error: ${(error as Error).message}` }
  }
  const answer = await providerFor(provider.type).query(requestOf(provider, credentials, query, check), http, signal)
  if (answer.kind !== "error") return answer
  return { kind: "error", why: `Metric query failed for ${check.metric.name}: ${answer.why}` }
}

/** Why a backend cannot be used or does not answer, for the probe of a new canary; undefined when it is fine. */
export async function offlineReason(check: Check, asking: Asking, http: Http, signal: AbortSignal): Promise<string | undefined> {
  if (check.form === "template") return templateOffline(asking, http, signal)
  if (check.form !== "successRate" && check.form !== "duration") return undefined
  const provider = { type: "prometheus", address: asking.metricsServer } as const
  const why =
    providerFor("prometheus").problem(provider, {}) ??
    (await providerFor("prometheus").offline({ provider, credentials: {}, intervalMs: 0 }, http, signal))
  return why === undefined ? undefined : `prometheus not avaiable: ${why}`
}

async function templateOffline({ template: found }: Asking, http: Http, signal: AbortSignal): Promise<string | undefined> {
  if (!found || "problem" in found) return found?.problem
  const { template, credentials } = found
  const { provider } = template.spec
  const problem = problemOf(provider, credentials)
  const why = problem ?? (await providerFor(provider.type).offline({ provider, credentials, intervalMs: 0 }, http, signal))
  if (why === undefined) return undefined
  return `${provider.type} in metric template ${template.metadata.name}.${template.metadata.namespace} not avaiable: ${why}`
}

function problemOf(provider: MetricRequest["provider"], credentials: MetricRequest["credentials"]): string | undefined {
  try {
    return providerFor(provider.type).problem(provider, credentials)
  } catch (error) {
    return (error as Error).message
  }
}

const contextOf = ({ metric }: Check, { canary, route }: Asking) => ({
  canary,
  ...(metric.interval ? { interval: metric.interval } : {}),
  ...(metric.templateVariables ? { variables: metric.templateVariables } : {}),
  ...(route ? { route } : {}),
})

function requestOf(
  provider: MetricRequest["provider"],
  credentials: MetricRequest["credentials"],
  query: string,
  { metric }: Check,
): MetricRequest {
  return { provider, credentials, query, intervalMs: windowMs(metric.interval) }
}

/** The pattern of the resource lets `1min` through. */
export const windowMs = (interval: string = DEFAULT_INTERVAL): number =>
  parseDurationMs(interval) ?? parseDurationMs(/^\d+[ms]/.exec(interval)?.[0] ?? DEFAULT_INTERVAL)!
