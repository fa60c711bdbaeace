import { randomBytes } from "node:crypto"
import type { ContainerStateTerminated } from "kubernetes-types/core/v1.js"
import { goDuration } from "#core/text/go-duration.ts"
import { timeText } from "../contract.ts"
import { createBackOff } from "./back-off.ts"
import { wait } from "./bell.ts"
import { type Around, prepare, type Prepared } from "./prepare.ts"
import { createLogBuffer, type LogBuffer } from "./log-buffer.ts"
import { podText } from "./pod.ts"
import { CannotStart, type Ended, type RunningProgram, startProgram } from "./process.ts"
import { follow, nothing, type Run } from "./run.ts"
import type { ContainerView } from "./status.ts"

/** One container of a pod, through all of its runs. */
export interface ContainerLife {
  readonly view: Readonly<ContainerView>
  /** Resolves when it is over for good. */
  run(): Promise<void>
  /** Resolves when it has ended. May be called again with less time. */
  stop(graceMs: number): Promise<void>
  /** Ends it at once. Resolves when it has ended. */
  kill(): Promise<void>
  /** Names the group of its processes. */
  pid(): number | undefined
  /** What its runs have written, the last one first. */
  logs(): readonly LogBuffer[]
}

const LONGEST_MESSAGE = 2048
const MESSAGE_LINES = 80

export function createContainer(around: Around, view: ContainerView): ContainerLife {
  const { clock, changed } = around
  const { spec } = view
  const stopping = new AbortController()
  const nextBackOffMs = createBackOff(around.backOff)
  let stopGraceMs = 0
  let isKilled = false
  let current: Run | undefined
  let program: RunningProgram | undefined
  let finished: Promise<void> = Promise.resolve()
  let logs: LogBuffer[] = []

  const tell = (type: "Normal" | "Warning", reason: string, message: string) => around.tell({ type, reason, message })

  function set(part: Partial<ContainerView>): void {
    Object.assign(view, part)
    changed()
  }

  async function live(): Promise<void> {
    while (mayStart()) {
      const prepared = await prepare(around, view, set, stopping.signal)
      if (!prepared) return
      const ranForMs = await runOnce(prepared)
      if (stopping.signal.aborted || !mayStart()) return
      await backOff(nextBackOffMs(ranForMs))
    }
  }

  /** Not where it has ended and its pod does not want it again. */
  function mayStart(): boolean {
    if (stopping.signal.aborted) return false
    const end = view.state.terminated
    return !end || around.restartPolicy === "Always" || (around.restartPolicy === "OnFailure" && end.exitCode !== 0)
  }

  async function backOff(ms: number): Promise<void> {
    if (ms === 0) return
    const { name } = spec
    const pod = podText(around.pod())
    const message = `back-off ${goDuration(ms)} restarting failed container=${name} pod=${pod}`
    set({ lastState: view.state, state: { waiting: { reason: "CrashLoopBackOff", message } } })
    tell("Warning", "BackOff", `Back-off restarting failed container ${name} in pod ${pod}`)
    await wait(clock, ms, stopping.signal)
  }

  /** Tells how long it ran. */
  async function runOnce(prepared: Prepared): Promise<number> {
    const before = view.state.terminated ?? view.lastState.terminated
    if (before) set({ lastState: { terminated: before }, restartCount: view.restartCount + 1 })
    view.containerID = `process://${randomBytes(32).toString("hex")}`
    const log = createLogBuffer(clock)
    logs = [log, ...logs].slice(0, 2)
    const startMs = clock.now()
    const ended = await start(prepared, log, startMs)
    log.end()
    const end = terminated(ended, startMs, log)
    // An init container is ready when it is done.
    set({ started: false, ready: view.isInit && end.exitCode === 0, state: { terminated: end } })
    return clock.now() - startMs
  }

  async function start({ command, inside }: Prepared, log: LogBuffer, startMs: number): Promise<Ended | CannotStart> {
    try {
      const { env, folder } = inside
      program = command.length > 0 ? await startProgram({ command, env, folder, onOutput: log.write }) : nothing()
    } catch (error) {
      tell("Warning", "Failed", `Error: failed to start container "${spec.name}": ${(error as Error).message}`)
      return error instanceof CannotStart ? error : new CannotStart((error as Error).message)
    }
    tell("Normal", "Created", "Container created")
    tell("Normal", "Started", "Container started")
    const running = { running: { startedAt: timeText(startMs) } }
    current = follow({
      program,
      inside,
      clock,
      graceMs: around.graceMs(),
      willRestart: around.restartPolicy !== "Never",
      tell: around.tell,
      onRunning: () => set({ state: running }),
      onStarted: () => set({ started: true }),
      onReady: (ready) => ready !== view.ready && set({ ready }),
    })
    if (isKilled) current.kill()
    else if (stopping.signal.aborted) current.stop(stopGraceMs)
    return current.ended
  }

  function terminated(ended: Ended | CannotStart, startMs: number, log: LogBuffer): ContainerStateTerminated {
    const times = { startedAt: timeText(startMs), finishedAt: timeText(clock.now()), containerID: view.containerID }
    if (ended instanceof CannotStart) return { exitCode: 128, reason: "StartError", message: ended.message, ...times }
    const { exitCode, signal } = ended
    const message = exitCode !== 0 && spec.terminationMessagePolicy === "FallbackToLogsOnError" ? lastWords(log) : ""
    return {
      exitCode,
      ...(signal === undefined ? {} : { signal }),
      reason: exitCode === 0 ? "Completed" : "Error",
      ...(message ? { message } : {}),
      ...times,
    }
  }

  return {
    view,
    run() {
      finished = live()
      return finished
    },
    stop(graceMs) {
      stopGraceMs = graceMs
      stopping.abort()
      current?.stop(graceMs)
      return finished
    },
    kill() {
      isKilled = true
      stopping.abort()
      program?.kill()
      return finished
    },
    pid: () => (view.state.running ? program?.pid : undefined),
    logs: () => logs,
  }
}

function lastWords(log: LogBuffer): string {
  const lines = log.read(0).lines.slice(-MESSAGE_LINES)
  return Buffer.concat(lines.map(({ bytes }) => bytes))
    .subarray(-LONGEST_MESSAGE)
    .toString()
}
