import { goQuote } from "#core/text/go-quote.ts"
import { redact, soundsSecret } from "#core/text/redact.ts"
import { Refused } from "./cause.ts"
import type { HttpRequest } from "./contract.ts"

/** One request of the chain that redirects make. */
export interface Hop {
  url: URL
  method: HttpRequest["method"]
  /** Names in lower case. */
  headers: Record<string, string | string[]>
  body?: string
}

/** Where a redirect leads; undefined when the answer is not one. */
export function redirected(from: Hop, status: number, location: string | undefined): Hop | undefined {
  const keepsBody = status === 307 || status === 308
  if (!location || !(keepsBody || status === 301 || status === 302 || status === 303)) return undefined
  const url = resolve(location, from.url)
  const headers = headersFor(url, from)
  if (keepsBody) return { ...from, url, headers }
  return { url, method: "GET", headers: without(headers, (name) => name.startsWith("content-")) }
}

function resolve(location: string, base: URL): URL {
  if (!URL.canParse(location, base.href))
    throw new Refused(`failed to parse Location header ${goQuote(redact(location))}`)
  return new URL(location, base)
}

/** Secrets stay with the host they were meant for, and are not sent in clear after they were encrypted. */
function headersFor(to: URL, from: Hop): Hop["headers"] {
  const sameHost = to.hostname === from.url.hostname || to.hostname.endsWith(`.${from.url.hostname}`)
  const downgrade = from.url.protocol === "https:" && to.protocol === "http:"
  return sameHost && !downgrade ? from.headers : without(from.headers, soundsSecret)
}

const without = (headers: Hop["headers"], unwanted: (name: string) => boolean): Hop["headers"] =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !unwanted(name)))
