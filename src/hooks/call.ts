import type { Webhook } from "#api/canary.ts"
import { cutBytes } from "#core/text/cut.ts"
import { redact } from "#core/text/redact.ts"
import { readAddress } from "#net/address.ts"
import type { Http, HttpRequest, HttpResponse } from "#net/contract.ts"
import { type Attempts, isPassing, sendWithRetries } from "#net/retry.ts"
import type { Sleep } from "#net/sleep.ts"
import type { HookPayload } from "./payload.ts"
import { hookTimeoutMs } from "./timeout.ts"

const MAX_TEXT_BYTES = 1024

export type HookResult = { ok: true } | HookFailure
export interface HookFailure {
  ok: false
  /** For events, as the original words it. */
  why: string
  /** For the log: what the server said where the words of the event leave it out. */
  detail?: string
}

export interface CallOptions {
  signal: AbortSignal
  sleep: Sleep
  /** Lets the receiver know a repeated attempt for what it is. */
  idempotencyKey?: string
}

/** Posts the payload, as often as the hook allows. An aborted call is a failure; look at the signal to tell. */
export async function callHook(
  hook: Webhook,
  payload: HookPayload,
  http: Http,
  { signal, sleep, idempotencyKey }: CallOptions,
): Promise<HookResult> {
  const timeoutMs = hookTimeoutMs(hook.timeout)
  if (typeof timeoutMs !== "number") return { ok: false, why: timeoutMs.problem }
  const address = readAddress(hook.url)
  if ("unreadable" in address) return { ok: false, why: address.unreadable }
  const request: HttpRequest = {
    method: "POST",
    url: hook.url,
    headers: { "content-type": "application/json", ...(idempotencyKey ? { "idempotency-key": idempotencyKey } : {}) },
    body: JSON.stringify(payload),
    timeoutMs,
    insecure: hook.disableTLS,
  }
  return resultOf(hook.url, await sendWithRetries(http, request, { retries: hook.retries ?? 0, sleep, signal }))
}

function resultOf(url: string, attempts: Attempts): HookResult {
  const givingUp = `POST ${redact(url)} giving up after ${attempts.made} attempt(s)`
  if ("failure" in attempts) return { ok: false, why: `${givingUp}: ${attempts.failure.message}` }
  const { response } = attempts
  if (response.status >= 200 && response.status <= 202) return { ok: true }
  if (isPassing(response.status)) return { ok: false, why: givingUp, detail: statusAndBody(response) }
  return { ok: false, why: bodyOf(response) || statusLine(response) }
}

const statusLine = ({ status, statusText }: HttpResponse): string => `${status} ${statusText}`.trim()
const bodyOf = ({ body }: HttpResponse): string => (body.trim() ? cutBytes(body, MAX_TEXT_BYTES) : "")

function statusAndBody(response: HttpResponse): string {
  const body = bodyOf(response)
  return body ? `${statusLine(response)}: ${body}` : statusLine(response)
}
