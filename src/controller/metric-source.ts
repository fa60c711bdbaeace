import type { Canary } from "#api/canary.ts"
import type { MetricTemplate } from "#api/metric-template.ts"
import type { ObjectRef } from "#api/objects.ts"
import { type Check, checksOf, type Measurement } from "#core/analysis/checks.ts"
import { type Asking, measure, offlineReason } from "#metrics/ask.ts"
import { observerFor } from "#metrics/builtin/observer.ts"
import type { Http } from "#net/contract.ts"
import type { Log } from "./log.ts"
import { templateRefOf, textOf } from "./look.ts"

/** Answers the checks of canaries. */
export interface MetricSource {
  of(canary: Canary): CanaryMetrics
  /** Says in the log whether the default metrics server is there; nothing depends on it. */
  probe(log: Log): Promise<void>
}

export interface CanaryMetrics {
  /** Whose series the built-in checks read. */
  observer: string
  measure(check: Check, signal: AbortSignal): Promise<Measurement>
  /** The first backend that does not answer, with the reason. */
  offline(signal: AbortSignal): Promise<string | undefined>
}

export interface MetricSourceOptions {
  http: Http
  settings: { metricsServer: string; meshProvider: string }
  template(ref: ObjectRef): MetricTemplate | undefined
  secret(namespace: string, name: string): Promise<Readonly<Record<string, string>> | undefined>
}

type Template = NonNullable<Asking["template"]>

export function createMetricSource({ http, settings, template, secret }: MetricSourceOptions): MetricSource {
  async function templateOf(canary: Canary, check: Check): Promise<Template | undefined> {
    const { templateRef } = check.metric
    if (check.form !== "template" || !templateRef) return undefined
    const ref = templateRefOf(canary, templateRef)
    const found = template(ref)
    const name = `${ref.name}.${ref.namespace}`
    if (!found) {
      return { problem: `Metric template ${name} error: metrictemplate.flagger.app "${ref.name}" not found` }
    }
    const secretName = found.spec.provider.secretRef?.name
    if (!secretName) return { template: found, credentials: {} }
    try {
      const data = await secret(ref.namespace!, secretName)
      if (data) return { template: found, credentials: trimmed(data) }
      return { problem: `Metric template ${name} secret ${secretName} error: secrets "${secretName}" not found` }
    } catch (error) {
      return { problem: `Metric template ${name} secret ${secretName} error: ${textOf(error)}` }
    }
  }

  const askingOf = async (canary: Canary, check: Check): Promise<Asking> => {
    const needed = await templateOf(canary, check)
    return {
      canary,
      observer: observerFor(settings.meshProvider, canary),
      metricsServer: canary.spec.metricsServer || settings.metricsServer,
      ...(needed ? { template: needed } : {}),
    }
  }

  return {
    of: (canary) => ({
      observer: observerFor(settings.meshProvider, canary).name,
      measure: async (check, signal) => measure(check, await askingOf(canary, check), http, signal),
      async offline(signal) {
        for (const check of checksOf(canary)) {
          const why = await offlineReason(check, await askingOf(canary, check), http, signal)
          if (why !== undefined) return why
        }
        return undefined
      },
    }),
    async probe(log) {
      const { metricsServer } = settings
      if (!metricsServer) return
      const asking = { metricsServer } as Asking
      const check: Check = { metric: { name: "request-success-rate" }, form: "successRate" }
      const why = await offlineReason(check, asking, http, AbortSignal.timeout(10_000))
      if (why === undefined) log.info(`Connected to metrics server ${metricsServer}`)
      else log.error(`Metrics server ${metricsServer} unreachable ${why}`)
    },
  }
}

/** Secrets made from files end in a line end that nobody means. */
const trimmed = (data: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(data).map(([key, value]) => [key, value.replace(/[\r\n]+$/, "")]))
