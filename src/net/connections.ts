import { Agent, type Dispatcher } from "undici"
import { Refused } from "./cause.ts"
import type { HttpRequest } from "./contract.ts"
import { proxyAddress } from "./proxy-address.ts"
import { type Environment, namesProxy, proxyFromEnvironment } from "./proxy-environment.ts"

export interface TransportSettings {
  connect: { rejectUnauthorized: boolean; timeout: number; autoSelectFamilyAttemptTimeout: number }
  headersTimeout: number
  bodyTimeout: number
  keepAliveTimeout: number
}

/** Kept-alive connections: one set per TLS setting and proxy. */
export interface Connections {
  to(url: URL, how: Pick<HttpRequest, "insecure" | "proxy">): Promise<{ dispatcher: Dispatcher; proxied: boolean }>
  /** Cuts everything, also what is under way. */
  close(): Promise<void>
}

export function createConnections(env: Environment): Connections {
  const open = new Map<string, Dispatcher>()
  const fromEnvironment = namesProxy(env) ? proxyFromEnvironment(env) : () => undefined
  let closed = false

  const reuse = (key: string, make: () => Dispatcher): Dispatcher => {
    if (closed) throw new Refused("http: client is closed")
    const dispatcher = open.get(key) ?? make()
    open.set(key, dispatcher)
    return dispatcher
  }

  return {
    async to(url, { insecure = false, proxy }) {
      const through = proxy ? proxyAddress(proxy) : fromEnvironment(url)
      if (!through) return { dispatcher: reuse(`${insecure}`, () => new Agent(settings(insecure))), proxied: false }
      // Most installations have no proxy and need not load this.
      const { proxyConnections } = await import("./proxies.ts")
      const dispatcher = reuse(`${insecure} ${through.href}`, () => proxyConnections(through, settings(insecure)))
      return { dispatcher, proxied: true }
    },
    async close() {
      closed = true
      await Promise.all([...open.values()].map((dispatcher) => dispatcher.destroy()))
    },
  }
}

/** Time limits of the whole exchange are the request's; these concern the connection only. */
const settings = (insecure: boolean): TransportSettings => ({
  // A distant server may need more than the quarter of a second that Node gives the first of several addresses.
  connect: { rejectUnauthorized: !insecure, timeout: 30_000, autoSelectFamilyAttemptTimeout: 2_000 },
  headersTimeout: 0,
  bodyTimeout: 0,
  keepAliveTimeout: 30_000,
})
