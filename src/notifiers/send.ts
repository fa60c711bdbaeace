import type { Alert } from "#core/rollout/say.ts"
import { cutBytes } from "#core/text/cut.ts"
import { redact, redactPaths } from "#core/text/redact.ts"
import type { Http, HttpRequest } from "#net/contract.ts"
import { proxyAddress } from "#net/proxy-address.ts"
import { sendWithRetries } from "#net/retry.ts"
import type { Sleep } from "#net/sleep.ts"
import type { Receiver } from "./receiver.ts"

const TIMEOUT_MS = 5_000
const RETRIES = 2
const SHOWN_BODY_BYTES = 1024

export interface SendOptions {
  http: Http
  sleep: Sleep
  signal: AbortSignal
}

/** Sends one alert; throws what to log when the receiver did not take it. */
export async function sendAlert(alert: Alert, receiver: Receiver, options: SendOptions): Promise<void> {
  const problem = await failureOf(alert, receiver, options)
  if (problem) throw new Error(`postMessage failed: ${problem}`)
}

async function failureOf(
  alert: Alert,
  { notifier, options: to }: Receiver,
  { http, sleep, signal }: SendOptions,
): Promise<string | undefined> {
  const proxyProblem = to.proxy && problemOfProxy(to.proxy)
  if (proxyProblem) return proxyProblem
  const message = notifier.message(withoutSecrets(alert), to)
  const request: HttpRequest = {
    ...message,
    headers: { "content-type": "application/json", ...message.headers },
    timeoutMs: TIMEOUT_MS,
    proxy: to.proxy || undefined,
  }
  const ended = await sendWithRetries(http, request, { retries: RETRIES, sleep, signal })
  if ("failure" in ended) return `sending notification failed to send: ${redactPaths(ended.failure.message)}`
  const { status, body } = ended.response
  if (status < 200 || status > 299)
    return `sending notification bad response ${status}: ${cutBytes(body, SHOWN_BODY_BYTES)}`
  const refusal = notifier.refusal?.(body)
  return refusal && `sending notification refused: ${refusal}`
}

function problemOfProxy(proxy: string): string | undefined {
  try {
    proxyAddress(proxy)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** Error texts that alerts repeat may mention addresses with credentials. */
const withoutSecrets = (alert: Alert): Alert => ({
  ...alert,
  text: redact(alert.text),
  fields: alert.fields.map(({ name, value }) => ({ name, value: redact(value) })),
})
