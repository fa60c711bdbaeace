import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { createHttp } from "#net/http.ts"
import type { Clock } from "../contract.ts"
import { apiAnswer, type ApiWorld } from "./api/answer.ts"
import type { QueryOptions } from "./promql/query.ts"
import { type Source, startScraping } from "./scrape.ts"
import { createStore, type Store, type StoreOptions } from "./store.ts"

export interface PrometheusOptions extends StoreOptions, QueryOptions {
  clock: Clock
  host: string
  /** 0 for any that is free. */
  port: number
  sources: readonly Source[]
  intervalMs?: number
}

export interface Prometheus {
  readonly url: string
  readonly store: Store
  close(): Promise<void>
}

const DEFAULT_INTERVAL_MS = 1000
const MAX_FORM_BYTES = 1024 * 1024

/** A small Prometheus in this process: asks its sources in every interval and answers queries over HTTP. */
export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const { clock, sources, lookbackMs, intervalMs = DEFAULT_INTERVAL_MS } = options
  const store = createStore(options)
  const server = createServer((request, response) => {
    respond(request, response, world).catch(() => send(response, 400, "bad request\n"))
  })
  await listening(server, options)
  const http = createHttp({ env: {} })
  const scraping = startScraping({ clock, store, sources, intervalMs, http })
  const world = (): ApiWorld => ({ store, nowMs: clock.now(), intervalMs, targets: scraping.health(), lookbackMs })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${options.host}:${port}`,
    store,
    async close() {
      scraping.stop()
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
      await http.close()
    },
  }
}

const listening = (server: Server, { host, port }: PrometheusOptions): Promise<void> =>
  new Promise((done, fail) => {
    server.once("error", fail)
    server.listen(port, host, () => {
      server.off("error", fail)
      done()
    })
  })

const PREFIX = "/api/v1/"
const LANDING = `The sandbox's Prometheus. Ask ${PREFIX}query?query=up, or give this address to a client of Prometheus.\n`

async function respond(request: IncomingMessage, response: ServerResponse, world: () => ApiWorld): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://sandbox")
  if (!["GET", "HEAD", "POST"].includes(request.method ?? "")) return send(response, 405, "Method Not Allowed\n")
  if (pathname === "/-/ready") return send(response, 200, "Prometheus Server is Ready.\n")
  if (pathname === "/-/healthy") return send(response, 200, "Prometheus Server is Healthy.\n")
  if (pathname === "/") return send(response, 200, LANDING)
  const form = request.method === "POST" ? await bodyOf(request) : ""
  if (form === undefined) return send(response, 413, "request body too large\n")
  const parameters = new URLSearchParams([...new URLSearchParams(form), ...searchParams])
  const path = pathname.startsWith(PREFIX) ? pathname.slice(PREFIX.length) : undefined
  const answer = path === undefined ? undefined : apiAnswer(path, parameters, world())
  if (!answer) return send(response, 404, "404 page not found\n")
  send(response, answer.status, JSON.stringify(answer.body), "application/json")
}

function send(response: ServerResponse, status: number, body: string, type = "text/plain; charset=utf-8"): void {
  response.writeHead(status, { "Content-Type": type, "Content-Length": Buffer.byteLength(body) }).end(body)
}

/** Undefined when it is too long, or when whoever sent it went away. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = []
  let length = 0
  try {
    for await (const part of request) {
      length += (part as Buffer).length
      if (length <= MAX_FORM_BYTES) parts.push(part as Buffer)
    }
  } catch {
    return undefined
  }
  return length > MAX_FORM_BYTES ? undefined : Buffer.concat(parts).toString()
}
