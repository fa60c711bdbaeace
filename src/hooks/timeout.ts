import { parseDurationMs } from "#api/duration.ts"
import { goQuote } from "#core/text/go-quote.ts"

const DEFAULT_MS = 10_000
const LONGEST_MS = 30 * 60_000

/** Time limit of one attempt. Too short a text means the default; zero, no limit for Go, means the longest that is allowed. */
export function hookTimeoutMs(text: string | undefined): number | { problem: string } {
  if (text === undefined || text.length < 2) return DEFAULT_MS
  const ms = parseDurationMs(text)
  if (ms === undefined) return { problem: `time: ${problemOf(text)} ${goQuote(text)}` }
  return ms > 0 ? Math.min(ms, LONGEST_MS) : LONGEST_MS
}

/** Go's words for what the first unreadable part lacks. */
function problemOf(text: string): string {
  const unread = text.replace(/^[+-]/, "").replace(/^((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)(?![^\d.]))+/, "")
  const [, number = "", unit = ""] = /^(\d+\.?\d*|\.\d+)?([^\d.]*)/.exec(unread) ?? []
  if (!number) return "invalid duration"
  return unit ? `unknown unit ${goQuote(unit)} in duration` : "missing unit in duration"
}
