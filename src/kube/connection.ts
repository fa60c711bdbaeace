import { type Dispatcher, Pool, ProxyAgent } from "undici"
import { type Answer, exchange, Interrupted } from "./exchange.ts"
import type { Credentials, IdentityHeaders } from "./identity.ts"

const REQUEST_CONNECTIONS = 16
// The API server closes idle connections after 90 s; ours must go first, or a request is written into a closing one.
const KEEP_ALIVE_MS = 60_000
const TCP_KEEP_ALIVE_MS = 30_000
const RENEWAL_PAUSE_MS = 10_000

export interface Call {
  method: string
  path: string
  body?: string
  contentType?: string
  /** Media types of the answer, when not plain JSON. */
  accept?: string
  /** Sent twice, it does no more than sent once. */
  repeatable?: boolean
  signal?: AbortSignal
  /** Takes the body as it comes; for watches. */
  onChunk?: (chunk: Buffer) => void
}

export interface Connection {
  readonly host: string
  /** Sends with the credentials of the moment; a 401 gets them renewed, once. Throws `Interrupted` when no answer came. */
  send(call: Call): Promise<Answer>
  close(): Promise<void>
}

export interface ConnectionOptions {
  userAgent: string
  deadlineMs: number
  idleMs: number
  /** Is told of every answer: its status, or why there was none. */
  onAnswer?: ((method: string, outcome: number | string) => void) | undefined
}

interface Line {
  credentials: Credentials
  requests: Dispatcher
  watches: Dispatcher
}

export function connect(credentials: Credentials, options: ConnectionOptions): Connection {
  const { userAgent, deadlineMs, idleMs, onAnswer } = options
  const { origin, pathname } = new URL(credentials.server)
  const prefix = pathname.replace(/\/+$/, "")
  const headersFor = createHeaders(userAgent)
  let line = openLine(credentials, origin)
  let renewedAt = -Infinity
  let renewing: Promise<void> | undefined

  async function attempt(call: Call, as: Credentials): Promise<Answer> {
    const headers = headersFor(await as.headers(), call)
    const dispatcher = call.onChunk ? line.watches : line.requests
    const { method } = call
    try {
      const path = prefix + call.path
      const answer = await exchange(dispatcher, { ...call, origin, path, headers, deadlineMs, idleMs })
      onAnswer?.(method, answer.status)
      return answer
    } catch (error) {
      onAnswer?.(method, error instanceof Interrupted ? error.code : "given up")
      throw error
    }
  }

  async function renew(): Promise<void> {
    renewedAt = performance.now()
    const renewed = await line.credentials.renewed()
    const old = line
    line = sameKeys(renewed, old.credentials) ? { ...old, credentials: renewed } : openLine(renewed, origin)
    // Requests may end; watches, which would go on for minutes, begin again with the new keys.
    if (line.requests !== old.requests) void Promise.all([old.requests.close(), old.watches.destroy()])
  }

  return {
    host: origin + prefix,
    async send(call) {
      const used = line
      const answer = await attempt(call, used.credentials)
      if (answer.status !== 401) return answer
      if (line === used && performance.now() - renewedAt > RENEWAL_PAUSE_MS) {
        renewing ??= renew().finally(() => (renewing = undefined))
      }
      if (renewing) await renewing
      return line === used ? answer : attempt(call, line.credentials)
    },
    async close() {
      await Promise.all([line.requests.destroy(), line.watches.destroy()])
    },
  }
}

function openLine(credentials: Credentials, origin: string): Line {
  return {
    credentials,
    requests: openPool(credentials, origin, REQUEST_CONNECTIONS),
    // Each watch holds a connection for minutes, so watches have their own, as many as it takes.
    watches: openPool(credentials, origin, null),
  }
}

function openPool(credentials: Credentials, origin: string, connections: number | null): Dispatcher {
  const tls = {
    ca: credentials.ca,
    cert: credentials.cert,
    key: credentials.key,
    servername: credentials.serverName,
    rejectUnauthorized: !credentials.insecure,
    keepAlive: true,
    keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
  }
  const limits = { connections, keepAliveTimeout: KEEP_ALIVE_MS, keepAliveMaxTimeout: KEEP_ALIVE_MS }
  const { proxyUrl } = credentials
  if (!proxyUrl) return new Pool(origin, { ...limits, connect: tls })
  return new ProxyAgent({ ...limits, uri: proxyUrl, requestTls: tls })
}

const sameKeys = (a: Credentials, b: Credentials): boolean =>
  String(a.cert) === String(b.cert) && String(a.key) === String(b.key) && String(a.ca) === String(b.ca)

/** Header lists are made once for what is sent and wanted, and again when the credentials answer with another object. */
function createHeaders(userAgent: string): (identity: IdentityHeaders, call: Call) => string[] {
  const lists = new Map<string, string[]>()
  let madeFrom: IdentityHeaders | undefined
  return (identity, { contentType = "", accept = "application/json" }) => {
    if (identity !== madeFrom) lists.clear()
    madeFrom = identity
    const known = lists.get(contentType + accept)
    if (known) return known
    const values = { accept, "user-agent": userAgent, ...identity, ...(contentType && { "content-type": contentType }) }
    const list = Object.entries(values).flatMap(([name, value]) => [value].flat().flatMap((one) => [name, one]))
    lists.set(contentType + accept, list)
    return list
  }
}
