import { spawn } from "node:child_process"
import { once } from "node:events"
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"

export interface Child {
  readonly pid: number
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  isRunning(): boolean
  /** Everything it wrote so far. */
  log(): string
  /** Resolves when it is gone. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null }>
}

export interface Command {
  /** Names the log file. Started again under the same name, it goes on in the same file. */
  name: string
  command: string
  args: string[]
}

const pidsIn = (folder: string) => join(folder, "pids")

/** Starts a process that is known to the rig in this folder, so that the rig can end it in any case. */
export function startChild(folder: string, { name, command, args }: Command): Child {
  const logFile = join(folder, `${name}.log`)
  const output = openSync(logFile, "a")
  const child = spawn(command, args, { cwd: folder, stdio: ["ignore", output, output] })
  closeSync(output)
  const { pid } = child
  if (pid === undefined) throw new Error(`${command} cannot be started`)
  mkdirSync(pidsIn(folder), { recursive: true })
  const pidFile = join(pidsIn(folder), String(pid))
  writeFileSync(pidFile, name)
  const exited = once(child, "exit").then(([code, signal]) => {
    rmSync(pidFile, { force: true })
    return { code, signal }
  })
  return {
    pid,
    exited,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    log: () => readFileSync(logFile, "utf8"),
    end: (signal) => {
      child.kill(signal)
      return exited
    },
  }
}

/** Ends, at once, every process that was started in this folder, by whichever process of the test run. */
export function killChildren(folder: string): void {
  for (const pid of startedIn(folder)) {
    if (!isOurs(pid, folder)) continue
    try {
      process.kill(pid, "SIGKILL")
    } catch {
      // It ended by itself in the meantime.
    }
  }
}

function startedIn(folder: string): number[] {
  try {
    return readdirSync(pidsIn(folder)).map(Number)
  } catch {
    return []
  }
}

/** A process id may have gone to somebody else since; ours all carry a path of the rig in their arguments. */
function isOurs(pid: number, folder: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(folder)
  } catch {
    return false
  }
}
