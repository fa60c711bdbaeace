import { spawn } from "node:child_process"
import { accessSync, constants, existsSync, statSync } from "node:fs"
import { constants as system } from "node:os"
import { delimiter, join, resolve } from "node:path"

export interface Program {
  command: readonly string[]
  env: Record<string, string>
  folder: string
  onOutput(chunk: Buffer): void
}

export interface Ended {
  exitCode: number
  /** When a signal ended it. */
  signal?: number
}

export interface RunningProgram {
  /** Also names the group of processes that it and its children are in. Undefined where there is no process. */
  readonly pid: number | undefined
  /** Resolves when all of its group is gone and its output is read. */
  readonly ended: Promise<Ended>
  /** To the program alone, as a container's first process gets it. */
  signal(name: NodeJS.Signals): void
  /** Ends all of its group at once. */
  kill(): void
}

/** A program that cannot be started. */
export class CannotStart extends Error {}

/**
 * Joins both outputs, so that their order is kept, becomes the program itself, and leaves a guard beside it that ends all of the group when the pipe ends; the pipe's other end
 * is ours alone, so that happens even when we are killed.
 */
const guarded = `exec 3<&0 </dev/null 2>&1
(read -r _ <&3; kill -9 0) >/dev/null 2>&1 &
exec 3<&-
exec "$@"`

const OUTPUT_PATIENCE_MS = 500

export async function startProgram({ command, env, folder, onOutput }: Program): Promise<RunningProgram> {
  const [name = "", ...args] = command
  const file = findProgram(name, env["PATH"] ?? "", folder)
  const child = start(["-c", guarded, name, file, ...args], { env, folder })
  await new Promise<void>((done, failed) => {
    child.once("spawn", done)
    child.once("error", (error) => failed(new CannotStart(error.message)))
  })
  const pid = child.pid!
  // Afterwards the system may give the number to somebody else.
  const isThere = () => child.exitCode === null && child.signalCode === null
  const killGroup = () => send(-pid, "SIGKILL")
  child.stdout.on("data", onOutput)
  // Writing nothing, we learn of its end only by this.
  child.stdin.on("error", () => {})
  const ended = new Promise<Ended>((done) => {
    child.once("exit", (code, signal) => {
      killGroup()
      const number = signal ? system.signals[signal] : undefined
      const end = () =>
        done(number === undefined ? { exitCode: code ?? 0 } : { exitCode: 128 + number, signal: number })
      child.once("close", end)
      // Whoever left the group may hold the output open.
      setTimeout(end, OUTPUT_PATIENCE_MS).unref()
    })
  })
  return {
    pid,
    ended,
    kill: () => void (isThere() && killGroup()),
    signal: (signal) => void (isThere() && send(pid, signal)),
  }
}

function start(args: string[], { env, folder }: { env: Record<string, string>; folder: string }) {
  // The system would say that the shell is missing.
  if (!existsSync(folder)) throw new CannotStart(`its working folder "${folder}" does not exist`)
  try {
    return spawn("/bin/sh", args, { env, cwd: folder, detached: true, stdio: ["pipe", "pipe", "ignore"] })
  } catch (error) {
    // Such as a zero byte in a value.
    throw new CannotStart((error as Error).message)
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has just gone.
  }
}

function findProgram(name: string, path: string, folder: string): string {
  const places = name.includes("/") ? [resolve(folder, name)] : path.split(delimiter).map((part) => join(part, name))
  const found = places.find(canRun)
  if (found) return found
  const why = name.includes("/") ? "no such file or directory" : "executable file not found in $PATH"
  throw new CannotStart(`exec: "${name}": ${why}`)
}

function canRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
