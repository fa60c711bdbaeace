import { type Http, type HttpRequest, type HttpResponse, NoAnswer } from "./contract.ts"
import type { Sleep } from "./sleep.ts"

const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 30_000
// What a server may ask for; a canary, or a queue, waits meanwhile.
const LONGEST_RETRY_AFTER_MS = 30 * 60_000

/** How the last of the attempts ended. */
export type Attempts = { made: number } & ({ response: HttpResponse } | { failure: NoAnswer })

export interface RetryOptions {
  retries: number
  sleep: Sleep
  signal: AbortSignal
}

/** Sends until an answer comes that is worth keeping, at most `retries` times more. Never throws. */
export async function sendWithRetries(http: Http, request: HttpRequest, options: RetryOptions): Promise<Attempts> {
  for (let made = 1; ; made++) {
    const ended = await attempt(http, request, options.signal)
    if (!worthRepeating(ended) || made > options.retries) return { made, ...ended }
    const waited = await waitFor(waitMs(made - 1, ended), options)
    if (!waited) return { made, failure: new NoAnswer("context canceled", true) }
  }
}

/** Says of a status that the server may think better of it. */
export const isPassing = (status: number): boolean => status === 429 || (status >= 500 && status !== 501)

type Ended = { response: HttpResponse } | { failure: NoAnswer }

async function attempt(http: Http, request: HttpRequest, signal: AbortSignal): Promise<Ended> {
  try {
    return { response: await http.send(request, signal) }
  } catch (error) {
    return { failure: error instanceof NoAnswer ? error : new NoAnswer(String(error), true, { cause: error }) }
  }
}

const worthRepeating = (ended: Ended): boolean =>
  "failure" in ended ? !ended.failure.final : isPassing(ended.response.status)

function waitMs(attempt: number, ended: Ended): number {
  const asked = "response" in ended ? retryAfterMs(ended.response, Date.now()) : undefined
  return asked ?? Math.min(FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS)
}

function retryAfterMs({ status, headers }: HttpResponse, nowMs: number): number | undefined {
  if (status !== 429 && status !== 503) return undefined
  const text = headers["retry-after"]?.trim() ?? ""
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_RETRY_AFTER_MS)
}

async function waitFor(ms: number, { sleep, signal }: RetryOptions): Promise<boolean> {
  try {
    await sleep(ms, signal)
  } catch (error) {
    if (!signal.aborted) throw error
  }
  return !signal.aborted
}
