import type { Canary } from "#api/canary.ts"
import { checksOf } from "#core/analysis/checks.ts"
import { verdictOf } from "#core/analysis/verdict.ts"
import { hooksOf } from "#core/rollout/hooks.ts"
import type { CheckAnswer } from "#core/rollout/snapshot.ts"
import { askHooks, type Declined } from "#hooks/gates.ts"
import type { Http } from "#net/contract.ts"
import { sleep } from "#net/sleep.ts"
import { fullName } from "#api/release.ts"
import type { Witnesses } from "./answer.ts"
import type { Log } from "./log.ts"
import type { MetricSource } from "./metric-source.ts"
import type { OwnMetrics } from "./own-metrics.ts"

export interface WitnessOptions {
  http: Http
  source: MetricSource
  metrics: OwnMetrics
  log: Log
  now(): number
}

/** Those who know what a decision asks: metrics backends and hooks. */
export function createWitnesses({ http, source, metrics, log, now }: WitnessOptions): Witnesses {
  /** What does not fit into an event's text, such as the body of a server error. */
  const logDetails = (canary: Canary, declined: readonly Declined[]) => {
    for (const { name, detail } of declined) {
      if (detail) log.about(fullName(canary)).warn(`Hook ${name} answered ${detail}`)
    }
  }

  /** One after another, in the order of the list: the first that does not pass ends the round. */
  async function checks(canary: Canary, signal: AbortSignal): Promise<CheckAnswer> {
    const asking = source.of(canary)
    for (const check of checksOf(canary)) {
      const measurement = await asking.measure(check, signal)
      if (measurement.kind === "value" && measurement.note) {
        log.about(fullName(canary)).info(`Metric ${check.metric.name}: ${measurement.note}`)
      }
      const verdict = verdictOf(check, measurement, canary, asking.observer)
      if (verdict.gauge) metrics.measured(canary, verdict.gauge.metric, verdict.gauge.value)
      if (verdict.verdict !== "pass") return { passed: false, told: verdict.why ? [verdict.why] : [] }
    }
    return { passed: true, told: [] }
  }

  return {
    checks,
    online: (canary, signal) => source.of(canary).offline(signal),
    async hooks(canary, { type, phase, whileWaiting }, signal) {
      const all = hooksOf(canary.spec.analysis.webhooks, type)
      const hooks = whileWaiting ? all.filter((hook) => hook.whileWaiting) : all
      const answer = await askHooks(hooks, { canary, phase, tick: `${now()}`, http, signal, sleep })
      logDetails(canary, [...(answer.declined ?? []), ...(answer.failed ? [answer.failed] : [])])
      return answer
    },
  }
}
