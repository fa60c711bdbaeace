import type { Canary } from "#api/canary.ts"
import { fullName } from "#api/release.ts"
import { alertFor } from "#core/rollout/alert-fields.ts"
import type { AlertText, Say } from "#core/rollout/say.ts"
import type { EventSink } from "#hooks/event-sink.ts"
import type { Recorder } from "#kube/events.ts"
import type { AlertDelivery } from "#notifiers/deliver.ts"
import type { Log } from "./log.ts"
import type { OwnMetrics } from "./own-metrics.ts"
import type { Voice } from "./reconcile.ts"

export interface VoiceOptions {
  log: Log
  metrics: OwnMetrics
  recorder: Recorder
  sink: EventSink
  alerts: AlertDelivery
  clusterName: string
  now(): number
}

/** Tells what happens: in the log, as Kubernetes events, to the event webhook, to the chats. None of it is waited for. */
export function createVoice({ log, metrics, recorder, sink, alerts, clusterName, now }: VoiceOptions): Voice {
  function tellEvent(say: Extract<Say, { event: string }>, before: Canary, after: Canary): void {
    const about = log.about(fullName(before))
    if (say.failure) about.error(say.event)
    else about.info(say.event)
    recorder.record({ about: before, type: say.type, message: say.event })
    const shown = say.after ? after : before
    const phase = say.phase ?? shown.status?.phase ?? ""
    sink.tell(shown, { text: say.event, type: say.type, phase, timeMs: now() })
  }

  function tellAlert(alert: AlertText, canary: Canary): void {
    const { phase = "", lastAppliedSpec = "" } = canary.status ?? {}
    const circumstances = { cluster: clusterName, timeMs: now(), phase, revision: lastAppliedSpec }
    alerts.send(canary, alertFor(canary, alert, circumstances))
  }

  return {
    tell(say, canary, after) {
      for (const one of say) {
        if ("event" in one) tellEvent(one, canary, after)
        else tellAlert(one.alert, after)
      }
    },
    seen({ snapshot: { canary, routes }, stage }) {
      const { phase } = canary.status ?? {}
      if (!phase || phase === "Initializing") return
      metrics.phase(canary, phase)
      if (stage && !("problem" in routes)) metrics.weights(canary, routes)
    },
    ended: (canary, outcome) => metrics.finished(canary, outcome),
    judged: (canary, seconds) => metrics.analysed(canary, seconds),
  }
}
