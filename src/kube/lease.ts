import type { KubeApi, Log } from "./contract.ts"
import { createLeaseLock } from "./lease-lock.ts"
import { quietSleep } from "./quiet-sleep.ts"
import { stoppedBy } from "./stopped-by.ts"

export interface LeaderElection {
  /** Should have connections of its own, so that nothing else delays a renewal. */
  api: KubeApi
  namespace: string
  name?: string
  /** Different for each candidate. */
  identity: string
  /** Others take over when they have seen no renewal for this long. */
  leaseSeconds?: number
  /** The leader stops when it could not renew for this long. */
  renewDeadlineSeconds?: number
  retrySeconds?: number
  onStart(): void
  /** Ends the leader's work. When the lead is given up on request, the lease is released after that. */
  onStop(why: string): void | Promise<void>
  /** Gives up the lead, or the wait for it. */
  signal: AbortSignal
  log: Log
  /** Milliseconds since 1970 that never jump. */
  now?: () => number
  /** Ends early, without an error, when the signal is aborted. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>
}

// As client-go spreads candidates that wait for the same lease.
const WAITING_JITTER = 1.2

/** Waits for the lead, and has it until it is lost or given up. Resolves then. */
export async function runAsLeader(election: LeaderElection): Promise<void> {
  const { name = "flagger-leader-election", leaseSeconds = 15, renewDeadlineSeconds = 10, retrySeconds = 2 } = election
  const { identity, signal, log, now = steadyNow, sleep = quietSleep } = election
  const lock = createLeaseLock({ ...election, name, leaseSeconds, now })
  const deadlineMs = renewDeadlineSeconds * 1000
  const retryMs = retrySeconds * 1000

  /** An attempt that takes longer than it may is as bad as one that fails. */
  async function within<T>(longestMs: number, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const over = new AbortController()
    const late = sleep(longestMs, over.signal).then(() => {
      throw new Error(`no answer within ${longestMs / 1000}s`)
    })
    try {
      return await Promise.race([task(over.signal), late])
    } finally {
      over.abort()
    }
  }

  async function take(longestMs: number): Promise<boolean> {
    try {
      return await within(longestMs, (over) => stoppedBy([over, signal], lock.take))
    } catch (error) {
      if (!signal.aborted) log(`cannot ${lock.holder() === identity ? "renew" : "take"} the lease ${name}`, error)
      return false
    }
  }

  /** When the lease was asked for that we got: others count from a later moment, so this one is safe to count from. */
  async function acquire(): Promise<number | undefined> {
    while (!signal.aborted) {
      const askedAt = now()
      if (await take(deadlineMs)) return askedAt
      await sleep(retryMs * (1 + Math.random() * WAITING_JITTER), signal)
    }
    return undefined
  }

  /** Renews until it is over, and says why it is. */
  async function keep(acquiredAt: number): Promise<string> {
    let renewedAt = acquiredAt
    const leftMs = () => renewedAt + deadlineMs - now()
    for (;;) {
      await sleep(Math.max(0, Math.min(retryMs, leftMs())), signal)
      if (signal.aborted) return "given up on request"
      if (leftMs() <= 0) return `the lease could not be renewed for ${renewDeadlineSeconds}s`
      const askedAt = now()
      if (await take(leftMs())) renewedAt = askedAt
      else if (lock.holder() !== identity) return `${lock.holder() || "nobody"} has the lease`
    }
  }

  const acquiredAt = await acquire()
  if (acquiredAt !== undefined && !signal.aborted) {
    election.onStart()
    await election.onStop(await keep(acquiredAt))
  }
  if (signal.aborted) {
    await within(deadlineMs, lock.release).catch((error: unknown) => log(`cannot release the lease ${name}`, error))
  }
}

const steadyNow = (): number => performance.timeOrigin + performance.now()
