import type { LogBuffer, LogLine } from "./log-buffer.ts"

/** As in a request for the log of a pod. */
export interface LogOptions {
  /** Goes on until the container's run ends. */
  follow?: boolean
  tailLines?: number
  sinceSeconds?: number
  sinceTime?: string
  timestamps?: boolean
  /** Of the run before. */
  previous?: boolean
  limitBytes?: number
  /** Ends a log that is followed. */
  signal?: AbortSignal
}

/** What a run has written, line by line. */
export async function* readLog(buffer: LogBuffer, options: LogOptions, nowMs: number): AsyncGenerator<Buffer> {
  const { follow, timestamps, signal, limitBytes = Infinity } = options
  let left = limitBytes
  let { lines, next, ended } = buffer.read(0)
  lines = wanted(lines, options, nowMs)
  for (;;) {
    for (const line of lines) {
      const text = (timestamps ? stamped(line) : line.bytes).subarray(0, left)
      left -= text.length
      yield text
      if (left <= 0 || signal?.aborted) return
    }
    if (!follow || ended) return
    await more(buffer, next, signal)
    if (signal?.aborted) return
    ;({ lines, next, ended } = buffer.read(next))
  }
}

function wanted(lines: readonly LogLine[], options: LogOptions, nowMs: number): readonly LogLine[] {
  const { tailLines, sinceSeconds, sinceTime } = options
  const sinceMs =
    sinceSeconds !== undefined ? nowMs - sinceSeconds * 1000 : sinceTime ? Date.parse(sinceTime) : undefined
  const recent = sinceMs === undefined ? lines : lines.filter(({ atMs }) => atMs >= sinceMs)
  return tailLines === undefined ? recent : recent.slice(Math.max(0, recent.length - tailLines))
}

const stamped = ({ atMs, bytes }: LogLine): Buffer =>
  Buffer.concat([Buffer.from(`${new Date(atMs).toISOString().slice(0, -1)}000000Z `), bytes])

function more(buffer: LogBuffer, from: number, signal: AbortSignal | undefined): Promise<void> {
  const { next, ended } = buffer.read(from)
  if (next > from || ended || signal?.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const wake = () => {
      forget()
      signal?.removeEventListener("abort", wake)
      resolve()
    }
    const forget = buffer.onMore(wake)
    signal?.addEventListener("abort", wake)
  })
}
