import { type Dispatcher, Pool } from "undici"
import { stratified } from "../gateway/choose.ts"
import { steady } from "./schedule.ts"
import { send } from "./send.ts"
import { createTally, type Result, type Tally } from "./tally.ts"

export interface TrafficOptions {
  /** Where requests are sent; only scheme, host and port count. */
  url: string
  /** The Host header; that of the address by default. */
  host?: string
  ratePerSecond: number
  method?: Dispatcher.HttpMethod
  headers?: Readonly<Record<string, string>>
  /** In equal parts. */
  paths?: readonly string[]
  /** Kinds of users, with headers of their own. Those who belong to none are called `everyone`. */
  profiles?: readonly Profile[]
  timeoutMs: number
  /** More than these do not wait: what is due meanwhile counts as failed. */
  maxConcurrent?: number
  onResult?: (result: Result) => void
}
export interface Profile {
  name: string
  /** Percent of the requests. */
  share: number
  headers: Readonly<Record<string, string>>
}

export interface Report extends Tally {
  seconds: number
  /** Answers per second. */
  answersPerSecond: number
}

export interface Traffic {
  /** How things stand. */
  report(): Report
  /** Sends nothing more, and waits for the answers that are due. */
  stop(): Promise<Report>
}

const MAX_CONCURRENT = 512

/** Load that does not wait for the server: requests are sent when they are due, whatever became of those before. */
export function startTraffic(options: TrafficOptions): Traffic {
  const { ratePerSecond, timeoutMs, maxConcurrent = MAX_CONCURRENT, onResult = () => {} } = options
  const schedule = steady(ratePerSecond)
  const next = requestMaker(options)
  const pool = new Pool(new URL(options.url).origin, { connections: maxConcurrent })
  const tally = createTally()
  const startedAt = performance.now()
  let sent = 0
  let waiting = 0
  let stoppedAt: number | undefined
  let whenDone = () => {}
  let timer = setTimeout(sendDue, 0)

  function sendDue(): void {
    const due = schedule.dueBy(performance.now() - startedAt)
    while (sent < due) sendOne(startedAt + schedule.dueMs(sent++))
    timer = setTimeout(sendDue, startedAt + schedule.dueMs(sent) - performance.now())
  }

  function sendOne(dueAt: number): void {
    const { profile, path, method, headers } = next()
    const over = (result: Omit<Result, "profile" | "durationMs">) => {
      const told = { profile, durationMs: performance.now() - dueAt, ...result }
      tally.add(told)
      onResult(told)
    }
    if (waiting === maxConcurrent) return over({ status: 0, trouble: "dropped" })
    waiting++
    send(pool, { path, method, headers, timeoutMs }, (answered) => {
      waiting--
      over(answered)
      if (waiting === 0) whenDone()
    })
  }

  function report(): Report {
    const counted = tally.read()
    const seconds = ((stoppedAt ?? performance.now()) - startedAt) / 1000
    const answers = Object.values(counted.byStatus).reduce((sum, count) => sum + count, 0)
    return { ...counted, seconds, answersPerSecond: seconds > 0 ? answers / seconds : 0 }
  }

  return {
    report,
    async stop() {
      clearTimeout(timer)
      if (waiting > 0) await new Promise<void>((resolve) => (whenDone = resolve))
      stoppedAt ??= performance.now()
      await pool.destroy()
      return report()
    },
  }
}

interface NextRequest {
  profile: string
  path: string
  method: Dispatcher.HttpMethod
  headers: string[]
}

function requestMaker({
  host,
  method = "GET",
  headers = {},
  paths = ["/"],
  profiles = [],
}: TrafficOptions): () => NextRequest {
  const special = profiles.reduce((sum, { share }) => sum + share, 0)
  if (special > 100) throw new RangeError(`shares of profiles are ${special} percent together`)
  const kinds = [...profiles, { name: "everyone", share: 100 - special, headers: {} }]
  const lists = kinds.map((kind) => Object.entries({ ...(host ? { host } : {}), ...headers, ...kind.headers }).flat())
  const kind = stratified(kinds.map(({ share }) => share))
  const path = stratified(paths.map(() => 1))
  return () => {
    const choice = kind()
    return { profile: kinds[choice]!.name, path: paths[path()]!, method, headers: lists[choice]! }
  }
}
