/**
 * What many objects and many watches cost the sandbox's API server: memory, and how late the last watcher hears of a change.
 *
 *     npm run bench:watchers -- [--objects 2000] [--watchers 200] [--changes 500] [--json FILE]
 *
 * The server is a process of its own, so that its memory is only its own.
 */
import { fork } from "node:child_process"
import { once } from "node:events"
import { writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { Agent, request } from "undici"
import { startApiServer } from "#sandbox/apiserver/server.ts"

const { values } = parseArgs({
  options: {
    objects: { type: "string", default: "2000" },
    watchers: { type: "string", default: "200" },
    changes: { type: "string", default: "500" },
    json: { type: "string" },
    server: { type: "boolean", default: false },
  },
})

if (values.server) await serve()
else await measure(Number(values.objects), Number(values.watchers), Number(values.changes))

async function serve(): Promise<void> {
  const { url } = await startApiServer()
  process.on("message", () => process.send!({ rss: process.memoryUsage().rss, cpu: process.cpuUsage() }))
  process.once("disconnect", () => process.exit(0))
  process.send!({ url })
}

interface State {
  rss: number
  cpu: NodeJS.CpuUsage
}

async function measure(objects: number, watchers: number, changes: number): Promise<void> {
  const server = fork(import.meta.filename, ["--server"], { execArgv: process.execArgv })
  const [{ url }] = (await once(server, "message")) as [{ url: string }]
  const agent = new Agent({ connections: watchers + 16, bodyTimeout: 0 })
  const path = "/api/v1/namespaces/default/configmaps"
  const send = async (method: "POST" | "PATCH", at: string, body: unknown) => {
    const type = method === "POST" ? "application/json" : "application/merge-patch+json"
    const answer = await request(url + at, {
      method,
      dispatcher: agent,
      headers: { "content-type": type },
      body: JSON.stringify(body),
    })
    await answer.body.dump()
    if (answer.statusCode >= 300) throw new Error(`${method} ${at} answered ${answer.statusCode}`)
  }
  const state = async (): Promise<State> => {
    server.send("state")
    const [message] = (await once(server, "message")) as [State]
    return message
  }

  const empty = await state()
  const latencies: number[] = []
  let heard = 0
  let whenHeard = { count: Number.POSITIVE_INFINITY, resolve: () => {} }
  const hears = (count: number) =>
    new Promise<void>((resolve) => {
      whenHeard = { count, resolve }
      if (heard >= count) resolve()
    })

  async function watch(): Promise<void> {
    const { body } = await request(`${url}${path}?watch=1&resourceVersion=0`, { method: "GET", dispatcher: agent })
    body.on("error", () => {})
    void (async () => {
      let rest = ""
      for await (const chunk of body) {
        const lines = (rest + String(chunk)).split("\n")
        rest = lines.pop()!
        const now = performance.now()
        for (const line of lines) {
          const at = /"at":"([\d.]+)"/.exec(line)
          if (at) latencies.push(now - Number(at[1]))
          if (++heard >= whenHeard.count) whenHeard.resolve()
        }
      }
    })().catch(() => {})
  }

  await Promise.all(Array.from({ length: watchers }, watch))
  const kubeRootCa = heard
  const names = Array.from({ length: objects }, (_, number) => `object-${number}`)
  const filling = performance.now()
  const filler = "x".repeat(1000)
  await inTurn(16, names, (name) => send("POST", path, { metadata: { name }, data: { filler } }))
  await hears(kubeRootCa + objects * watchers)
  const filledMs = performance.now() - filling

  const full = await state()
  for (let change = 0; change < changes; change++) {
    const before = heard
    await send("PATCH", `${path}/${names[change % objects]}`, { data: { at: String(performance.now()) } })
    await hears(before + watchers)
  }
  const end = await state()
  server.disconnect()
  await agent.destroy()

  const sorted = latencies.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
  const figures = {
    objects,
    watchers,
    changes,
    fill: {
      seconds: filledMs / 1000,
      events: objects * watchers,
      eventsPerSecond: (objects * watchers) / (filledMs / 1000),
    },
    latencyMs: { p50: at(0.5), p99: at(0.99), max: at(1) },
    rssMb: { empty: megabytes(empty), full: megabytes(full), end: megabytes(end) },
    cpuMsPerChange: (cpuMs(end) - cpuMs(full)) / changes,
  }
  console.log(
    [
      `${objects} objects of 1 KB, ${watchers} watchers, ${changes} changes one after the other`,
      `  filled in          ${figures.fill.seconds.toFixed(1)} s, ${figures.fill.eventsPerSecond.toFixed(0)} events per second`,
      `  a change is heard  p50 ${figures.latencyMs.p50.toFixed(1)} ms, p99 ${figures.latencyMs.p99.toFixed(1)} ms, last of all ${figures.latencyMs.max.toFixed(1)} ms`,
      `  memory             ${figures.rssMb.empty} MB empty, ${figures.rssMb.full} MB full, ${figures.rssMb.end} MB in the end`,
      `  processor          ${figures.cpuMsPerChange.toFixed(2)} ms per change, told ${watchers} times`,
    ].join("\n"),
  )
  if (values.json) writeFileSync(values.json, JSON.stringify(figures, null, 2))
}

function megabytes({ rss }: State): number {
  return Math.round(rss / 1024 / 1024)
}
function cpuMs({ cpu }: State): number {
  return (cpu.user + cpu.system) / 1000
}

/** A few at a time. */
async function inTurn<T>(atOnce: number, all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  const waiting = [...all]
  const work = async () => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await act(one)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}
