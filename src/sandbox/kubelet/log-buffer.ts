import type { Clock } from "../contract.ts"

export interface LogLine {
  atMs: number
  /** With its line end, unless the program has left it out at its end. */
  bytes: Buffer
}

/** What one run of a container has written, as far as it is kept. */
export interface LogBuffer {
  write(chunk: Buffer): void
  end(): void
  /** Those kept, from the given number on, and the number that follows. */
  read(from: number): { lines: readonly LogLine[]; next: number; ended: boolean }
  /** Calls back once when there is more, or it has ended. */
  onMore(act: () => void): () => void
}

const MOST_BYTES = 1024 * 1024
// As container runtimes cut them.
const LONGEST_LINE = 16 * 1024
const LINE_END = 10

export function createLogBuffer(clock: Clock): LogBuffer {
  let lines: LogLine[] = []
  let firstNumber = 0
  let bytes = 0
  let unfinished = Buffer.alloc(0)
  let ended = false
  const waiting = new Set<() => void>()

  function add(line: Buffer): void {
    lines.push({ atMs: clock.now(), bytes: line })
    bytes += line.length
    if (bytes > MOST_BYTES) dropOldest()
  }

  /** More than needed, so that it is seldom. */
  function dropOldest(): void {
    let dropped = 0
    while (bytes > MOST_BYTES * 0.9) bytes -= lines[dropped++]!.bytes.length
    lines = lines.slice(dropped)
    firstNumber += dropped
  }

  function wakeAll(): void {
    const acts = [...waiting]
    waiting.clear()
    for (const act of acts) act()
  }

  return {
    write(chunk) {
      let rest = unfinished.length > 0 ? Buffer.concat([unfinished, chunk]) : chunk
      for (;;) {
        const end = rest.indexOf(LINE_END) + 1 || (rest.length > LONGEST_LINE ? LONGEST_LINE : 0)
        if (end === 0) break
        // Chunks are parts of larger blocks of memory, which a kept part would keep.
        add(Buffer.from(rest.subarray(0, end)))
        rest = rest.subarray(end)
      }
      unfinished = Buffer.from(rest)
      wakeAll()
    },
    end() {
      if (unfinished.length > 0) add(unfinished)
      unfinished = Buffer.alloc(0)
      ended = true
      wakeAll()
    },
    read: (from) => ({ lines: lines.slice(Math.max(0, from - firstNumber)), next: firstNumber + lines.length, ended }),
    onMore(act) {
      waiting.add(act)
      return () => waiting.delete(act)
    },
  }
}
