/** Takes `key` until further notice; keys are worked on in the order in which they came. */
export interface WorkQueue {
  /** As soon as possible. While the key is being worked on: once more, after that. */
  add(key: string): void
  /** Not before that many milliseconds have passed; of several such calls the earliest counts. */
  addAfter(key: string, ms: number): void
  /** The same, at a time of the queue's clock. */
  addAt(key: string, time: number): void
  /** Later, and each time later still, until `forget`. */
  retry(key: string): void
  forget(key: string): void
  counts(): { waiting: number; delayed: number; running: number }
  /** Takes nothing more, drops what waits, and resolves when what runs is done. */
  close(): Promise<void>
}

export interface WorkQueueOptions {
  /** An error is reported and the key retried. */
  work(key: string): Promise<void>
  onError(key: string, error: unknown): void
  concurrency: number
  /** Spreads the pauses between retries. */
  jitter?: (ms: number) => number
  clock?: QueueClock
}

export interface QueueClock {
  now(): number
  /** Returns what cancels it. */
  after(ms: number, call: () => void): () => void
}

const FIRST_RETRY_MS = 500
/** The shortest interval of a canary: trouble with the API must not cost it more than one check. */
const LONGEST_RETRY_MS = 10_000
/** Node fires at once when asked for more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

const systemClock: QueueClock = {
  // Steps of the wall clock must not delay a retry.
  now: () => performance.timeOrigin + performance.now(),
  after(ms, call) {
    const timer = setTimeout(call, ms)
    return () => clearTimeout(timer)
  },
}
const upToAQuarterMore = (ms: number): number => ms * (1 + Math.random() / 4)

/** A queue of keys, each of which is worked on by one at a time. */
export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  const { work, onError, concurrency, jitter = upToAQuarterMore, clock = systemClock } = options
  const waiting = new Set<string>()
  const running = new Set<string>()
  const addedWhileRunning = new Set<string>()
  const delayed = new Map<string, { time: number; cancel: () => void }>()
  const retries = new Map<string, number>()
  let closed = false
  let startPlanned = false
  const whenIdle: (() => void)[] = []

  const add = (key: string): void => {
    if (closed) return
    if (running.has(key)) {
      addedWhileRunning.add(key)
      return
    }
    waiting.add(key)
    planStart()
  }

  /** Not at once: who adds a key goes on first, and I/O gets its turn between keys. */
  const planStart = (): void => {
    if (startPlanned || waiting.size === 0 || running.size >= concurrency) return
    startPlanned = true
    setImmediate(startWaiting)
  }

  const startWaiting = (): void => {
    startPlanned = false
    for (const key of waiting) {
      if (running.size >= concurrency) return
      waiting.delete(key)
      running.add(key)
      void run(key)
    }
  }

  const run = async (key: string): Promise<void> => {
    try {
      await work(key)
    } catch (error) {
      retry(key)
      report(key, error)
    }
    running.delete(key)
    if (addedWhileRunning.delete(key)) add(key)
    if (running.size === 0) for (const call of whenIdle) call()
    planStart()
  }

  const report = (key: string, error: unknown): void => {
    try {
      onError(key, error)
    } catch {
      // The report is lost; the queue goes on.
    }
  }

  const addAt = (key: string, time: number): void => {
    if (closed) return
    const sooner = delayed.get(key)
    if (sooner && sooner.time <= time) return
    sooner?.cancel()
    delayed.set(key, { time, cancel: clock.after(Math.min(Math.max(time - clock.now(), 0), LONGEST_TIMER_MS), due) })

    function due(): void {
      delayed.delete(key)
      if (time - clock.now() > 1) addAt(key, time)
      else add(key)
    }
  }

  const retry = (key: string): void => {
    const before = retries.get(key) ?? 0
    retries.set(key, before + 1)
    addAt(key, clock.now() + jitter(Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** before)))
  }

  return {
    add,
    addAt,
    addAfter: (key, ms) => addAt(key, clock.now() + ms),
    retry,
    forget: (key) => void retries.delete(key),
    counts: () => ({ waiting: waiting.size, delayed: delayed.size, running: running.size }),
    async close() {
      closed = true
      waiting.clear()
      for (const { cancel } of delayed.values()) cancel()
      delayed.clear()
      if (running.size > 0) await new Promise<void>((resolve) => whenIdle.push(resolve))
    },
  }
}
