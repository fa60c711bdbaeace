const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const YEAR_HOURS = 24 * 365

/** How long something took or is ago, as kubectl writes it: two or three digits that matter. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / SECOND)
  // Clocks may differ by a second.
  if (seconds < -1) return "<invalid>"
  if (seconds < 0) return "0s"
  if (seconds < 120) return `${seconds}s`
  const minutes = Math.trunc(ms / MINUTE)
  if (minutes < 10) return withRest(minutes, "m", seconds % 60, "s")
  if (minutes < 180) return `${minutes}m`
  const hours = Math.trunc(ms / HOUR)
  if (hours < 8) return withRest(hours, "h", minutes % 60, "m")
  if (hours < 48) return `${hours}h`
  const days = Math.trunc(hours / 24)
  if (days < 8) return withRest(days, "d", hours % 24, "h")
  if (hours < 2 * YEAR_HOURS) return `${days}d`
  const years = Math.trunc(hours / YEAR_HOURS)
  if (years < 8) return withRest(years, "y", days % 365, "d")
  return `${years}y`
}

const withRest = (count: number, unit: string, rest: number, restUnit: string): string =>
  rest ? `${count}${unit}${rest}${restUnit}` : `${count}${unit}`

/** The age of a time as it stands in objects. */
export const sinceText = (time: string | null | undefined, nowMs: number): string =>
  time ? humanDuration(nowMs - Date.parse(time)) : "<unknown>"
