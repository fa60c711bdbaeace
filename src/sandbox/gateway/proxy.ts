import { once } from "node:events"
import { createServer, type IncomingMessage, ServerResponse } from "node:http"
import type { AddressInfo, Socket } from "node:net"
import { decide, type Request } from "./decision.ts"
import { Exchange } from "./exchange.ts"
import { ownAnswer } from "./own-answer.ts"
import type { Plane } from "./plane.ts"
import { readHead, type RequestHead } from "./request-head.ts"
import { tellServed } from "./tell.ts"
import { upgrade } from "./upgrade.ts"

/** The server that clients talk to. */
export interface Proxy {
  /** The port it has got. */
  listen(host: string, port: number): Promise<number>
  /** Nothing new is taken; requests under way may end. */
  close(): Promise<void>
}

/** Longer than clients keep a connection they do not use, so that it is they who close it. */
const KEEP_ALIVE_MS = 75_000
/** How long requests may take to end once the server is to close. */
const FAREWELL_MS = 5_000
const IDLE_CHECK_MS = 20
const BACKLOG = 4096

export function createProxy(plane: Plane): Proxy {
  // Node has let go of them: only we can end them.
  const upgraded = new Set<Socket>()
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 }, (incoming, response) => {
    serve(plane, incoming, response)
  })
  server.on("upgrade", (incoming: IncomingMessage, socket: Socket, first: Buffer) => {
    upgraded.add(socket)
    socket.on("close", () => upgraded.delete(socket))
    socket.on("error", () => socket.destroy())
    if (incoming.headers.upgrade?.toLowerCase() !== "websocket") return serveOnce(plane, incoming, socket)
    const head = readHead(incoming.url ?? "/", incoming.rawHeaders)
    upgrade(plane, { incoming, socket, first, head }, decide(plane.table(), asked(incoming, head)))
  })

  return {
    async listen(host, port) {
      server.listen({ host, port, backlog: BACKLOG })
      await once(server, "listening")
      return (server.address() as AddressInfo).port
    },
    async close() {
      for (const socket of upgraded) socket.destroy()
      const sweep = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS)
      const end = setTimeout(() => server.closeAllConnections(), FAREWELL_MS)
      await new Promise((resolve) => server.close(resolve))
      clearInterval(sweep)
      clearTimeout(end)
    },
  }
}

function serve(plane: Plane, incoming: IncomingMessage, response: ServerResponse): void {
  const head = readHead(incoming.url ?? "/", incoming.rawHeaders)
  const decision = decide(plane.table(), asked(incoming, head))
  if ("forward" in decision) return new Exchange(plane, { incoming, response }, head, decision.forward).start()
  const { route, status } = decision.answer
  tellServed(plane, { route, status, durationMs: 0 })
  ownAnswer(response, decision.answer)
}

/** An offer to speak a newer HTTP may be declined: the request is answered as it is. */
function serveOnce(plane: Plane, incoming: IncomingMessage, socket: Socket): void {
  const response = new ServerResponse(incoming)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  response.on("finish", () => socket.end())
  serve(plane, incoming, response)
}

function asked(incoming: IncomingMessage, { host, target }: RequestHead): Request {
  const query = target.indexOf("?")
  return {
    method: incoming.method ?? "GET",
    host,
    path: query < 0 ? target : target.slice(0, query),
    search: query < 0 ? "" : target.slice(query),
    source: incoming,
  }
}
