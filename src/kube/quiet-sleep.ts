import { setTimeout as pause } from "node:timers/promises"

/** Sleeps for a while, or until the signal is aborted; which of the two is for the caller to look. */
export const quietSleep = (ms: number, signal: AbortSignal): Promise<void> =>
  pause(ms, undefined, { signal }).catch(() => undefined)
