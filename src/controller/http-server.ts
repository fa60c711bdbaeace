import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

export interface HttpServerOptions {
  port: number
  /** All addresses when absent. */
  host?: string
  metrics: { text(): Promise<string>; readonly contentType: string }
  /** Why the operator cannot do its work yet; undefined when it can. */
  notReady(): string | undefined
}

export interface HttpServer {
  readonly port: number
  /** Lets open requests end, for three seconds at most. */
  close(): Promise<void>
}

const GRACE_MS = 3000

/** Serves /metrics, /healthz and /readyz. Rejects with what to do when the port cannot be had. */
export async function startHttpServer({ port, host, metrics, notReady }: HttpServerOptions): Promise<HttpServer> {
  const answer = async (path: string): Promise<Answer> => {
    switch (path) {
      case "/metrics":
        return { status: 200, type: metrics.contentType, body: await metrics.text() }
      case "/healthz":
        return plain(200, "OK")
      case "/readyz": {
        const why = notReady()
        return why === undefined ? plain(200, "OK") : plain(503, why)
      }
      default:
        return plain(404, "404 page not found")
    }
  }
  const server = createServer(
    { requestTimeout: 5000, headersTimeout: 5000, keepAliveTimeout: 15_000, connectionsCheckingInterval: 5000 },
    (request, response) => {
      answer(pathOf(request)).then(
        (given) => send(response, given),
        (error: unknown) => send(response, plain(500, String(error))),
      )
    },
  )
  server.setTimeout(60_000)
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(new Error(whyNotListening(error, port), { cause: error })))
    server.listen(port, host, resolve)
  })

  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        const impatience = setTimeout(() => server.closeAllConnections(), GRACE_MS)
        server.close(() => {
          clearTimeout(impatience)
          resolve()
        })
      }),
  }
}

interface Answer {
  status: number
  type: string
  body: string
}
const plain = (status: number, body: string): Answer => ({ status, type: "text/plain; charset=utf-8", body })

const pathOf = ({ url = "/" }: IncomingMessage) => url.split("?", 1)[0]!

const send = (response: ServerResponse, { status, type, body }: Answer) =>
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) }).end(body)

function whyNotListening(error: NodeJS.ErrnoException, port: number): string {
  if (error.code === "EADDRINUSE") return `port ${port} is in use: stop the other program or choose another -port`
  if (error.code === "EACCES") return `port ${port} needs more rights than this user has: choose a -port above 1023`
  return `cannot listen on port ${port}: ${error.message}`
}
