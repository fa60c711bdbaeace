/** The load for the gateway's bench, in a process of its own: as fast as answers come, or at a steady rate. */
import { Pool } from "undici"
import { send } from "#sandbox/traffic/send.ts"
import { createTally } from "#sandbox/traffic/tally.ts"
import { type Report, startTraffic } from "#sandbox/traffic/traffic.ts"

export interface Order {
  url: string
  host: string
  /** 0 is as fast as answers come. */
  ratePerSecond: number
  /** At once, where there is no rate. */
  connections: number
  seconds?: number
  requests?: number
}

const TIMEOUT_MS = 10_000

process.on("message", (order: Order) => {
  const load = order.ratePerSecond > 0 ? steadily(order) : atOnce(order)
  void load.then((report) => process.send?.(report))
})
process.on("disconnect", () => process.exit())

async function steadily({ url, host, ratePerSecond, seconds = 1 }: Order): Promise<Report> {
  const traffic = startTraffic({ url, host, ratePerSecond, timeoutMs: TIMEOUT_MS })
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  return traffic.stop()
}

async function atOnce({ url, host, connections, seconds = Infinity, requests = Infinity }: Order): Promise<Report> {
  const pool = new Pool(url, { connections })
  const tally = createTally()
  const startedAt = performance.now()
  let left = requests
  const isOver = () => left <= 0 || performance.now() - startedAt > seconds * 1000

  async function user(): Promise<void> {
    while (!isOver()) {
      left--
      await new Promise<void>((resolve) => {
        const sentAt = performance.now()
        send(pool, { path: "/", method: "GET", headers: ["host", host], timeoutMs: TIMEOUT_MS }, (answered) => {
          tally.add({ profile: "everyone", durationMs: performance.now() - sentAt, ...answered })
          resolve()
        })
      })
    }
  }

  await Promise.all(Array.from({ length: connections }, user))
  const took = (performance.now() - startedAt) / 1000
  await pool.destroy()
  const counted = tally.read()
  const answers = counted.requests - Object.values(counted.troubles).reduce((sum, count) => sum + count, 0)
  return { ...counted, seconds: took, answersPerSecond: answers / took }
}
