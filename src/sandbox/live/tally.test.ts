import { expect, it } from "vitest"
import { createTally, unanswered } from "./tally.ts"

const seen = (version: string | undefined, status: number, atMs: number, durationMs = 10) => ({
  version,
  status,
  atMs,
  durationMs,
})

it("counts requests by the version that answered, and failures among them", () => {
  const tally = createTally()
  for (const one of [seen("1", 200, 1), seen("2", 500, 2), seen("2", 200, 3), seen("2", 503, 4), seen(undefined, 0, 5)])
    tally.add(one)
  expect(tally.totals()).toMatchObject([
    { version: "1", requests: 1, failed: 0 },
    { version: "2", requests: 3, failed: 2, firstMs: 2, firstFailureMs: 2, lastMs: 4 },
    { version: unanswered, requests: 1, failed: 1 },
  ])
})

it("takes a request that was refused with reason for no failure", () => {
  const tally = createTally()
  tally.add(seen("1", 404, 1))
  expect(tally.totals()[0]).toMatchObject({ failed: 0, firstFailureMs: undefined })
})

it("forgets in its view of the present what is longer ago than five seconds", () => {
  const tally = createTally()
  tally.add(seen("1", 500, 0, 900))
  for (let count = 0; count < 10; count++) tally.add(seen("1", 200, 4000, count))
  expect(tally.lately(5500)).toEqual([{ version: "1", requestsPerSecond: 2, successPercent: 100, p99Ms: 9 }])
  expect(tally.lately(60_000)).toEqual([])
})
