import type { VersionView } from "./screen.ts"

/** What a client saw of one request. */
export interface Seen {
  /** Of the version that answered; unknown where nobody did. */
  version: string | undefined
  /** Zero where no answer came. */
  status: number
  durationMs: number
  atMs: number
  /** Whether the request was one of the chosen users'. */
  isInsider?: boolean
}

export interface Totals {
  version: string
  requests: number
  failed: number
  insiders: number
  firstMs: number
  lastMs: number
  firstFailureMs: number | undefined
}

/** Counts requests by the version that answered: all of them, and the last seconds apart. */
export interface Tally {
  add(seen: Seen): void
  totals(): Totals[]
  /** Of the last seconds. */
  lately(nowMs: number): VersionView[]
}

export const unanswered = "nobody"
const WINDOW_MS = 5000

const isFailure = ({ status }: Pick<Seen, "status">): boolean => status === 0 || status >= 500

export function createTally(): Tally {
  const totals = new Map<string, Totals>()
  let recent: Seen[] = []

  return {
    add(seen) {
      recent.push(seen)
      const version = seen.version ?? unanswered
      const known = totals.get(version)
      const failed = isFailure(seen)
      totals.set(version, {
        version,
        requests: (known?.requests ?? 0) + 1,
        failed: (known?.failed ?? 0) + (failed ? 1 : 0),
        insiders: (known?.insiders ?? 0) + (seen.isInsider ? 1 : 0),
        firstMs: known?.firstMs ?? seen.atMs,
        lastMs: seen.atMs,
        firstFailureMs: known?.firstFailureMs ?? (failed ? seen.atMs : undefined),
      })
    },
    totals: () => [...totals.values()].toSorted((a, b) => a.firstMs - b.firstMs),
    lately(nowMs) {
      recent = recent.filter(({ atMs }) => atMs > nowMs - WINDOW_MS)
      const versions = [...new Set(recent.map(({ version }) => version ?? unanswered))].toSorted()
      return versions.map((name) =>
        viewOf(
          name,
          recent.filter(({ version }) => (version ?? unanswered) === name),
        ),
      )
    },
  }
}

function viewOf(version: string, seen: readonly Seen[]): VersionView {
  const durations = seen.map(({ durationMs }) => durationMs).toSorted((a, b) => a - b)
  const good = seen.filter((one) => !isFailure(one)).length
  return {
    version,
    requestsPerSecond: seen.length / (WINDOW_MS / 1000),
    successPercent: (good / seen.length) * 100,
    p99Ms: durations[Math.ceil(durations.length * 0.99) - 1] ?? 0,
  }
}
