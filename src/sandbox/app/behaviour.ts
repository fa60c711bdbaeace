/** How the demo app acts; it can be told otherwise while it runs. */
export interface Behaviour {
  version: string
  color: string
  message: string
  /** Of all requests, this share is answered with 500: every fifth for 0.2. */
  errorShare: number
  /** Before an answer, a fifth more or less. */
  delayMs: number
  ready: boolean
}

const numbers: Record<string, (value: number) => boolean> = {
  errorShare: (value) => value >= 0 && value <= 1,
  delayMs: (value) => value >= 0 && value <= 3_600_000,
}
const texts = new Set(["version", "color", "message"])

export type Environment = Record<string, string | undefined>

export function behaviourFrom(env: Environment): Behaviour {
  return changed(usual(env), {
    ...(env["ERROR_SHARE"] ? { errorShare: env["ERROR_SHARE"] } : {}),
    ...(env["DELAY_MS"] ? { delayMs: env["DELAY_MS"] } : {}),
    ...(isSet(env["NEVER_READY"]) ? { ready: false } : {}),
  })
}

export const isSet = (text: string | undefined): boolean => text !== undefined && !["", "0", "false"].includes(text)

/** The behaviour with some of its fields changed. Throws where one is unknown or cannot be so. */
export function changed(behaviour: Behaviour, fields: Record<string, unknown>): Behaviour {
  const checked = Object.entries(fields).map(([name, value]) => [name, valueOf(name, value)])
  return { ...behaviour, ...Object.fromEntries(checked) }
}

function valueOf(name: string, value: unknown): unknown {
  if (texts.has(name)) return String(value)
  if (name === "ready") return isSet(String(value))
  const fits = numbers[name]
  if (!fits)
    throw new Error(`"${name}" is unknown; known are ${[...texts, ...Object.keys(numbers), "ready"].join(", ")}`)
  const number = value === "" || value === null ? NaN : Number(value)
  if (!fits(number)) throw new Error(`${name} cannot be ${JSON.stringify(value)}`)
  return number
}

function usual(env: Environment): Behaviour {
  const version = env["VERSION"] ?? env["IMAGE_TAG"] ?? "unknown"
  return {
    version,
    color: env["COLOR"] ?? env["PODINFO_UI_COLOR"] ?? colorOf(version),
    message: env["MESSAGE"] ?? env["PODINFO_UI_MESSAGE"] ?? "Hello",
    errorShare: 0,
    delayMs: 0,
    ready: true,
  }
}

/** Two versions that follow each other look different. */
function colorOf(version: string): string {
  const sum = Array.from(version, (letter) => letter.charCodeAt(0)).reduce((before, code) => before + code, 0)
  return `hsl(${(sum * 137) % 360} 60% 45%)`
}
