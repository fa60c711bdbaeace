import { parseDurationMs } from "#api/duration.ts"

/** When something is to happen, by the fields of crontab. */
export interface Schedule {
  /** The next time after this one; undefined when there is none within five years. */
  nextAfter(ms: number): number | undefined
}

const MINUTE_MS = 60_000
const HORIZON_MS = 5 * 366 * 24 * 60 * MINUTE_MS

const shorthands: Record<string, string> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
const weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

interface Bounds {
  min: number
  max: number
  names?: readonly string[]
}
const bounds: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: months },
  { min: 0, max: 6, names: weekdays },
]

const SHORTEST_DELAY_MS = 1000

/** Throws what is wrong with the text. */
export function parseSchedule(text: string, timeZone?: string): Schedule {
  const every = /^@every (.+)$/.exec(text.trim())?.[1]
  return every === undefined ? fromFields(text, timeZone) : inSteps(every)
}

function inSteps(text: string): Schedule {
  const delay = parseDurationMs(text)
  if (delay === undefined) throw new Error(`"${text}" is not a duration`)
  const stepMs = Math.max(SHORTEST_DELAY_MS, Math.floor(delay / 1000) * 1000)
  return { nextAfter: (ms) => Math.floor(ms / 1000) * 1000 + stepMs }
}

function fromFields(text: string, timeZone: string | undefined): Schedule {
  const fields = (shorthands[text.trim()] ?? text).trim().split(/\s+/)
  if (fields.length !== bounds.length) throw new Error(`expected exactly 5 fields, found ${fields.length}: [${text}]`)
  const [minutes, hours, days, monthsOfYear, daysOfWeek] = fields.map((field, index) => valuesOf(field, bounds[index]!))
  const isAnyDay = fields[2]!.startsWith("*") || fields[2] === "?"
  const isAnyWeekday = fields[4]!.startsWith("*") || fields[4] === "?"
  const wallAt = wallClock(timeZone)

  /** A day of the month or of the week is enough where both are given. */
  function isDay({ day, weekday }: Wall): boolean {
    const [byDay, byWeekday] = [days!.has(day), daysOfWeek!.has(weekday)]
    return isAnyDay || isAnyWeekday ? byDay && byWeekday : byDay || byWeekday
  }

  return {
    nextAfter(ms) {
      let at = Math.floor(ms / MINUTE_MS) * MINUTE_MS + MINUTE_MS
      for (const until = at + HORIZON_MS; at < until;) {
        const wall = wallAt(at)
        const isHour = monthsOfYear!.has(wall.month) && isDay(wall) && hours!.has(wall.hour)
        if (isHour && minutes!.has(wall.minute)) return at
        // By hours rather than days, since not every day has as many.
        at += (isHour ? 1 : 60 - wall.minute) * MINUTE_MS
      }
      return undefined
    },
  }
}

function valuesOf(field: string, { min, max, names = [] }: Bounds): Set<number> {
  const values = new Set<number>()
  for (const part of field.split(",")) {
    const [range = "", step] = part.split("/")
    const [from, to] = range === "*" || range === "?" ? [min, max] : limitsOf(range, step === undefined)
    const by = step === undefined ? 1 : Number(step)
    if (![from, to, by].every(Number.isInteger) || from < min || to > max || from > to || by < 1) {
      throw new Error(`"${part}" is not within ${min} and ${max}`)
    }
    for (let value = from; value <= to; value += by) values.add(value)
  }
  return values

  function limitsOf(range: string, isSingle: boolean): [number, number] {
    const [from = "", to] = range.split("-")
    return [numberOf(from), to !== undefined ? numberOf(to) : isSingle ? numberOf(from) : max]
  }

  function numberOf(word: string): number {
    const index = names.indexOf(word.toLowerCase())
    return index >= 0 ? index + min : /^\d+$/.test(word) ? Number(word) : Number.NaN
  }
}

interface Wall {
  minute: number
  hour: number
  day: number
  month: number
  weekday: number
}

function wallClock(timeZone: string | undefined): (ms: number) => Wall {
  if (!timeZone) {
    return (ms) => {
      const date = new Date(ms)
      return {
        minute: date.getUTCMinutes(),
        hour: date.getUTCHours(),
        day: date.getUTCDate(),
        month: date.getUTCMonth() + 1,
        weekday: date.getUTCDay(),
      }
    }
  }
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    minute: "numeric",
    hour: "numeric",
    day: "numeric",
    month: "numeric",
    weekday: "short",
  })
  return (ms) => {
    const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]))
    return {
      minute: Number(parts["minute"]),
      hour: Number(parts["hour"]),
      day: Number(parts["day"]),
      month: Number(parts["month"]),
      weekday: weekdays.indexOf(parts["weekday"]!.toLowerCase()),
    }
  }
}
