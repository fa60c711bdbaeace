import { setTimeout as sleep } from "node:timers/promises"
import type { Call, Connection } from "./connection.ts"
import { type Answer, Interrupted } from "./exchange.ts"
import type { RateLimit } from "./rate-limit.ts"
import { stoppedBy } from "./stopped-by.ts"

const TRIES_WHEN_BUSY = 5
const TRIES_WHEN_CUT_OFF = 3
const LONGEST_WAIT_MS = 30_000
const FIRST_BACK_OFF_MS = 100

// What goes wrong on a way that worked a moment ago; a bad certificate or an unknown host is not better the next time.
const passing: ReadonlySet<string> = new Set([
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EPIPE",
  "ETIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_SOCKET",
])

/** Sends within the rate limits, and again where the server asks for it or a lost connection makes it harmless. */
export function createSender(
  connection: Connection,
  limitOf: (path: string) => RateLimit,
  closed: AbortSignal,
): (call: Call) => Promise<Answer & { tries: number }> {
  async function sendOnce(call: Call): Promise<Answer> {
    closed.throwIfAborted()
    const rateLimit = limitOf(call.path)
    if (!rateLimit.tryTake()) await stoppedBy([closed, call.signal], rateLimit.take)
    try {
      return await connection.send(call)
    } catch (error) {
      closed.throwIfAborted()
      throw error
    }
  }

  return async (call) => {
    for (let tries = 1; ; tries++) {
      let waitMs: number | undefined
      try {
        const answer = await sendOnce(call)
        waitMs = tries < TRIES_WHEN_BUSY ? retryAfterMs(answer) : undefined
        if (waitMs === undefined) return { ...answer, tries }
      } catch (error) {
        if (tries >= TRIES_WHEN_CUT_OFF || !isHarmlessToRepeat(call, error)) throw error
        waitMs = FIRST_BACK_OFF_MS * 2 ** (tries - 1) * (0.5 + Math.random())
      }
      await stoppedBy([closed, call.signal], (signal) =>
        sleep(waitMs, undefined, { signal }).catch(() => Promise.reject(signal.reason)),
      )
    }
  }
}

/** How long a server that is too busy wants us to wait; undefined when it does not say, or when it is too long to stand here. */
function retryAfterMs({ status, headers }: Answer): number | undefined {
  const seconds = Number(headers["retry-after"] ?? Number.NaN)
  const isBusy = status === 429 || status >= 500
  if (!isBusy || !(seconds >= 0) || seconds * 1000 > LONGEST_WAIT_MS) return undefined
  // Those who were sent away together should not come back together.
  return seconds * 1000 + Math.random() * FIRST_BACK_OFF_MS
}

function isHarmlessToRepeat(call: Call, error: unknown): boolean {
  if (!(error instanceof Interrupted) || !passing.has(error.code) || call.onChunk) return false
  return !error.sent || call.repeatable === true
}
