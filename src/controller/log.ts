export type LogLevel = "debug" | "info" | "warn" | "error" | "panic" | "fatal"
export type LogEncoding = "json" | "console"
/** Shown on the line beside the message. Of an `error`, the stack is shown too. */
export type LogFields = Readonly<Record<string, unknown>>

export interface Log {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** Why the process is about to end. */
  fatal(message: string, fields?: LogFields): void
  /** The same log with `canary: "<name>.<namespace>"` on every line. */
  about(canary: string): Log
}

export interface LogOptions {
  level: LogLevel
  encoding: LogEncoding
  write?: (line: string) => void
  now?: () => number
}

const levels: readonly LogLevel[] = ["debug", "info", "warn", "error", "panic", "fatal"]

/** Unknown words, the documented `warning` among them, mean info. */
export const logLevelOf = (text: string): LogLevel => levels.find((level) => level === text) ?? "info"

export function createLog({ level, encoding, write = toStderr, now = Date.now }: LogOptions): Log {
  const encode = encoding === "json" ? asJson : asText
  const least = levels.indexOf(level)
  const admit = createSampler()

  const logOf = (always: LogFields): Log => {
    const at = (lineLevel: LogLevel) => {
      if (levels.indexOf(lineLevel) < least) return () => {}
      const withStack = lineLevel === "error" || lineLevel === "fatal"
      return function log(message: string, fields: LogFields = {}) {
        const nowMs = now()
        if (!admit(`${lineLevel} ${message}`, nowMs)) return
        // A stack costs more than the rest of the line, so only errors have one.
        const stack = withStack ? stackAbove(log, 10) : ""
        write(
          encode({
            level: lineLevel,
            ts: new Date(nowMs).toISOString(),
            caller: placeOf(stack) || "flagger",
            msg: message,
            ...always,
            ...plain(fields),
            ...(withStack ? { stacktrace: fields.error instanceof Error ? fields.error.stack : stack } : {}),
          }),
        )
      }
    }
    return {
      debug: at("debug"),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
      fatal: at("fatal"),
      about: (canary) => logOf({ ...always, canary }),
    }
  }
  return logOf({})
}

const FIRST = 100
const THEN_EVERY = 100

/** Of identical lines within a second, the first hundred and then every hundredth are let through. */
function createSampler(): (line: string, nowMs: number) => boolean {
  const seen = new Map<string, number>()
  let second = 0
  return (line, nowMs) => {
    if (nowMs - second >= 1000) {
      second = nowMs
      seen.clear()
    }
    const count = (seen.get(line) ?? 0) + 1
    seen.set(line, count)
    return count <= FIRST || (count - FIRST) % THEN_EVERY === 0
  }
}

interface Line {
  level: string
  ts: string
  caller: string
  msg: string
  stacktrace?: string
}
const asJson = (line: Line) => `${JSON.stringify(line)}\n`

function asText({ ts, level, caller, msg, stacktrace, ...fields }: Line): string {
  const extra = Object.keys(fields).length > 0 ? [JSON.stringify(fields)] : []
  const line = [ts, level, caller, msg, ...extra].join("\t")
  return `${[line, ...(stacktrace ? [stacktrace] : [])].join("\n")}\n`
}

/** Errors have no JSON form of their own. */
const plain = (fields: LogFields) =>
  Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, value instanceof Error ? value.message : value]),
  )

function stackAbove(callee: (...args: never[]) => unknown, frames: number): string {
  const limit = Error.stackTraceLimit
  const here: { stack?: string } = {}
  Error.stackTraceLimit = frames
  Error.captureStackTrace(here, callee)
  Error.stackTraceLimit = limit
  return (here.stack ?? "").slice((here.stack ?? "").indexOf("\n") + 1)
}

/** `folder/file:line` of the first frame. */
const placeOf = (stack: string) => /([^\s(/\\]+[/\\][^/\\]+:\d+):\d+\)?$/m.exec(stack)?.[1] ?? ""

const toStderr = (line: string) => void process.stderr.write(line)
