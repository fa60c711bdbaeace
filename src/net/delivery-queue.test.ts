import { expect, it } from "vitest"
import { createDeliveryQueue, type Delivery } from "./delivery-queue.ts"

/** Deliveries that write down their names, each when its gate opens. */
function recorder() {
  const done: string[] = []
  const failures: string[] = []
  const open = new Map<string, () => void>()
  const delivery = (name: string, act: () => void = () => {}): Delivery => ({
    deliver: async () => {
      act()
      done.push(name)
    },
    failed: ({ message }) => failures.push(message),
  })
  const held = (name: string): Delivery => ({
    deliver: (signal) =>
      new Promise<void>((resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("stopped")))
        open.set(name, () => {
          done.push(name)
          resolve()
        })
      }),
    failed: ({ message }) => failures.push(message),
  })
  return { done, failures, delivery, held, open: (name: string) => open.get(name)!() }
}

const untilStarted = () => new Promise<void>((resolve) => setImmediate(resolve))

it("delivers in order, and does not start while the caller is still at it", async () => {
  const { done, delivery } = recorder()
  const queue = createDeliveryQueue({ dropped: () => {} })
  for (const name of ["1", "2", "3"]) queue.add("a", delivery(name))
  expect(done).toEqual([])
  await queue.idle()
  expect(done).toEqual(["1", "2", "3"])
})

it("lets a slow lane hold up nobody else [fix 19]", async () => {
  const { done, delivery, held, open } = recorder()
  const queue = createDeliveryQueue({ dropped: () => {} })
  queue.add("slow", held("1"))
  queue.add("slow", delivery("2"))
  await untilStarted()
  queue.add("fast", delivery("3"))
  await untilStarted()
  expect(done).toEqual(["3"])
  open("1")
  await queue.idle()
  expect(done).toEqual(["3", "1", "2"])
})

it("gives up the oldest that wait when a lane is full, and counts them by lane", async () => {
  const { done, delivery, held, open } = recorder()
  const dropped: string[] = []
  const queue = createDeliveryQueue({ limit: 2, dropped: (lane) => dropped.push(lane) })
  queue.add("a", held("1"))
  await untilStarted()
  for (const name of ["2", "3", "4", "5"]) queue.add("a", delivery(name))
  expect(dropped).toEqual(["a", "a"])
  open("1")
  await queue.idle()
  expect(done).toEqual(["1", "4", "5"])
})

it("keeps 256 waiting unless told otherwise", async () => {
  const { done, delivery, held, open } = recorder()
  let dropped = 0
  const queue = createDeliveryQueue({ dropped: () => dropped++ })
  queue.add("a", held("first"))
  await untilStarted()
  for (let count = 0; count < 257; count++) queue.add("a", delivery(`${count}`))
  open("first")
  await queue.idle()
  expect([dropped, done.length, done[1]]).toEqual([1, 257, "1"])
})

it("goes on after a failure, and reports it", async () => {
  const { done, failures, delivery } = recorder()
  const queue = createDeliveryQueue({ dropped: () => {} })
  queue.add("a", delivery("1", () => { throw new Error("no luck") })) // prettier-ignore
  queue.add("a", delivery("2"))
  await queue.idle()
  expect([done, failures]).toEqual([["2"], ["no luck"]])
})

it("starts a lane again after it was empty", async () => {
  const { done, delivery } = recorder()
  const queue = createDeliveryQueue({ dropped: () => {} })
  queue.add("a", delivery("1"))
  await queue.idle()
  queue.add("a", delivery("2"))
  await queue.idle()
  expect(done).toEqual(["1", "2"])
})

it("gives up everything when closed, and calls that no failure", async () => {
  const { done, failures, delivery, held } = recorder()
  const queue = createDeliveryQueue({ dropped: () => {} })
  queue.add("a", held("1"))
  queue.add("a", delivery("2"))
  await untilStarted()
  queue.close()
  queue.add("a", delivery("3"))
  await queue.idle()
  expect([done, failures]).toEqual([[], []])
})
