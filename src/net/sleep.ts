import { setTimeout as wait } from "node:timers/promises"

/** Waits; rejects when the signal is aborted first. Tests pass one that does not wait. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>

export const sleep: Sleep = async (ms, signal) => {
  await wait(ms, undefined, { signal })
}
