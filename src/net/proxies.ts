import { type Dispatcher, Pool, ProxyAgent } from "undici"
import { basicCredentials } from "./address.ts"
import type { TransportSettings } from "./connections.ts"

/** Connections through one proxy: a tunnel to https addresses, plain forwarding to http ones. */
export function proxyConnections(proxy: URL, { connect, ...settings }: TransportSettings): Dispatcher {
  return new ProxyAgent({
    ...settings,
    uri: proxy.href,
    token: basicCredentials(proxy),
    proxyTunnel: false,
    requestTls: connect,
    // For undici, TLS settings of a SOCKS proxy mean that it is spoken to with TLS.
    ...(proxy.protocol === "socks5:" ? {} : { proxyTls: connect }),
    clientFactory: (origin, options) => new TunnelPool(origin, { ...options, headersTimeout: connect.timeout }),
  })
}

/**
 * Asks the proxy for tunnels. When the proxy hangs up, undici 7 dials again without end or pause, unless the error is a foreign one
 * (https://github.com/nodejs/undici/issues/3897).
 */
class TunnelPool extends Pool {
  override async connect(options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> {
    try {
      return await super.connect(options)
    } catch (error) {
      throw hungUp(error) ? new Error("EOF", { cause: error }) : error
    }
  }
}

const hungUp = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "UND_ERR_SOCKET" || error.code === "UND_ERR_INFO")
