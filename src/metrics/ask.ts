import type { Canary } from "#api/canary.ts"
import { parseDurationMs } from "#api/duration.ts"
import type { MetricTemplate } from "#api/metric-template.ts"
import type { Check, Measurement } from "#core/analysis/checks.ts"
import { TemplateError } from "#core/template/render.ts"
import { redact } from "#core/text/redact.ts"
import type { Http } from "#net/contract.ts"
import type { Observer } from "./builtin/observer.ts"
import type { MetricProvider, MetricRequest } from "./contract.ts"
import { providerFor } from "./registry.ts"
import { DEFAULT_INTERVAL, rendered } from "./variables.ts"

/** Everything a check is made from. */
export interface Asking {
  canary: Canary
  observer: Observer
  /** Prometheus of the built-in and inline queries. */
  metricsServer: string
  /** Template and credentials of a check that refers to one, or why they cannot be had: the whole event text. */
  template?: { template: MetricTemplate; credentials: MetricRequest["credentials"] } | { problem: string }
  /** Latest revision of a Knative Service. */
  route?: string
}

/** Where a check is asked. */
interface Backend {
  provider: MetricProvider
  request: Omit<MetricRequest, "query">
}

/**
 * Asks one question. Every failure is an answer, in the words that events use; only when the signal ends it,
 * there is none.
 */
export async function measure(check: Check, asking: Asking, http: Http, signal: AbortSignal): Promise<Measurement> {
  const backend = backendOf(check, asking)
  if ("problem" in backend) return { kind: "error", why: backend.problem, whole: true }
  const query = queryOf(check, asking)
  if (typeof query !== "string") return query
  const answer = await answered(async () => backend.provider.query({ ...backend.request, query }, http, signal), signal)
  return isBuiltin(check) ? builtinAnswer(check, answer, asking.observer) : answer
}

/**
 * Why a backend cannot be used or does not answer, for the probe of a new canary; undefined when it is fine.
 * Inline queries are not probed.
 */
export async function offlineReason(
  check: Check,
  asking: Asking,
  http: Http,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (check.form !== "template" && !isBuiltin(check)) return undefined
  const backend = backendOf(check, asking)
  if ("problem" in backend) return backend.problem.charAt(0).toLowerCase() + backend.problem.slice(1)
  const { provider, request } = backend
  const why = await caught(
    async () => provider.offline(request, http, signal),
    (message) => message,
  )
  const name = isBuiltin(check) ? "prometheus" : `${request.provider.type} in metric template ${templateName(asking)}`
  return why === undefined ? undefined : `${name} not avaiable: ${why}`
}

const isBuiltin = ({ form }: Check): boolean => form === "successRate" || form === "duration"

function backendOf(check: Check, asking: Asking): Backend | { problem: string } {
  const { metricsServer, template } = asking
  const window = intervalMs(check)
  if (check.form !== "template") {
    const known = usable({
      provider: { type: "prometheus", address: metricsServer },
      credentials: {},
      intervalMs: window,
    })
    if (!("problem" in known)) return known
    return { problem: `Error building Prometheus client for ${redact(metricsServer)} ${known.problem}` }
  }
  if (!template) return { problem: `Metric template ${check.metric.templateRef?.name} error: not found` }
  if ("problem" in template) return template
  const { provider } = template.template.spec
  const known = usable({ provider, credentials: template.credentials, intervalMs: window })
  if (!("problem" in known)) return known
  return { problem: `Metric template ${templateName(asking)} provider ${provider.type} error: ${known.problem}` }
}

function usable(request: Backend["request"]): Backend | { problem: string } {
  try {
    const provider = providerFor(request.provider.type)
    const problem = provider.problem(request.provider, request.credentials)
    return problem === undefined ? { provider, request } : { problem }
  } catch (error) {
    return { problem: (error as Error).message }
  }
}

function templateName({ template }: Asking): string {
  if (!template || "problem" in template) return ""
  const { name, namespace } = template.template.metadata
  return `${name}.${namespace}`
}

/** The text to ask, or why it cannot be written. */
function queryOf(check: Check, asking: Asking): string | Measurement {
  const { observer, template } = asking
  const text = {
    successRate: observer.queries.successRate,
    duration: observer.queries.duration,
    inline: check.metric.query,
    template: template && "template" in template ? template.template.spec.query : undefined,
    nothing: undefined,
  }[check.form]
  if (text === undefined) return { kind: "error", why: "no usable metrics template and query were configured" }
  try {
    return rendered(text, contextOf(check, asking), { wordsOnly: isBuiltin(check) && observer.queries.wordsOnly })
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    if (check.form !== "template") return { kind: "error", why: error.message }
    const why = `Metric template ${templateName(asking)} query render error: ${error.message}`
    return { kind: "error", why, whole: true }
  }
}

const contextOf = ({ metric }: Check, { canary, route }: Asking) => ({
  canary,
  interval: metric.interval,
  variables: metric.templateVariables,
  route,
})

async function answered(ask: () => Promise<Measurement>, signal: AbortSignal): Promise<Measurement> {
  const measurement = await caught(ask, (why): Measurement => ({ kind: "error", why }))
  signal.throwIfAborted()
  const isNumber = measurement.kind !== "value" || !Number.isNaN(measurement.value)
  return isNumber ? measurement : { kind: "noValues", why: "no values found" }
}

/** Whatever goes wrong inside a provider is told, not thrown. */
async function caught<T>(work: () => Promise<T>, told: (message: string) => T): Promise<T> {
  try {
    return await work()
  } catch (error) {
    return told((error as Error).message)
  }
}

function builtinAnswer({ form }: Check, answer: Measurement, { queries }: Observer): Measurement {
  if (answer.kind === "value") {
    const inSeconds = form === "duration" && queries.unit === "s"
    return { ...answer, value: inSeconds ? answer.value * 1000 : answer.value }
  }
  const isBare = form === "successRate" && queries.bareFailure
  return isBare ? answer : { ...answer, why: `running query failed: ${answer.why}` }
}

/** The pattern of the resource lets `1min` through; its beginning is what counts. */
function intervalMs({ metric: { interval = "" } }: Check): number {
  const beginning = /^\d+[ms]/.exec(interval)?.[0] ?? DEFAULT_INTERVAL
  return parseDurationMs(interval) ?? parseDurationMs(beginning)!
}
