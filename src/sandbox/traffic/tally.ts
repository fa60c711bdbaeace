import { createHistogram, type RecordableHistogram } from "node:perf_hooks"

/** One request of the load, when it is over. */
export interface Result {
  profile: string
  version?: string
  /** 0 when there was no answer. */
  status: number
  /** Since the request was due, not since it was sent: a queue in front of a slow server counts. */
  durationMs: number
  /** Why there was no answer; `dropped` when too many others were waiting already. */
  trouble?: string
}

export interface Latency {
  minMs: number
  meanMs: number
  maxMs: number
  p10Ms: number
  p25Ms: number
  p50Ms: number
  p75Ms: number
  p90Ms: number
  p95Ms: number
  p99Ms: number
}
export interface Figures {
  requests: number
  /** Without an answer, or with one from 500 up. */
  failed: number
  /** Of answers. */
  latency: Latency
}
export interface Tally extends Figures {
  byStatus: Record<string, number>
  troubles: Record<string, number>
  byVersion: Record<string, Figures>
  byProfile: Record<string, Figures>
}

export function createTally(): { add(result: Result): void; read(): Tally } {
  const all = group()
  const byVersion = new Map<string, Group>()
  const byProfile = new Map<string, Group>()
  const byStatus = new Map<string, number>()
  const troubles = new Map<string, number>()

  return {
    add(result) {
      all.add(result)
      entry(byProfile, result.profile).add(result)
      if (result.version !== undefined) entry(byVersion, result.version).add(result)
      if (result.trouble === undefined) increase(byStatus, String(result.status))
      else increase(troubles, result.trouble)
    },
    read: () => ({
      ...all.read(),
      byStatus: Object.fromEntries(byStatus),
      troubles: Object.fromEntries(troubles),
      byVersion: figuresOf(byVersion),
      byProfile: figuresOf(byProfile),
    }),
  }
}

interface Group {
  add(result: Result): void
  read(): Figures
}

function group(): Group {
  const histogram = createHistogram()
  let requests = 0
  let failed = 0
  return {
    add({ status, durationMs, trouble }) {
      requests++
      if (trouble !== undefined || status >= 500) failed++
      if (trouble === undefined) histogram.record(Math.max(1, Math.round(durationMs * 1000)))
    },
    read: () => ({ requests, failed, latency: latencyOf(histogram) }),
  }
}

function latencyOf(histogram: RecordableHistogram): Latency {
  const ms = (microseconds: number) => (histogram.count === 0 ? 0 : microseconds / 1000)
  const percentile = (percent: number) => ms(histogram.percentile(percent))
  return {
    minMs: ms(histogram.min),
    meanMs: ms(histogram.mean),
    maxMs: ms(histogram.max),
    p10Ms: percentile(10),
    p25Ms: percentile(25),
    p50Ms: percentile(50),
    p75Ms: percentile(75),
    p90Ms: percentile(90),
    p95Ms: percentile(95),
    p99Ms: percentile(99),
  }
}

function entry(groups: Map<string, Group>, name: string): Group {
  const known = groups.get(name)
  if (known) return known
  const made = group()
  groups.set(name, made)
  return made
}

const increase = (counts: Map<string, number>, name: string) => void counts.set(name, (counts.get(name) ?? 0) + 1)

const figuresOf = (groups: ReadonlyMap<string, Group>): Record<string, Figures> =>
  Object.fromEntries([...groups].map(([name, one]) => [name, one.read()]))
