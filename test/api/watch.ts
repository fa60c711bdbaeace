import { setTimeout as after } from "node:timers/promises"
import type { Dispatcher } from "undici"
import { lines } from "../cluster/client.ts"

export interface WatchEvent {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR"
  object: any
}

export interface Watch {
  status: number
  headers: Record<string, string>
  /** What comes next, up to and including the first event like this. */
  until(isLast: (event: WatchEvent) => boolean): Promise<WatchEvent[]>
  /** The next so many events. */
  next(count: number): Promise<WatchEvent[]>
  /** Everything up to the end of the stream. */
  rest(): Promise<WatchEvent[]>
}

const PATIENCE_MS = 10_000

/** Reads on demand, one reader at a time. The stream ends with the connections of its client. */
export function openWatch({ statusCode, headers, body }: Dispatcher.ResponseData): Watch {
  const events = parsed(body)

  async function read(wanted: "enough" | "ended", isEnough: (told: WatchEvent[]) => boolean): Promise<WatchEvent[]> {
    const told: WatchEvent[] = []
    const reading = async () => {
      while (!isEnough(told)) {
        const { done, value } = await events.next()
        if (done) return "ended"
        told.push(value)
      }
      return "enough"
    }
    const result = await Promise.race([reading(), after(PATIENCE_MS, "waited too long", { ref: false })])
    if (result !== wanted) throw new Error(`${result} after ${JSON.stringify(told)}`)
    return told
  }

  return {
    status: statusCode,
    headers: headers as Record<string, string>,
    until: (isLast) => read("enough", (told) => told.some(isLast)),
    next: (count) => read("enough", (told) => told.length === count),
    rest: () => read("ended", () => false),
  }
}

async function* parsed(body: AsyncIterable<Buffer>): AsyncGenerator<WatchEvent> {
  for await (const line of lines(body)) yield JSON.parse(line)
}

/** An event as cases compare it: what happened to which object. */
export const told = ({ type, object }: WatchEvent): string => `${type} ${object.metadata?.name}`
