import type { Clock } from "../contract.ts"

/** Wakes those who wait for something to change. */
export interface Bell {
  ring(): void
  /** Until it rings, the time is over, or the signal is aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void>
}

export function createBell(clock: Clock): Bell {
  const waiting = new Set<() => void>()
  return {
    ring() {
      for (const wake of waiting) wake()
    },
    wait: (ms, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve()
        const wake = () => {
          forget()
          waiting.delete(wake)
          signal.removeEventListener("abort", wake)
          resolve()
        }
        const forget = clock.after(ms, wake)
        waiting.add(wake)
        signal.addEventListener("abort", wake)
      }),
  }
}

/** Until the time is over, or the signal is aborted. */
export const wait = (clock: Clock, ms: number, signal: AbortSignal): Promise<void> => createBell(clock).wait(ms, signal)
