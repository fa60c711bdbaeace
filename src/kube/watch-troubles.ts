import { ApiError } from "./contract.ts"

/** Why a kind cannot be watched at the moment. */
export interface Problem {
  why: "absent" | "forbidden" | "unreachable"
  text: string
}

export type Log = (message: string, error?: unknown) => void

const SHORTEST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 10_000
const PAUSE_AFTER_REFUSAL_MS = 30_000
const LONGEST_RETRY_AFTER_MS = 300_000
const FAILURES_BEFORE_PROBLEM = 3

const refusals: ReadonlyMap<number, Problem["why"]> = new Map([
  [401, "forbidden"],
  [403, "forbidden"],
  [404, "absent"],
  [405, "absent"],
])

/** Counts what goes wrong with one collection, and says how long to wait. */
export function createTroubles(options: {
  name: string
  log: Log
  random(): number
  /** Must not throw. */
  troubled(problem: Problem): void
}) {
  const { name, log, random, troubled } = options
  let failures = 0
  let problem: Problem | undefined

  const report = (found: Problem, error: unknown): void => {
    if (found.text !== problem?.text) log(found.text, error)
    problem = found
    troubled(found)
  }

  const pause = (error: unknown): number => {
    const longest = Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** failures)
    const jittered = SHORTEST_PAUSE_MS + random() * (longest - SHORTEST_PAUSE_MS)
    return Math.max(jittered, Math.min(retryAfterOf(error), LONGEST_RETRY_AFTER_MS))
  }

  return {
    problem: (): Problem | undefined => problem,
    /** The watch works. */
    over(): void {
      failures = 0
      problem = undefined
    },
    /** Requests work; the watch may still fail each time, so its pauses keep growing. */
    listed(): void {
      problem = undefined
    },
    /** What to do after an error: whether what is known may be too old to go on from, and how long to wait. */
    after(error: unknown): { listAgain: boolean; pauseMs: number } {
      const status = error instanceof ApiError ? error.status : 0
      const text = `cannot watch ${name}: ${error instanceof Error ? error.message : String(error)}`
      const refusal = refusals.get(status)
      if (refusal) {
        report({ why: refusal, text }, error)
        return { listAgain: true, pauseMs: PAUSE_AFTER_REFUSAL_MS }
      }
      failures++
      if (status === 410 && failures === 1) return { listAgain: true, pauseMs: 0 }
      if (failures >= FAILURES_BEFORE_PROBLEM) report({ why: "unreachable", text }, error)
      else log(text, error)
      return { listAgain: status >= 400 && status < 500 && status !== 429, pauseMs: pause(error) }
    },
  }
}

const retryAfterOf = (error: unknown): number => (error as { retryAfterMs?: number } | undefined)?.retryAfterMs ?? 0
