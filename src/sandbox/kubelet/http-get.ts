import { type IncomingMessage, request as plainRequest, type RequestOptions } from "node:http"
import { request as secureRequest } from "node:https"
import type { HTTPGetAction } from "kubernetes-types/core/v1.js"
import { version } from "../../version.ts"
import { type Inside, portIn } from "./inside.ts"

export interface Answer {
  status: number
  body: string
}

const LONGEST_BODY = 10_240
const MOST_REDIRECTS = 10

/** Asks a container, following redirects that stay on the same host. Failures carry the text that a kubelet would tell. */
export async function httpGet(action: HTTPGetAction, inside: Inside, signal: AbortSignal): Promise<Answer> {
  const scheme = (action.scheme ?? "HTTP").toLowerCase()
  let url = new URL(`${scheme}://${action.host || inside.ip}:${portIn(inside, action.port)}`)
  const [path = "/", ...query] = (action.path || "/").split("?")
  url.pathname = path
  if (query.length > 0) url.search = `?${query.join("?")}`
  for (let redirects = 0; ; redirects++) {
    const { location, ...answer } = await get(url, headersOf(action), signal)
    const next = location && URL.canParse(location, url.href) ? new URL(location, url) : undefined
    if (next?.hostname !== url.hostname) return answer
    if (redirects === MOST_REDIRECTS) throw new Error(`Get "${url.href}": stopped after 10 redirects`)
    url = next
  }
}

function headersOf({ httpHeaders = [] }: HTTPGetAction): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { "user-agent": `kube-probe/${version}`, accept: "*/*" }
  const own: Record<string, string[]> = {}
  for (const { name, value } of httpHeaders) (own[name.toLowerCase()] ??= []).push(value)
  return { ...headers, ...own }
}

function get(
  url: URL,
  headers: Record<string, string | string[]>,
  signal: AbortSignal,
): Promise<Answer & { location?: string }> {
  const request = url.protocol === "https:" ? secureRequest : plainRequest
  // Containers bring certificates of their own making, and a connection kept open would hide one that no longer accepts any.
  const options: RequestOptions & { rejectUnauthorized: boolean } = {
    headers: { ...headers, host: headers["host"]?.[0] ?? url.host },
    agent: false,
    signal,
    rejectUnauthorized: false,
  }
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => reject(new Error(`Get "${url.href}": ${dialText(error, url.host, signal)}`))
    const sent = request(url, options, (response) => {
      response.on("error", failed)
      readStart(response, (body) => {
        resolve({ status: response.statusCode ?? 0, body, location: redirectOf(response) })
      })
    })
    sent.on("error", failed)
    sent.end()
  })
}

const redirectOf = ({ statusCode = 0, headers }: IncomingMessage): string | undefined =>
  statusCode >= 300 && statusCode < 400 ? headers.location : undefined

function readStart(response: IncomingMessage, done: (body: string) => void): void {
  let body = ""
  response.setEncoding("utf8")
  response.on("data", (text: string) => {
    body = (body + text).slice(0, LONGEST_BODY)
    if (body.length === LONGEST_BODY) {
      done(body)
      response.destroy()
    }
  })
  response.once("end", () => done(body))
}

/** Why a connection failed, in the words of Go. */
function dialText(error: Error & { code?: string }, host: string, signal: AbortSignal): string {
  if (signal.aborted) return "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
  if (error.code === "ECONNREFUSED") return `dial tcp ${host}: connect: connection refused`
  if (error.code === "ECONNRESET")
    return error.message === "socket hang up" ? "EOF" : `read tcp ${host}: read: connection reset by peer`
  return error.message
}
