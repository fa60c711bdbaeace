import { goDuration } from "#core/text/go-duration.ts"
import { NoAnswer } from "#net/contract.ts"

const FAILURES_BEFORE_PAUSE = 3
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 15_000

/** A metrics backend, as far as its patience goes. */
export interface Backend {
  /** Does the work when a place is free. Refuses at once while the backend is given a pause. */
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>
  /** Nothing is under way, and nothing has to be remembered. */
  idle(): boolean
}

/** Lets so many requests through at a time, and none for a while when the backend does not answer at all. */
export function createBackend(maxConcurrent: number): Backend {
  const waiting = new Set<() => void>()
  let active = 0
  let failures = 0
  let pauses = 0
  let pauseMs = 0
  let pausedUntil = 0
  let lastFailure = ""

  function refuseDuringPause(): void {
    const left = pausedUntil - performance.now()
    if (left > 0) throw new NoAnswer(`${lastFailure} (not asked again for ${goDuration(Math.ceil(left))})`, false)
  }

  async function place(signal: AbortSignal): Promise<void> {
    if (active < maxConcurrent) {
      active++
      return
    }
    await new Promise<void>((resolve, reject) => {
      const proceed = () => {
        signal.removeEventListener("abort", giveUp)
        resolve()
      }
      const giveUp = () => {
        waiting.delete(proceed)
        reject(new NoAnswer("context canceled", true, { cause: signal.reason }))
      }
      waiting.add(proceed)
      signal.addEventListener("abort", giveUp, { once: true })
    })
  }

  function leave(): void {
    const [next] = waiting
    if (!next) {
      active--
      return
    }
    waiting.delete(next)
    next()
  }

  function answered(): void {
    failures = 0
    pauseMs = 0
  }

  /** What began before a pause tells nothing about what comes after it. */
  function failed(message: string, pausesBefore: number): void {
    if (pauses !== pausesBefore || ++failures < FAILURES_BEFORE_PAUSE) return
    pauses++
    pauseMs = Math.min(pauseMs * 2 || FIRST_PAUSE_MS, LONGEST_PAUSE_MS)
    pausedUntil = performance.now() + pauseMs
    // The address and the query in front are those of whoever asked, perhaps of another canary.
    lastFailure = message.replace(/^\w+ "[^"]*": /, "")
  }

  async function attempt<T>(work: () => Promise<T>): Promise<T> {
    const pausesBefore = pauses
    try {
      const result = await work()
      answered()
      return result
    } catch (error) {
      if (error instanceof NoAnswer && !error.final) failed(error.message, pausesBefore)
      throw error
    }
  }

  return {
    idle: () => active === 0 && failures === 0,
    async run(work, signal) {
      refuseDuringPause()
      await place(signal)
      try {
        refuseDuringPause()
        return await attempt(work)
      } finally {
        leave()
      }
    },
  }
}
