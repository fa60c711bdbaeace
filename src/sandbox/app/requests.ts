import type { IncomingMessage, ServerResponse } from "node:http"
import { setTimeout as wait } from "node:timers/promises"
import { type Behaviour, changed } from "./behaviour.ts"
import { createMeasurements } from "./measurements.ts"
import { pageOf } from "./page.ts"

export interface App {
  behaviour: Behaviour
  hostname: string
  /** It is about to end. */
  isEnding: boolean
}

interface Asked {
  request: IncomingMessage
  response: ServerResponse
  url: URL
}

/** Requests that are not measured. */
const forMachines = new Set(["/healthz", "/readyz", "/metrics"])
const LONGEST_BODY = 1024 * 1024

/** Answers every request of the demo app. */
export function answering(app: App): (request: IncomingMessage, response: ServerResponse) => void {
  const measurements = createMeasurements()
  let failuresDue = 0

  /** Spread evenly, so that a share shows after few requests. */
  function failsNow(): boolean {
    failuresDue += app.behaviour.errorShare
    // Adding 0.1 ten times gives a little less than 1.
    if (failuresDue < 1 - 1e-9) return false
    failuresDue -= 1
    return true
  }

  async function visit(asked: Asked, answer: () => void | Promise<void>): Promise<void> {
    const { delayMs } = app.behaviour
    if (delayMs > 0) await wait(delayMs * (0.8 + Math.random() * 0.4))
    if (failsNow()) json(asked, { error: "told to fail", version: app.behaviour.version }, 500)
    else await answer()
  }

  async function behave(asked: Asked): Promise<void> {
    const { request, url } = asked
    try {
      const given = request.method === "PUT" ? JSON.parse((await bodyOf(request)) || "{}") : {}
      app.behaviour = changed(app.behaviour, { ...Object.fromEntries(url.searchParams), ...given })
      json(asked, app.behaviour)
    } catch (error) {
      json(asked, { error: (error as Error).message }, 400)
    }
  }

  function route(asked: Asked): void | Promise<void> {
    const { url, response, request } = asked
    const [, first = "", value = ""] = url.pathname.split("/")
    switch (first) {
      case "healthz":
        return json(asked, { status: "OK" })
      case "readyz": {
        const isReady = app.behaviour.ready && !app.isEnding
        return json(asked, { status: isReady ? "OK" : "not ready" }, isReady ? 200 : 503)
      }
      case "metrics":
        response.setHeader("content-type", "text/plain; version=0.0.4; charset=utf-8")
        return void response.end(measurements.text(app.behaviour.version))
      case "behaviour":
      case "behave":
        return behave(asked)
      case "status":
        return json(asked, { status: Number(value) }, /^[2-5]\d\d$/.test(value) ? Number(value) : 400)
      case "delay":
        return wait(Math.min(Number(value) || 0, 60) * 1000).then(() => json(asked, { delay: Number(value) || 0 }))
      case "echo":
        return visit(asked, async () => {
          const { method, headers } = request
          const body = await bodyOf(request)
          json(asked, { ...about(app), method, path: url.pathname + url.search, headers, body })
        })
      case "":
        return visit(asked, () => home(asked))
      default:
        return visit(asked, () => json(asked, { error: `nothing is at ${url.pathname}` }, 404))
    }
  }

  function home(asked: Asked): void {
    if (!asked.request.headers.accept?.includes("text/html")) return json(asked, about(app))
    asked.response.setHeader("content-type", "text/html; charset=utf-8")
    asked.response.end(pageOf(app.behaviour, app.hostname))
  }

  return (request, response) => {
    const startMs = performance.now()
    response.once("finish", () => {
      if (!forMachines.has(request.url ?? ""))
        measurements.add(response.statusCode, (performance.now() - startMs) / 1000)
      // The answer had promised to keep the connection if it began before the end did.
      if (app.isEnding) request.socket.end()
    })
    if (app.isEnding) response.setHeader("connection", "close")
    const url = URL.canParse(request.url ?? "", "http://app") ? new URL(request.url!, "http://app") : undefined
    if (!url) return void response.writeHead(400).end()
    void Promise.resolve(route({ request, response, url })).catch(() => response.destroy())
  }
}

const about = ({ behaviour: { version, color, message }, hostname }: App) => ({ version, hostname, color, message })

function json({ response }: Asked, value: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8" })
  response.end(`${JSON.stringify(value)}\n`)
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > LONGEST_BODY) throw new Error("the body is too long")
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
