const unitMs: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1e3, m: 60e3, h: 3600e3 }
const part = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y

/** Reads durations as Go writes them, such as `1m30s`. Anything else is undefined. */
export function parseDurationMs(text: string): number | undefined {
  if (text === "0") return 0
  const sign = text.startsWith("-") ? -1 : 1
  let at = /^[+-]/.test(text) ? 1 : 0
  if (at === text.length) return undefined
  let total = 0
  while (at < text.length) {
    part.lastIndex = at
    const found = part.exec(text)
    if (!found) return undefined
    total += Number(found[1]) * unitMs[found[2]!]!
    at = part.lastIndex
  }
  return sign * total
}
