import { readdirSync, readFileSync } from "node:fs"
import type { Clock } from "../contract.ts"

export interface Usage {
  cpuMillicores: number
}

/** CPU time used so far, by group of processes. Undefined where the system has no such files. */
type Reading = { atMs: number; ticks: ReadonlyMap<number, number> }

// What Linux counts CPU time in for programs, on every architecture.
const TICKS_PER_SECOND = 100
const FRESH_MS = 1000
const WINDOW_MS = 5000

/**
 * How much CPU groups of processes use: the mean over the time since it was last asked, at least a few seconds. Reads nothing
 * until it is asked.
 */
export function createUsage(clock: Clock, read: () => Map<number, number> | undefined = readTicks) {
  let earlier: Reading | undefined
  let latest: Reading | undefined

  function look(): void {
    const atMs = clock.now()
    if (latest && atMs - latest.atMs < FRESH_MS) return
    const ticks = read()
    if (!ticks) return
    if (!earlier || !latest || latest.atMs - earlier.atMs >= WINDOW_MS) earlier = latest
    latest = { atMs, ticks }
  }

  return (groups: { pid: number; startMs: number }[]): Usage | undefined => {
    look()
    if (!latest || groups.length === 0) return undefined
    const { atMs, ticks } = latest
    const each = groups.map(({ pid, startMs }) => {
      const used = ticks.get(pid)
      if (used === undefined) return 0
      // It began with nothing.
      const before =
        earlier && earlier.atMs > startMs
          ? { atMs: earlier.atMs, ticks: earlier.ticks.get(pid) ?? 0 }
          : { atMs: startMs, ticks: 0 }
      const seconds = Math.max(atMs - before.atMs, FRESH_MS) / 1000
      return (Math.max(0, used - before.ticks) / TICKS_PER_SECOND / seconds) * 1000
    })
    return { cpuMillicores: Math.round(each.reduce((sum, one) => sum + one, 0)) }
  }
}

function readTicks(): Map<number, number> | undefined {
  const ticks = new Map<number, number>()
  try {
    for (const name of readdirSync("/proc")) {
      if (!/^\d+$/.test(name)) continue
      const found = ticksOf(name)
      if (found) ticks.set(found.group, (ticks.get(found.group) ?? 0) + found.ticks)
    }
    return ticks
  } catch {
    return undefined
  }
}

function ticksOf(pid: string): { group: number; ticks: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8")
    // The name before may contain anything.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
    const [group, user, system] = [fields[2], fields[11], fields[12]].map(Number)
    return { group: group!, ticks: user! + system! }
  } catch {
    // It has ended meanwhile.
    return undefined
  }
}
