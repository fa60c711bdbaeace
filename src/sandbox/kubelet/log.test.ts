import { describe, expect, it } from "vitest"
import { createLogBuffer, type LogBuffer } from "./log-buffer.ts"
import { type LogOptions, readLog } from "./logs.ts"

function bufferAt(start: string) {
  const time = { ms: Date.parse(start) }
  const buffer = createLogBuffer({ now: () => time.ms, after: () => () => {} })
  return { time, buffer, write: (text: string) => buffer.write(Buffer.from(text)) }
}

async function textOf(buffer: LogBuffer, options: LogOptions = {}, now = "2026-01-01T00:01:00Z"): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of readLog(buffer, options, Date.parse(now))) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe("a log", () => {
  it("has whole lines, however they were written", async () => {
    const { buffer, write } = bufferAt("2026-01-01T00:00:00Z")
    write("one\ntw")
    expect(await textOf(buffer)).toBe("one\n")
    write("o\nthr")
    buffer.end()
    expect(await textOf(buffer)).toBe("one\ntwo\nthr")
  })

  it("cuts a line that never ends", async () => {
    const { buffer, write } = bufferAt("2026-01-01T00:00:00Z")
    write("x".repeat(40_000))
    expect(buffer.read(0).lines.map(({ bytes }) => bytes.length)).toEqual([16_384, 16_384])
  })

  it("shows when lines were written, and only those since a time", async () => {
    const { buffer, write, time } = bufferAt("2026-01-01T00:00:00.120Z")
    write("one\n")
    time.ms += 30_000
    write("two\n")
    expect(await textOf(buffer, { timestamps: true })).toBe(
      "2026-01-01T00:00:00.120000000Z one\n2026-01-01T00:00:30.120000000Z two\n",
    )
    expect(await textOf(buffer, { sinceSeconds: 40 })).toBe("two\n")
    expect(await textOf(buffer, { sinceTime: "2026-01-01T00:00:10Z" })).toBe("two\n")
  })

  it("keeps the newest megabyte, and a follower goes on behind what was dropped", async () => {
    const { buffer, write } = bufferAt("2026-01-01T00:00:00Z")
    const line = `${"x".repeat(999)}\n`
    write("first\n")
    const following = textOf(buffer, { follow: true, tailLines: 0 })
    for (let number = 0; number < 3000; number++) write(line)
    write("last\n")
    buffer.end()
    const text = await textOf(buffer)
    expect(text.length).toBeGreaterThan(900_000)
    expect(text.length).toBeLessThanOrEqual(1024 * 1024)
    expect(text.endsWith("last\n")).toBe(true)
    expect((await following).endsWith("last\n")).toBe(true)
  })
})
