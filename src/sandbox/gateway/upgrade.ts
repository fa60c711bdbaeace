import { type IncomingMessage, STATUS_CODES } from "node:http"
import { connect, type Socket } from "node:net"
import type { Decision, Forward } from "./decision.ts"
import { outgoing } from "./outgoing.ts"
import type { Plane } from "./plane.ts"
import type { RequestHead } from "./request-head.ts"
import { backendFor } from "./table.ts"
import { tellPod, tellServed } from "./tell.ts"

export interface UpgradingClient {
  incoming: IncomingMessage
  socket: Socket
  /** What came right behind the head. */
  first: Buffer
  head: RequestHead
}

/** A client that wants to speak WebSocket: once the pod agrees, bytes go to and fro as they come. */
export function upgrade(plane: Plane, client: UpgradingClient, decision: Decision): void {
  if ("forward" in decision) return tunnel(plane, client, decision.forward, new Set())
  const { route, status, text } = decision.answer
  tellServed(plane, { route, status, durationMs: 0 })
  refuse(client.socket, status, text)
}

function tunnel(plane: Plane, client: UpgradingClient, forward: Forward, tried: ReadonlySet<string>): void {
  const backend = backendFor(plane.table(), forward.share.to)
  const request = outgoing(client.incoming, client.head, forward)
  const upstream = backend && plane.upstreams.pick(backend, request.clientAddress, tried)
  if (!upstream) return refuse(client.socket, 503, `no pod of Service ${forward.share.to?.service} takes the request`)
  const { address, port, key } = upstream.endpoint
  const startedAt = performance.now()
  const pod = connect({ host: address, port, noDelay: true })
  let isConnected = false

  upstream.active++
  pod.on("connect", () => {
    isConnected = true
    pod.write(requestText(client.incoming, request.options.path, request.options.headers as string[]))
  })
  whenHeadIsRead(pod, (head, rest) => {
    const status = statusIn(head)
    const durationMs = performance.now() - startedAt
    tellPod(plane, upstream, { method: request.options.method, status, durationMs })
    tellServed(plane, { route: forward.route, to: forward.share.to, upstream, status, durationMs })
    const { socket } = client
    // Without an agreement this is an ordinary answer, and the next request is to be routed by itself.
    socket.write(status === 101 ? head : withoutKeepAlive(head), "latin1")
    socket.write(rest)
    pod.pipe(socket)
    if (status !== 101) return
    pod.write(client.first)
    socket.pipe(pod)
  })
  pod.on("error", () => {
    if (!isConnected) tunnel(plane, client, forward, new Set(tried).add(key))
  })
  pod.on("close", () => {
    upstream.active--
    if (isConnected) client.socket.destroy()
  })
  client.socket.on("close", () => pod.destroy())
}

function requestText(incoming: IncomingMessage, path: string, headers: string[]): string {
  const lines = [`${incoming.method} ${path} HTTP/1.1`, "connection: upgrade", `upgrade: ${incoming.headers.upgrade}`]
  for (let at = 0; at < headers.length; at += 2) lines.push(`${headers[at]}: ${headers[at + 1]}`)
  return `${lines.join("\r\n")}\r\n\r\n`
}

const HEAD_LIMIT = 64 * 1024
const END = "\r\n\r\n"

function whenHeadIsRead(socket: Socket, act: (head: string, rest: Buffer) => void): void {
  let read = Buffer.alloc(0)
  const take = (chunk: Buffer) => {
    read = Buffer.concat([read, chunk])
    const end = read.indexOf(END)
    if (end >= 0) {
      socket.off("data", take)
      act(read.toString("latin1", 0, end + END.length), read.subarray(end + END.length))
    } else if (read.length > HEAD_LIMIT) socket.destroy()
  }
  socket.on("data", take)
}

const statusIn = (head: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 502)

const withoutKeepAlive = (head: string): string =>
  head.replace(/\r\n(?:connection|keep-alive):[^\r]*/gi, "").replace(END, `\r\nconnection: close${END}`)

function refuse(socket: Socket, status: number, text: string): void {
  const body = `${text}\n`
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "connection: close",
    "content-type: text/plain; charset=utf-8",
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  socket.end(head.join("\r\n") + END + body)
}
