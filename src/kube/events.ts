import { ApiError, type KubeApi, type Log } from "./contract.ts"
import { createEventWriter, type Occurrence } from "./event-writer.ts"
import { createFloodGuard } from "./flood-guard.ts"
import { quietSleep } from "./quiet-sleep.ts"

export type { Occurrence } from "./event-writer.ts"

export interface Recorder {
  /** Never waits and never throws. What is recorded about one object is written in that order. */
  record(occurrence: Occurrence): void
  /** Resolves when everything recorded has been written or given up. */
  flush(): Promise<void>
  /** Gives up what is not written yet. */
  close(): void
  /** Events given up because too many waited. */
  dropped(): number
}

export interface RecorderOptions {
  api: KubeApi
  component: string
  log: Log
  /** Milliseconds since 1970. */
  now?: () => number
  /** Ends early, without an error, when the signal is aborted. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>
}

const LONGEST_QUEUE = 1000
const WRITES_AT_ONCE = 4
const NEW_EVENTS_PER_MINUTE = 60
const TRIES = 5
const FIRST_BACK_OFF_MS = 1000
const LONGEST_BACK_OFF_MS = 30_000

interface Waiting {
  subject: string
  write(signal: AbortSignal): Promise<void>
}

/** Tells about objects through Kubernetes events, beside the work that they are about. */
export function createRecorder(options: RecorderOptions): Recorder {
  const { api, component, log, now = Date.now, sleep = quietSleep } = options
  const closing = new AbortController()
  const waiting: Waiting[] = []
  const busy = new Set<string>()
  let flushed: (() => void)[] = []
  let dropped = 0
  let isOverflowing = false

  const guard = createFloodGuard(NEW_EVENTS_PER_MINUTE, now, (subject, heldBack) =>
    log(`${heldBack} more events about ${subject} within a minute were not written`),
  )
  const writer = createEventWriter({ api, component, mayCreate: ({ about }) => guard.allows(subjectOf(about)) })

  async function persist({ subject, write }: Waiting): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await write(closing.signal)
      } catch (error) {
        if (closing.signal.aborted || isPointless(error)) return
        if (tries === TRIES || !isPassing(error)) return log(`an event about ${subject} could not be written`, error)
        const backOffMs = FIRST_BACK_OFF_MS * 2 ** (tries - 1) * (0.5 + Math.random())
        await sleep(Math.min(LONGEST_BACK_OFF_MS, Math.max(backOffMs, retryAfterMs(error))), closing.signal)
      }
    }
  }

  function startNext(): void {
    while (busy.size < WRITES_AT_ONCE) {
      const index = waiting.findIndex(({ subject }) => !busy.has(subject))
      if (index === -1) break
      const [next] = waiting.splice(index, 1) as [Waiting]
      busy.add(next.subject)
      void persist(next).finally(() => {
        busy.delete(next.subject)
        startNext()
      })
    }
    if (waiting.length === 0) isOverflowing = false
    if (waiting.length > 0 || busy.size > 0) return
    for (const resolve of flushed) resolve()
    flushed = []
  }

  function dropOldest(): void {
    waiting.shift()
    dropped++
    if (!isOverflowing) log(`more than ${LONGEST_QUEUE} events wait to be written; the oldest are dropped`)
    isOverflowing = true
  }

  return {
    record(occurrence) {
      if (closing.signal.aborted) return
      waiting.push({ subject: subjectOf(occurrence.about), write: writer.writing({ ...occurrence, at: now() }) })
      startNext()
      if (waiting.length > LONGEST_QUEUE) dropOldest()
    },
    flush: () =>
      new Promise((resolve) => {
        flushed.push(resolve)
        startNext()
      }),
    close() {
      waiting.length = 0
      closing.abort(new Error("the event recorder is closed"))
      guard.report()
      startNext()
    },
    dropped: () => dropped,
  }
}

const subjectOf = ({ kind, metadata }: Occurrence["about"]): string =>
  `${kind} ${metadata.namespace ? `${metadata.namespace}/` : ""}${metadata.name}`

const isPassing = (error: unknown): boolean =>
  !(error instanceof ApiError) || error.status === 429 || error.status >= 500

/** The namespace is gone or going, and takes the object and all that could be said about it along. */
const isPointless = (error: unknown): boolean =>
  error instanceof ApiError &&
  (error.status === 404 || (error.status === 403 && /being terminated/.test(error.message)))

const retryAfterMs = (error: unknown): number => (error as { retryAfterMs?: number }).retryAfterMs ?? 0
