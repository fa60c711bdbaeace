/** The five parts of a schedule: what each is called, its bounds and its words. */
const parts = [
  { name: "minute", min: 0, max: 59, words: [] },
  { name: "hour", min: 0, max: 23, words: [] },
  { name: "day of month", min: 1, max: 31, words: [] },
  {
    name: "month",
    min: 1,
    max: 12,
    words: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
  },
  { name: "day of week", min: 0, max: 6, words: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
] as const

const named = /^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/

/** Why this is no schedule of a CronJob, in the words of the server. */
export function scheduleProblem(schedule: string): string | undefined {
  if (schedule.includes("TZ")) return "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
  if (schedule.startsWith("@")) {
    if (named.test(schedule) || /^@every (\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(schedule)) return undefined
    return `unrecognized descriptor: ${schedule}`
  }
  const fields = schedule.trim().split(/\s+/)
  if (fields.length !== parts.length) {
    const given = fields.join(" ") === "" ? "[]" : `[${fields.join(" ")}]`
    return `expected exactly 5 fields, found ${fields.length}: ${given}`
  }
  return fields.map((field, place) => fieldProblem(field, parts[place]!)).find(Boolean)
}

type Part = (typeof parts)[number]

const fieldProblem = (field: string, part: Part): string | undefined =>
  field
    .split(",")
    .map((range) => rangeProblem(range, part))
    .find(Boolean)

function rangeProblem(range: string, { min, max, words }: Part): string | undefined {
  const [span = "", step, ...steps] = range.split("/")
  const [first = "", last, ...ends] = span.split("-")
  if (steps.length > 0) return `too many slashes: ${range}`
  if (ends.length > 0) return `too many hyphens: ${range}`
  if (step !== undefined && !/^\d+$/.test(step))
    return `failed to parse int from ${step}: strconv.Atoi: parsing ${JSON.stringify(step)}: invalid syntax`
  if (step !== undefined && Number(step) === 0) return `step of range should be a positive number: ${range}`
  if (first === "*" || first === "?") return undefined
  const [from, to = from] = [first, last].map((text) => text && numberOf(text, min, words))
  for (const end of [from, to]) {
    if (typeof end === "string")
      return `failed to parse int from ${end}: strconv.Atoi: parsing ${JSON.stringify(end)}: invalid syntax`
  }
  if (Number(from) < min) return `beginning of range (${from}) below minimum (${min}): ${range}`
  if (Number(to) > max) return `end of range (${to}) above maximum (${max}): ${range}`
  return Number(from) > Number(to) ? `beginning of range (${from}) beyond end of range (${to}): ${range}` : undefined
}

/** The text itself where it is no number. */
function numberOf(text: string, min: number, words: readonly string[]): number | string {
  const word = words.indexOf(text.toLowerCase())
  if (word >= 0) return word + min
  return /^\d+$/.test(text) ? Number(text) : text
}
