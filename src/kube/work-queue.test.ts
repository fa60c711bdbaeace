import { setImmediate as turn } from "node:timers/promises"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { createWorkQueue, type QueueClock, type WorkQueueOptions } from "./work-queue.ts"

/** A clock that stands still until it is moved. */
function standingClock() {
  let now = 1_000
  let timers: { time: number; call: () => void }[] = []
  const clock: QueueClock = {
    now: () => now,
    after(ms, call) {
      const timer = { time: now + ms, call }
      timers.push(timer)
      return () => void (timers = timers.filter((other) => other !== timer))
    },
  }
  const move = async (ms: number): Promise<void> => {
    now += ms
    const due = timers.filter(({ time }) => time <= now)
    timers = timers.filter(({ time }) => time > now)
    for (const { call } of due) call()
    await settle()
  }
  return { clock, move, timers: () => timers.length }
}

const settle = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await turn()
}

/** Work that goes on until it is told how it ends. */
function handWork() {
  const started: string[] = []
  const open = new Map<string, { resolve: () => void; reject: (error: Error) => void }>()
  const work = (key: string): Promise<void> => {
    started.push(key)
    return new Promise((resolve, reject) => open.set(key, { resolve, reject }))
  }
  const finish = async (key: string, error?: Error): Promise<void> => {
    if (error) open.get(key)?.reject(error)
    else open.get(key)?.resolve()
    await settle()
  }
  return { started, work, finish }
}

function start(options: Partial<WorkQueueOptions> = {}) {
  const hand = handWork()
  const time = standingClock()
  const errors: string[] = []
  const queue = createWorkQueue({
    work: hand.work,
    onError: (key, error) => void errors.push(`${key}: ${(error as Error).message}`),
    concurrency: 64,
    jitter: (ms) => ms,
    clock: time.clock,
    ...options,
  })
  return { queue, errors, ...hand, ...time }
}

describe("a work queue", () => {
  it("works on a key once when it is added many times before", async () => {
    const { queue, started } = start()
    for (let i = 0; i < 5; i++) queue.add("a")
    await settle()
    expect(started).toEqual(["a"])
  })

  it("never starts inside the call that adds", () => {
    const { queue, started } = start()
    queue.add("a")
    expect(started).toEqual([])
  })

  it("works once more on a key that was added while it was worked on", async () => {
    const { queue, started, finish } = start()
    queue.add("a")
    await settle()
    queue.add("a")
    queue.add("a")
    await settle()
    expect(started).toEqual(["a"])
    await finish("a")
    expect(started).toEqual(["a", "a"])
    await finish("a")
    expect(started).toHaveLength(2)
    expect(queue.counts()).toEqual({ waiting: 0, delayed: 0, running: 0 })
  })

  it("takes keys in the order they came, no more at once than allowed [fix 30]", async () => {
    const { queue, started, finish } = start({ concurrency: 2 })
    for (const key of ["a", "b", "c", "d"]) queue.add(key)
    await settle()
    expect(started).toEqual(["a", "b"])
    expect(queue.counts()).toEqual({ waiting: 2, delayed: 0, running: 2 })
    queue.add("b")
    await finish("b")
    expect(started).toEqual(["a", "b", "c"])
    await finish("a")
    await finish("c")
    expect(started).toEqual(["a", "b", "c", "d", "b"])
  })

  it("is not held up by a slow key", async () => {
    const { queue, started, finish } = start({ concurrency: 2 })
    queue.add("slow")
    for (let i = 0; i < 5; i++) {
      queue.add(`quick-${i}`)
      await settle()
      await finish(`quick-${i}`)
    }
    expect(started).toHaveLength(6)
  })
})

describe("a delayed key", () => {
  it("is worked on when its time has come", async () => {
    const { queue, started, move } = start()
    queue.addAfter("a", 100)
    await move(99)
    expect(started).toEqual([])
    await move(1)
    expect(started).toEqual(["a"])
  })

  it("has the earliest of its times", async () => {
    const { queue, started, move, timers } = start()
    queue.addAt("a", 1_500)
    queue.addAfter("a", 900)
    queue.addAfter("a", 200)
    queue.addAfter("a", 300)
    expect(timers()).toBe(1)
    await move(200)
    expect(started).toEqual(["a"])
    expect(queue.counts().delayed).toBe(0)
  })

  it("keeps its time when it is added at once", async () => {
    const { queue, started, finish, move } = start()
    queue.addAfter("a", 100)
    queue.add("a")
    await settle()
    await finish("a")
    await move(100)
    expect(started).toEqual(["a", "a"])
  })

  it("whose time has passed is worked on at once", async () => {
    const { queue, started, move } = start()
    queue.addAt("a", 0)
    await move(0)
    expect(started).toEqual(["a"])
  })

  it("waits for its end when it comes due while being worked on", async () => {
    const { queue, started, finish, move } = start()
    queue.add("a")
    await settle()
    queue.addAfter("a", 10)
    await move(10)
    expect(started).toEqual(["a"])
    await finish("a")
    expect(started).toEqual(["a", "a"])
  })

  it("may be further away than a timer of Node can reach", async () => {
    const { queue, started, move } = start()
    const month = 30 * 24 * 3_600_000
    queue.addAfter("a", month)
    await move(2 ** 31 - 1)
    expect(started).toEqual([])
    await move(month - 2 ** 31 + 1)
    expect(started).toEqual(["a"])
  })

  it("is timed by the real clock when none is given", async () => {
    const before = performance.now()
    const at = await new Promise<number>((resolve) => {
      const queue = createWorkQueue({
        work: async () => resolve(performance.now()),
        onError: () => undefined,
        concurrency: 1,
      })
      queue.addAfter("a", 30)
    })
    expect(at - before).toBeGreaterThanOrEqual(28)
  })
})

