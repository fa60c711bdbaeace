import { STATUS_CODES } from "node:http"
import type { Dispatcher } from "undici"
import { goQuote } from "#core/text/go-quote.ts"
import { redact } from "#core/text/redact.ts"
import { version } from "../version.ts"
import { basicCredentials, readAddress } from "./address.ts"
import { readBody } from "./body.ts"
import { type Cause, causeOf, Refused } from "./cause.ts"
import { type Connections, createConnections } from "./connections.ts"
import { type Http, type HttpRequest, type HttpResponse, NoAnswer } from "./contract.ts"
import { type Deadline, deadline, outOfTime } from "./deadline.ts"
import type { Environment } from "./proxy-environment.ts"
import { type Hop, redirected } from "./redirect.ts"

const DEFAULT_MAX_BYTES = 1024 * 1024
// As in Go, where "stopped after 10 redirects" is what refuses the eleventh request.
const MAX_REQUESTS = 10
const REDIRECT_BODY_LIMIT = 2048

/** The one way out: hooks, chats and metrics backends share its connections and its limits. */
export function createHttp(options: { env?: Environment } = {}): Http & { close(): Promise<void> } {
  const connections = createConnections(options.env ?? process.env)
  return {
    send: (request, signal) => send(connections, request, signal),
    close: () => connections.close(),
  }
}

/** How far a request has come, for the words about its failure. */
interface Progress {
  shownUrl: string
  proxied: boolean
  reading: boolean
}

async function send(connections: Connections, request: HttpRequest, signal?: AbortSignal): Promise<HttpResponse> {
  const limit = deadline(request.timeoutMs, signal)
  const progress: Progress = { shownUrl: request.url, proxied: false, reading: false }
  try {
    // undici looks at the signal only once it is connected.
    return await Promise.race([follow(connections, request, limit.signal, progress), limit.passed])
  } catch (error) {
    throw noAnswer(request, progress, limit, error)
  } finally {
    limit.end()
  }
}

async function follow(
  connections: Connections,
  request: HttpRequest,
  signal: AbortSignal,
  progress: Progress,
): Promise<HttpResponse> {
  let hop = firstHop(request)
  for (let requests = 1; ; requests++) {
    const { dispatcher, proxied } = await connections.to(hop.url, request)
    progress.proxied = proxied
    const answer = await dispatcher.request({ ...wire(hop), signal })
    const location = one(answer.headers["location"])
    const next = redirected(hop, answer.statusCode, location)
    if (!next) {
      progress.reading = true
      return responseOf(answer, request.maxBytes ?? DEFAULT_MAX_BYTES)
    }
    await answer.body.dump({ limit: REDIRECT_BODY_LIMIT, signal })
    progress.shownUrl = next.url.href
    if (requests === MAX_REQUESTS) throw new Refused(`stopped after ${MAX_REQUESTS} redirects`)
    hop = { ...next, url: usable(next.url.href) }
  }
}

function firstHop({ url, method, headers = {}, body }: HttpRequest): Hop {
  const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const)
  const defaults = { "user-agent": `flagger/${version}`, "accept-encoding": "gzip, deflate" }
  return { url: usable(url), method, body, headers: { ...defaults, ...Object.fromEntries(named) } }
}

function usable(text: string): URL {
  const address = readAddress(text)
  if ("unreadable" in address) throw new NoAnswer(address.unreadable, true)
  if ("unusable" in address) throw new Refused(address.unusable)
  return address.url
}

function wire({ url, method, headers, body }: Hop): Dispatcher.RequestOptions {
  const authorization = headers["authorization"] ?? basicCredentials(url)
  return {
    origin: url.origin,
    path: url.pathname + url.search,
    method,
    body,
    headers: authorization ? { ...headers, authorization } : headers,
  }
}

async function responseOf(answer: Dispatcher.ResponseData, maxBytes: number): Promise<HttpResponse> {
  const headers = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, all(value)]))
  const { text, truncated } = await readBody(answer.body, headers["content-encoding"] ?? "", maxBytes)
  const status = answer.statusCode
  return { status, statusText: answer.statusText || (STATUS_CODES[status] ?? ""), headers, body: text, truncated }
}

function noAnswer(request: HttpRequest, progress: Progress, limit: Deadline, error: unknown): NoAnswer {
  if (error instanceof NoAnswer) return error
  const { text, final } = limit.signal.aborted ? stopped(limit.signal.reason, progress) : causeOf(error, progress)
  const method = request.method.charAt(0) + request.method.slice(1).toLowerCase()
  return new NoAnswer(`${method} ${goQuote(redact(progress.shownUrl))}: ${text}`, final, { cause: error })
}

function stopped(reason: unknown, { reading }: Progress): Cause {
  if (reason !== outOfTime) return { text: "context canceled", final: true }
  const where = reading ? "or context cancellation while reading body" : "exceeded while awaiting headers"
  return { text: `context deadline exceeded (Client.Timeout ${where})`, final: false }
}

type HeaderValue = string | string[] | undefined
const one = (value: HeaderValue): string | undefined => (Array.isArray(value) ? value[0] : value)
const all = (value: HeaderValue): string => (Array.isArray(value) ? value.join(", ") : (value ?? ""))
