import { setMaxListeners } from "node:events"

const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Reason of an abort by the clock. */
export const outOfTime = new Error("context deadline exceeded")
/** Reason of an abort by the caller. */
const canceled = new Error("context canceled")

export interface Deadline {
  signal: AbortSignal
  /** Rejects with the reason when the signal is aborted. */
  passed: Promise<never>
  /** Stops the clock and lets go of the caller's signal. */
  end(): void
}

/** One signal for the time limit of a request and for the caller's wish to stop. */
export function deadline(timeoutMs: number, caller?: AbortSignal): Deadline {
  const controller = new AbortController()
  const passed = new Promise<never>((_resolve, reject) => {
    controller.signal.addEventListener("abort", () => reject(controller.signal.reason as Error), { once: true })
  })
  const timer = setTimeout(() => controller.abort(outOfTime), Math.min(timeoutMs, LONGEST_TIMER_MS))
  const cancel = () => controller.abort(canceled)
  if (caller) {
    // One signal may stop any number of requests; Node takes more than ten for a leak.
    setMaxListeners(0, caller)
    if (caller.aborted) cancel()
    caller.addEventListener("abort", cancel, { once: true })
  }
  return {
    signal: controller.signal,
    passed,
    end() {
      clearTimeout(timer)
      caller?.removeEventListener("abort", cancel)
    },
  }
}
