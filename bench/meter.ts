import { readFileSync } from "node:fs"
import type { ApiRequest } from "#test/cluster/audit.ts"
import type { Operator } from "#test/cluster/operator.ts"

export interface Figures {
  seconds: number
  requests: number
  byVerb: Record<string, number>
  cpuSeconds: number
  /** Highest so far. */
  peakRssMb: number
}

// The kernel counts in hundredths of a second, whatever its own clock is.
const TICKS_PER_SECOND = 100

/** Measures one process from reading to reading; the first counts from the process's start. */
export function createMeter({ pid, user }: Operator, requests: () => ApiRequest[], begun: number): { read(): Figures } {
  let since = begun
  let cpuBefore = 0
  return {
    read() {
      const now = performance.now()
      const cpu = cpuSecondsOf(pid)
      const verbs = requests()
        .filter((request) => request.user === user)
        .map(({ verb }) => verb)
      const figures = {
        seconds: (now - since) / 1000,
        requests: verbs.length,
        byVerb: countsOf(verbs),
        cpuSeconds: cpu - cpuBefore,
        peakRssMb: peakRssMbOf(pid),
      }
      since = now
      cpuBefore = cpu
      return figures
    },
  }
}

function cpuSecondsOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8")
  const [user, system] = text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13)
    .map(Number)
  return (user! + system!) / TICKS_PER_SECOND
}

function peakRssMbOf(pid: number): number {
  const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))!
  return Number(kilobytes) / 1024
}

function countsOf(words: string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1
  return counts
}
