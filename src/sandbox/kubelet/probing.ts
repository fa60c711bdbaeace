import type { Probe } from "kubernetes-types/core/v1.js"
import type { Clock } from "../contract.ts"
import { wait } from "./bell.ts"
import type { Verdict } from "./probe-attempt.ts"

export interface Probing {
  probe: Probe
  clock: Clock
  signal: AbortSignal
  attempt(): Promise<Verdict>
  /** Also try in between until it first succeeds. */
  eager?: boolean
  /** Whenever enough attempts in a row have said so, also when that is nothing new. */
  onResult(passes: boolean): void
  onTrouble(verdict: Exclude<Verdict, { says: "success" }>): void
}

const FIRST_EAGER_MS = 50

/**
 * Tries a probe period after period until the signal is aborted. A kubelet begins somewhere in the first period, by chance. Here
 * that is its end, for what may count against the container; with `eager` the time before is used to see it ready soon.
 */
export async function keepProbing(probing: Probing): Promise<void> {
  const { probe, clock, signal, attempt, eager, onResult, onTrouble } = probing
  const periodMs = (probe.periodSeconds ?? 10) * 1000
  const needed = { success: probe.successThreshold ?? 1, failure: probe.failureThreshold ?? 3 }
  let last: "success" | "failure" | undefined
  let inRow = 0

  function count(says: "success" | "failure"): void {
    inRow = says === last ? inRow + 1 : 1
    last = says
    if (inRow >= needed[says]) onResult(says === "success")
  }

  /** How long to wait for the first attempt that counts. */
  async function tryEagerly(): Promise<number> {
    let passedMs = 0
    for (let stepMs = FIRST_EAGER_MS; passedMs + stepMs < periodMs; stepMs *= 1.5) {
      await wait(clock, stepMs, signal)
      passedMs += stepMs
      const { says } = signal.aborted ? { says: "error" } : await attempt()
      if (signal.aborted) return 0
      if (says !== "success" && says !== "warning") continue
      count("success")
      return periodMs
    }
    return periodMs - passedMs
  }

  await wait(clock, (probe.initialDelaySeconds ?? 0) * 1000, signal)
  let waitMs = eager ? await tryEagerly() : periodMs
  for (;;) {
    await wait(clock, waitMs, signal)
    if (signal.aborted) return
    const verdict = await attempt()
    if (signal.aborted) return
    if (verdict.says !== "success") onTrouble(verdict)
    if (verdict.says !== "error") count(verdict.says === "failure" ? "failure" : "success")
    waitMs = periodMs
  }
}
