import type { AlertRef, Canary } from "#api/canary.ts"
import { fullName } from "#api/release.ts"
import type { Alert } from "#core/rollout/say.ts"
import type { Http } from "#net/contract.ts"
import { createDeliveryQueue } from "#net/delivery-queue.ts"
import type { Sleep } from "#net/sleep.ts"
import { alertsFor, type ProviderRef, type Receiver, receiverOf, type ReceiverSources } from "./receiver.ts"
import { sendAlert } from "./send.ts"

export interface AlertDeliveryOptions extends ReceiverSources {
  http: Http
  sleep: Sleep
  /** For canaries that name nobody in `analysis.alerts`. */
  global?: Receiver
  noCrossNamespaceRefs?: boolean
  logError(text: string, about: { canary: string }): void
  /** An alert did not reach this provider, `name.namespace` or `global`. */
  failed(provider: string): void
}

export interface AlertDelivery {
  /** Queues the alert for everybody who wants it. Its repetition while nothing has changed goes to nobody. */
  send(canary: Canary, alert: Alert): void
  /** The canary is gone: its next alert repeats nothing. */
  forget(canary: Canary): void
  idle(): Promise<void>
  close(): void
}

const GLOBAL = "global"

export function createAlertDelivery(options: AlertDeliveryOptions): AlertDelivery {
  const { http, sleep, global, logError, failed } = options
  const queue = createDeliveryQueue({ dropped: failed })
  const lastSent = new Map<string, string>()

  const repeats = (canary: Canary, alert: Alert): boolean => {
    const told = situation(canary, alert)
    if (lastSent.get(fullName(canary)) === told) return true
    lastSent.set(fullName(canary), told)
    return false
  }

  const enqueue = (provider: string, about: { canary: string }, deliver: (signal: AbortSignal) => Promise<void>) =>
    queue.add(provider, {
      deliver,
      failed: ({ message }) => {
        logError(message, about)
        failed(provider)
      },
    })

  const sendGlobally = (alert: Alert, receiver: Receiver, about: { canary: string }) =>
    enqueue(GLOBAL, about, (signal) =>
      inContext("alert can't be sent", () => sendAlert(alert, receiver, { http, sleep, signal })),
    )

  const sendTo = (ref: ProviderRef, alert: Alert, about: { canary: string }) =>
    enqueue(`${ref.name}.${ref.namespace}`, about, async (signal) => {
      const receiver = await receiverOf(ref, options)
      if (!receiver) return
      const context = `alert provider ${ref.name}.${ref.namespace} send error`
      await inContext(context, () => sendAlert(alert, receiver, { http, sleep, signal }))
    })

  return {
    send(canary, alert) {
      if (repeats(canary, alert)) return
      const about = { canary: fullName(canary) }
      if ((canary.spec.analysis.alerts ?? []).length === 0) {
        if (global) sendGlobally(alert, global, about)
        return
      }
      for (const entry of alertsFor(canary, alert.severity)) {
        const ref = refOf(entry, canary)
        if (options.noCrossNamespaceRefs && ref.namespace !== canary.metadata.namespace) logError(blocked(ref), about)
        else sendTo(ref, alert, about)
      }
    },
    forget: (canary) => void lastSent.delete(fullName(canary)),
    idle: () => queue.idle(),
    close: () => queue.close(),
  }
}

/** All that a reader of two equal alerts could see to have moved in between. */
const situation = ({ metadata, status }: Canary, { text, revision, phase }: Alert): string =>
  JSON.stringify([metadata.uid, text, revision, phase, status?.canaryWeight, status?.iterations])

const refOf = ({ providerRef }: AlertRef, canary: Canary): ProviderRef => ({
  name: providerRef.name,
  namespace: providerRef.namespace || canary.metadata.namespace,
})

const blocked = ({ name, namespace }: ProviderRef): string =>
  `can't access alert provider ${name}.${namespace}, cross-namespace references are blocked`

async function inContext(context: string, act: () => Promise<void>): Promise<void> {
  try {
    await act()
  } catch (error) {
    throw new Error(`${context}: ${(error as Error).message}`, { cause: error })
  }
}
