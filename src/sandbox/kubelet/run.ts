import type { Probe } from "kubernetes-types/core/v1.js"
import type { Clock } from "../contract.ts"
import { wait } from "./bell.ts"
import type { Happening } from "./events.ts"
import { watchHealth } from "./health.ts"
import { runHook } from "./hook.ts"
import type { Inside } from "./inside.ts"
import type { Ended, RunningProgram } from "./process.ts"

export interface RunOptions {
  program: RunningProgram
  inside: Inside
  clock: Clock
  /** How long it has to end by itself. */
  graceMs: number
  willRestart: boolean
  tell(happening: Happening): void
  onRunning(): void
  onStarted(): void
  onReady(ready: boolean): void
}

/** One run of a container, from the start of its program to its end. */
export interface Run {
  readonly ended: Promise<Ended>
  /** May be called again with less time. */
  stop(graceMs: number, why?: string): void
  kill(): void
}

// Also where no time is given at all.
const LEAST_GRACE_MS = 2000

export function follow(options: RunOptions): Run {
  const { program, inside, clock, tell } = options
  const { container } = inside
  const ended = new AbortController()
  const stopping = new AbortController()
  let killAtMs = Infinity
  let forgetKill = () => {}

  function killWithin(ms: number): void {
    killAtMs = clock.now() + ms
    forgetKill()
    forgetKill = clock.after(ms, program.kill)
  }

  async function begin(): Promise<void> {
    const { postStart } = container.lifecycle ?? {}
    try {
      if (postStart) await runHook(postStart, inside, clock, ended.signal)
    } catch {
      // What it wrote may be secret.
      tell({ type: "Warning", reason: "FailedPostStartHook", message: "PostStartHook failed" })
      return stop(options.graceMs, "FailedPostStartHook")
    }
    if (ended.signal.aborted) return
    options.onRunning()
    await watchHealth({
      inside,
      clock,
      tell,
      ended: ended.signal,
      stopping: stopping.signal,
      onStarted: options.onStarted,
      onReady: options.onReady,
      onUnhealthy,
    })
  }

  function onUnhealthy(kind: string, { terminationGracePeriodSeconds: seconds }: Probe): void {
    const graceMs = seconds === undefined ? options.graceMs : seconds * 1000
    stop(graceMs, `Container ${container.name} failed ${kind} probe${options.willRestart ? ", will be restarted" : ""}`)
  }

  function stop(graceMs: number, why = `Stopping container ${container.name}`): void {
    if (ended.signal.aborted) return
    if (stopping.signal.aborted) {
      const ms = Math.max(graceMs, LEAST_GRACE_MS)
      if (clock.now() + ms < killAtMs) killWithin(ms)
      return
    }
    stopping.abort()
    tell({ type: "Normal", reason: "Killing", message: why })
    killWithin(Math.max(graceMs, LEAST_GRACE_MS))
    void end(graceMs)
  }

  async function end(graceMs: number): Promise<void> {
    const { preStop } = container.lifecycle ?? {}
    if (preStop && graceMs > 0) {
      const enough = new AbortController()
      const hook = runHook(preStop, inside, clock, enough.signal).catch(() =>
        tell({ type: "Warning", reason: "FailedPreStopHook", message: "PreStopHook failed" }),
      )
      await Promise.race([hook, wait(clock, graceMs, ended.signal)])
      enough.abort()
      if (killAtMs - clock.now() < LEAST_GRACE_MS) killWithin(LEAST_GRACE_MS)
    }
    program.signal("SIGTERM")
  }

  void program.ended.then(() => {
    ended.abort()
    stopping.abort()
    forgetKill()
  })
  void begin()
  return { ended: program.ended, stop, kill: program.kill }
}

/** What a container without a program runs. */
export function nothing(): RunningProgram {
  let end: (ended: Ended) => void
  const ended = new Promise<Ended>((done) => (end = done))
  return { pid: undefined, ended, signal: () => end({ exitCode: 0 }), kill: () => end({ exitCode: 137, signal: 9 }) }
}
