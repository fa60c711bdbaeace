import { parseDurationMs } from "#api/duration.ts"
import { fnv1a32 } from "#core/text/fnv.ts"
import type { Backend, Endpoint } from "./backends.ts"
import type { HeaderList } from "./headers.ts"
import type { SessionPersistence } from "./objects.ts"
import type { CompiledRule, Share } from "./rules.ts"
import { backendFor, type RoutingTable } from "./table.ts"

/** Where a client belongs that has been here before. */
export interface Pinned {
  share: Share
  endpoint: Endpoint
}

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** A destination without any weight keeps nobody: whoever sets it to zero wants no user there. */
export function pinned(
  { shares }: CompiledRule,
  session: SessionPersistence,
  table: RoutingTable,
  headers: Headers,
): Pinned | undefined {
  const token = tokenIn(session, headers)
  if (!token) return undefined
  for (const share of shares) {
    const backend = share.weight > 0 ? backendFor(table, share.to) : undefined
    const endpoint = backend?.endpoints.find((candidate) => tokenOf(candidate) === token)
    if (endpoint) return { share, endpoint }
  }
  return undefined
}

/** What tells a client where it belongs. */
export function sessionHeaders(session: SessionPersistence, endpoint: Endpoint, prefix: string): HeaderList {
  const token = tokenOf(endpoint)
  if (isHeader(session)) return [carrierOf(session).toLowerCase(), token]
  const lifetime =
    session.cookieConfig?.lifetimeType === "Permanent" ? parseDurationMs(session.absoluteTimeout ?? "") : 0
  const maxAge = lifetime ? `; Max-Age=${Math.round(lifetime / 1000)}` : ""
  return ["set-cookie", `${carrierOf(session)}=${token}; Path=${prefix || "/"}; HttpOnly${maxAge}`]
}

/** Always the same one for an address, by rendezvous: when others come or go, few addresses move. */
export function endpointForClient({ endpoints }: Pick<Backend, "endpoints">, address: string): Endpoint | undefined {
  const score = (endpoint: Endpoint) => fnv1a32(`${address} ${endpoint.key}`)
  let best: Endpoint | undefined
  for (const endpoint of endpoints) if (!best || score(endpoint) > score(best)) best = endpoint
  return best
}

const carrierOf = ({ sessionName = "session" }: SessionPersistence): string => sessionName
const isHeader = ({ type }: SessionPersistence): boolean => type === "Header"
const tokenOf = ({ key }: Endpoint): string => fnv1a32(key).toString(36)

function tokenIn(session: SessionPersistence, headers: Headers): string | undefined {
  const value = headers[isHeader(session) ? carrierOf(session).toLowerCase() : "cookie"]
  const text = Array.isArray(value) ? value[0] : value
  if (text === undefined || isHeader(session)) return text
  const start = `${carrierOf(session)}=`
  const found = text.split(";").find((pair) => pair.trimStart().startsWith(start))
  return found?.trim().slice(start.length)
}
