import type { HeaderList } from "./headers.ts"
import { isHopByHop } from "./headers.ts"

/** The head of a request, read once. */
export interface RequestHead {
  /** As the client wrote it. */
  host: string
  /** The start of the path that names the gateway as a proxy is taken off. */
  target: string
  /** What goes on to the pod, but for `host` and what tells of the client. */
  headers: HeaderList
  forwardedFor: string
  saysProto: boolean
  saysHost: boolean
  hasBody: boolean
}

export function readHead(url: string, raw: readonly string[]): RequestHead {
  const head: RequestHead = {
    host: "",
    target: url,
    headers: [],
    forwardedFor: "",
    saysProto: false,
    saysHost: false,
    hasBody: false,
  }
  let dropped = ""
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at]!.toLowerCase()
    const value = raw[at + 1]!
    if (name === "connection") dropped = value
    else take(head, name, value)
  }
  if (dropped) head.headers = withoutNamed(head.headers, dropped)
  if (!url.startsWith("/")) readAbsolute(head, url)
  return head
}

function take(head: RequestHead, name: string, value: string): void {
  switch (name) {
    case "host":
      head.host ||= value
      return
    case "x-forwarded-for":
      head.forwardedFor += head.forwardedFor ? `, ${value}` : value
      return
    case "transfer-encoding":
      head.hasBody = true
      return
    // The gateway has already asked for the body.
    case "expect":
      return
    case "content-length":
      if (value !== "0") head.hasBody = true
      break
    case "x-forwarded-proto":
      head.saysProto = true
      break
    case "x-forwarded-host":
      head.saysHost = true
      break
    default:
      if (isHopByHop(name)) return
  }
  head.headers.push(name, value)
}

/** A Connection header names further headers that are for the gateway only. */
function withoutNamed(headers: HeaderList, connection: string): HeaderList {
  const lower = connection.toLowerCase()
  if (lower === "keep-alive" || lower === "close") return headers
  const named = lower.split(",").map((name) => name.trim())
  return headers.filter((_, at) => !named.includes(headers[at - (at % 2)]!))
}

/** Clients that take the gateway for a proxy name the host in the target; it goes before the Host header. */
function readAbsolute(head: RequestHead, url: string): void {
  const scheme = url.indexOf("://")
  if (scheme < 0) return
  const slash = url.indexOf("/", scheme + 3)
  const query = url.indexOf("?", scheme + 3)
  const end = slash < 0 || (query >= 0 && query < slash) ? query : slash
  head.host = end < 0 ? url.slice(scheme + 3) : url.slice(scheme + 3, end)
  const rest = end < 0 ? "/" : url.slice(end)
  head.target = rest.startsWith("/") ? rest : `/${rest}`
}

/** Completes the headers for a pod. */
export function passedOn(head: RequestHead, host: string, clientAddress: string): HeaderList {
  const { headers, forwardedFor } = head
  const list = headers.slice()
  list.push("host", host)
  list.push("x-forwarded-for", forwardedFor ? `${forwardedFor}, ${clientAddress}` : clientAddress)
  if (!head.saysProto) list.push("x-forwarded-proto", "http")
  if (!head.saysHost) list.push("x-forwarded-host", head.host)
  return list
}
