import { readFileSync } from "node:fs"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { createServer as createTlsServer } from "node:https"
import type { AddressInfo } from "node:net"
import { onTestFinished } from "vitest"

export interface Received {
  method: string
  url: string
  headers: IncomingMessage["headers"]
  body: string
  /** Counts the connections of the server, from 1. */
  connection: number
}

export interface LocalServer {
  url: string
  port: number
  /** Requests in the order in which their bodies ended. */
  received: Received[]
}

export type Answer = (request: Received, response: ServerResponse, raw: IncomingMessage) => unknown

const fixture = (name: string) => readFileSync(new URL(`fixtures/tls/${name}`, import.meta.url))

/** A server on a free port of this machine, for one test. */
export async function localServer(answer: Answer, options: { tls?: boolean } = {}): Promise<LocalServer> {
  const received: Received[] = []
  const connections: unknown[] = []
  const listener = async (raw: IncomingMessage, response: ServerResponse) => {
    const { method = "", url = "", headers, socket } = raw
    if (!connections.includes(socket)) connections.push(socket)
    const body = await raw.toArray().then(
      (chunks) => Buffer.concat(chunks).toString(),
      () => "",
    )
    const request = { method, url, headers, body, connection: connections.indexOf(socket) + 1 }
    received.push(request)
    await answer(request, response, raw)
  }
  const server = options.tls
    ? createTlsServer({ cert: fixture("localhost.crt"), key: fixture("localhost.key") }, listener)
    : createServer(listener)
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  return { url: `${options.tls ? "https" : "http"}://127.0.0.1:${port}`, port, received }
}

/** Answers with these one after another, the last one again and again. */
export function inTurn(...answers: [status: number, body?: string, headers?: Record<string, string>][]): Answer {
  let turn = 0
  return (_request, response) => {
    const [status, body = "", headers = {}] = answers[Math.min(turn++, answers.length - 1)]!
    response.writeHead(status, headers).end(body)
  }
}

/** A port of this machine on which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))
  const { port } = server.address() as AddressInfo
  await new Promise((closed) => server.close(closed))
  return port
}