describe("a key whose work fails", () => {
  it("is reported and retried, each time later, until it is forgotten", async () => {
    const { queue, started, errors, finish, move } = start()
    queue.add("a")
    await settle()
    for (const seconds of [0.5, 1, 2, 4, 8, 10, 10, 10, 10]) {
      const before = started.length
      await finish("a", new Error("no luck"))
      await move(seconds * 1_000 - 1)
      expect(started).toHaveLength(before)
      await move(1)
      expect(started).toHaveLength(before + 1)
    }
    expect(errors).toEqual(Array(9).fill("a: no luck"))
    queue.forget("a")
    await finish("a", new Error("no luck"))
    await move(500)
    expect(started).toHaveLength(11)
  })

  it("does not make other keys wait", async () => {
    const { queue, started, finish, move } = start()
    queue.add("a")
    await settle()
    await finish("a", new Error("no luck"))
    queue.retry("b")
    await move(500)
    expect(started).toEqual(["a", "a", "b"])
  })

  it("is retried though the work throws at once and the report fails", async () => {
    let tries = 0
    const { queue, move } = start({
      work() {
        tries++
        throw new Error("a defect")
      },
      onError() {
        throw new Error("another")
      },
    })
    queue.add("a")
    await settle()
    await move(500)
    expect(tries).toBe(2)
  })

  it("comes back at different moments by default", () => {
    const times = new Set<number>()
    const clock: QueueClock = { now: () => 0, after: (ms) => (times.add(ms), () => undefined) }
    const { queue } = start({ clock, jitter: undefined })
    for (let i = 0; i < 20; i++) queue.retry(`key-${i}`)
    expect(times.size).toBeGreaterThan(10)
    expect(Math.min(...times)).toBeGreaterThanOrEqual(500)
    expect(Math.max(...times)).toBeLessThanOrEqual(625)
  })
})

describe("closing", () => {
  it("lets what runs come to its end and starts nothing more", async () => {
    const { queue, started, finish, move, timers } = start({ concurrency: 1 })
    for (const key of ["a", "b"]) queue.add(key)
    queue.addAfter("c", 10)
    await settle()
    queue.add("a")
    let closed = false
    const closing = queue.close().then(() => (closed = true))
    const again = queue.close()
    expect(timers()).toBe(0)
    queue.add("d")
    queue.addAfter("e", 0)
    await move(10)
    expect(closed).toBe(false)
    await finish("a", new Error("interrupted"))
    await Promise.all([closing, again])
    await move(1_000)
    expect(started).toEqual(["a"])
    expect(timers()).toBe(0)
    expect(queue.counts()).toEqual({ waiting: 0, delayed: 0, running: 0 })
  })

  it("is done at once when nothing runs", async () => {
    const { queue, started } = start()
    queue.add("a")
    await queue.close()
    await settle()
    expect(started).toEqual([])
  })
})

it("loses no key, and never works on one twice at once [fix 30]", async () => {
  const step = fc.tuple(
    fc.constantFrom("add", "after", "fail", "move"),
    fc.constantFrom("a", "b", "c", "d"),
    fc.nat({ max: 50 }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 3 }), async (steps, concurrency) => {
      const due = new Map<string, number>()
      const atWork = new Set<string>()
      const toFail = new Set<string>()
      const wrong: string[] = []
      const { queue, clock, move } = start({
        concurrency,
        async work(key) {
          if (atWork.has(key) || atWork.size >= concurrency) wrong.push(`${key} beside ${[...atWork].join()}`)
          atWork.add(key)
          due.delete(key)
          await turn()
          atWork.delete(key)
          if (toFail.delete(key)) throw new Error("no luck")
        },
      })
      for (const [what, key, ms] of steps) {
        if (what === "move") await move(ms)
        else if (what === "fail") toFail.add(key)
        else {
          const time = clock.now() + (what === "after" ? ms : 0)
          due.set(key, Math.min(due.get(key) ?? Infinity, time))
          if (what === "after") queue.addAfter(key, ms)
          else queue.add(key)
        }
      }
      for (let i = 0; i < 20; i++) await move(10_000)
      expect(wrong).toEqual([])
      expect([...due.keys()]).toEqual([])
      expect(queue.counts()).toEqual({ waiting: 0, delayed: 0, running: 0 })
    }),
    { numRuns: 100 },
  )
})
