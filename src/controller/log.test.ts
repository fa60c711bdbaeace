import { describe, expect, it } from "vitest"
import { createLog, logLevelOf, type LogOptions } from "./log.ts"

function logTo(options: Partial<LogOptions> = {}) {
  const lines: string[] = []
  const log = createLog({
    level: "debug",
    encoding: "json",
    write: (line) => lines.push(line),
    now: () => 0,
    ...options,
  })
  return { log, lines, parsed: () => lines.map((line) => JSON.parse(line)) }
}

describe("log lines", () => {
  it("are JSON with level, time, caller and message, one line each", () => {
    const { log, lines, parsed } = logTo()
    log.info("Starting operator")
    expect(lines[0]).toMatch(/^\{.*\}\n$/)
    expect(parsed()[0]).toEqual({
      level: "info",
      ts: "1970-01-01T00:00:00.000Z",
      caller: "flagger",
      msg: "Starting operator",
    })
  })

  it("carry the canary when they are about one", () => {
    const { log, parsed } = logTo()
    log.about("shop.prod").warn("Halt", { weight: 10 })
    expect(parsed()[0]).toMatchObject({ canary: "shop.prod", weight: 10, level: "warn" })
  })

  it("show the stack of an error, and its message beside ours", () => {
    const { log, parsed } = logTo()
    log.error("reconcile failed", { error: new RangeError("too far") })
    expect(parsed()[0]).toMatchObject({
      error: "too far",
      stacktrace: expect.stringContaining("RangeError: too far\n"),
    })
  })

  it("show where an error without a cause was logged", () => {
    const { log, parsed } = logTo()
    log.error("no values")
    expect(parsed()[0].stacktrace).toContain("log.test.ts")
    expect(parsed()[0].caller).toMatch(/^controller\/log\.test\.ts:\d+$/)
  })

  it("are tab separated for people when asked for", () => {
    const { log, lines } = logTo({ encoding: "console" })
    log.about("shop.prod").info("Advance")
    expect(lines[0]).toBe('1970-01-01T00:00:00.000Z\tinfo\tflagger\tAdvance\t{"canary":"shop.prod"}\n')
  })

  it("below the wanted level are left out", () => {
    const { log, parsed } = logTo({ level: "warn" })
    log.debug("a")
    log.info("b")
    log.warn("c")
    log.error("d")
    expect(parsed().map(({ msg }) => msg)).toEqual(["c", "d"])
  })

  it("about the end of the process are shown at any level", () => {
    const { log, parsed } = logTo({ level: "fatal" })
    log.error("hidden")
    log.fatal("port 8080 is in use")
    expect(parsed().map(({ level, msg }) => [level, msg])).toEqual([["fatal", "port 8080 is in use"]])
  })

  it("that repeat are shown a hundred times a second, then every hundredth", () => {
    let nowMs = 5000
    const { log, lines } = logTo({ now: () => nowMs })
    for (let i = 0; i < 350; i++) log.info("same")
    log.info("other")
    expect(lines).toHaveLength(100 + 2 + 1)
    nowMs += 1000
    log.info("same")
    expect(lines).toHaveLength(104)
  })
})

it.each([
  ["debug", "debug"],
  ["panic", "panic"],
  ["warning", "info"],
  ["", "info"],
])("takes the level %j as %s", (text, level) => expect(logLevelOf(text)).toBe(level))
