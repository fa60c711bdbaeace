import { Client, type Dispatcher } from "undici"
import type { Endpoint } from "./backends.ts"

/** The gateway's connections to one endpoint. */
export interface Upstream {
  readonly endpoint: Endpoint
  /** Requests under way, copies included. */
  active: number
  /** Until then (`performance.now()`) it is passed over, because it refused a connection. */
  restsUntil: number
  take(): Lease
  /** Gone from the table: what is under way may end, nothing is kept open. */
  retire(): void
  destroy(): void
}
/** A connection for one request. */
export interface Lease {
  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void
  /** The request went over a connection that had been open before. */
  isReused(): boolean
  /** To be called once, when the exchange is over. */
  giveBack(): void
}

const CONNECT_TIMEOUT_MS = 5_000

/** One request per connection at a time. The connection used last is taken first, so that a quiet time lets the others end. */
export function createUpstream(endpoint: Endpoint): Upstream {
  const host = endpoint.address.includes(":") ? `[${endpoint.address}]` : endpoint.address
  const origin = `http://${host}:${endpoint.port}`
  const idle: Connection[] = []
  const all = new Set<Connection>()
  let isRetired = false

  function forget(connection: Connection): void {
    all.delete(connection)
    const at = idle.indexOf(connection)
    if (at >= 0) idle.splice(at, 1)
    void connection.client.destroy()
  }

  function open(): Connection {
    const client = new Client(origin, {
      // How long an answer may take is the route's matter.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: CONNECT_TIMEOUT_MS },
    })
    const connection: Connection = { client, connects: 0, isIdle: false }
    client.on("connect", () => connection.connects++)
    client.on("disconnect", () => {
      if (connection.isIdle) forget(connection)
    })
    all.add(connection)
    return connection
  }

  const upstream: Upstream = {
    endpoint,
    active: 0,
    restsUntil: 0,
    take() {
      const connection = idle.pop() ?? open()
      connection.isIdle = false
      const connects = connection.connects
      upstream.active++
      return {
        dispatch: (options, handler) => void connection.client.dispatch(options, handler),
        isReused: () => connects > 0 && connection.connects === connects,
        giveBack() {
          upstream.active--
          if (isRetired) return forget(connection)
          connection.isIdle = true
          idle.push(connection)
        },
      }
    },
    retire() {
      isRetired = true
      for (const connection of idle.slice()) forget(connection)
    },
    destroy() {
      isRetired = true
      for (const connection of all) forget(connection)
    },
  }
  return upstream
}

interface Connection {
  client: Client
  /** How often it has been opened. */
  connects: number
  isIdle: boolean
}
