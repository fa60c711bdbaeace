import type { Canary, Phase, Webhook } from "#api/canary.ts"
import { fullName } from "#api/release.ts"
import { hooksOf } from "#core/rollout/hooks.ts"
import type { EventType } from "#core/rollout/say.ts"
import type { Http } from "#net/contract.ts"
import { createDeliveryQueue } from "#net/delivery-queue.ts"
import type { Sleep } from "#net/sleep.ts"
import { callHook } from "./call.ts"
import { hookPayload } from "./payload.ts"

/** A told event. The phase is the one the payload carries. */
export interface ToldEvent {
  text: string
  type: EventType
  phase: Phase
  timeMs: number
}

export interface EventSink {
  /** Queues the event for the canary's event hooks, else for the global address. The canary is read at once. */
  tell(canary: Canary, event: ToldEvent): void
  idle(): Promise<void>
  close(): void
}

export interface EventSinkOptions {
  http: Http
  sleep: Sleep
  /** Address of canaries without event hooks. */
  globalUrl?: string
  logError(text: string, about: { canary: string; detail?: string }): void
  /** A canary's oldest event was given up: its receiver is too slow. */
  dropped(canary: string): void
}

export function createEventSink({ http, sleep, globalUrl, logError, dropped }: EventSinkOptions): EventSink {
  const queue = createDeliveryQueue({ dropped })
  return {
    tell(canary, event) {
      const name = fullName(canary)
      const log = (why: string, detail?: string) =>
        logError(`error sending event to webhook: ${why}`, { canary: name, ...(detail ? { detail } : {}) })
      for (const hook of receiversOf(canary, globalUrl)) {
        const payload = hookPayload(canary, event.phase, { ...hook.metadata, ...reserved(event) })
        queue.add(name, {
          deliver: async (signal) => {
            const result = await callHook(hook, payload, http, { signal, sleep })
            if (!result.ok && !signal.aborted) log(result.why, result.detail)
          },
          failed: ({ message }) => log(message),
        })
      }
    },
    idle: () => queue.idle(),
    close: () => queue.close(),
  }
}

function receiversOf(canary: Canary, globalUrl: string | undefined): Webhook[] {
  // Refusals of incomplete canaries are told too.
  const own = hooksOf(canary.spec.analysis?.webhooks, "event")
  if (own.length > 0 || !globalUrl) return own
  return [{ name: "global", type: "event", url: globalUrl }]
}

const reserved = ({ text, type, timeMs }: ToldEvent): Record<string, string> => ({
  eventMessage: text,
  eventType: type,
  timestamp: `${timeMs}`,
})
