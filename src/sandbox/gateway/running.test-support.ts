import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { setImmediate as turn } from "node:timers/promises"
import { Pool } from "undici"
import { onTestFinished } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import { systemClock } from "../contract.ts"
import * as make from "./objects.test-support.ts"
import type { Served } from "./plane.ts"
import { smallCluster } from "./small-cluster.test-support.ts"
import { startGateway } from "./start.ts"

export interface Seen {
  method: string
  url: string
  headers: IncomingMessage["headers"]
  raw: string[]
  body: string
}
type Handler = (seen: Seen, response: ServerResponse, incoming: IncomingMessage) => void

/** A pod: a real server, that notes what it gets and answers with its name if nothing else is said. */
export async function startPod(name: string, handler?: Handler, port = 0) {
  const seen: Seen[] = []
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk))
    incoming.on("error", () => {})
    incoming.on("end", () => {
      const { method = "", url = "", headers, rawHeaders: raw } = incoming
      const request = { method, url, headers, raw, body: Buffer.concat(chunks).toString() }
      seen.push(request)
      if (handler) return handler(request, response, incoming)
      response.writeHead(200, { "x-version": name, "content-type": "text/plain" })
      response.end(name)
    })
  })
  let connections = 0
  server.on("connection", () => connections++)
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve))
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  onTestFinished(stop)
  const place = { pod: name, port: (server.address() as AddressInfo).port }
  return { name, server, seen, place, stop, connections: () => connections }
}

/** A port nobody listens on. */
export async function closedPort(): Promise<number> {
  const { stop, place } = await startPod("nobody")
  await stop()
  return place.port
}

/** A Service with an EndpointSlice for each pod, since in tests every pod has its own port. */
export const serving = (name: string, ...places: { pod: string; port: number }[]): KubeObject[] => [
  make.service(name),
  ...places.map((place) => {
    const slice = make.slice(name, [place])
    return { ...slice, metadata: { ...slice.metadata, name: `${name}-${place.pod}` } }
  }),
]

/** A gateway for these objects, with a Gateway for any host. */
export async function startTestGateway(...objects: KubeObject[]) {
  const cluster = smallCluster(make.gatewayClass(), make.gateway(), ...objects)
  const served: Served[] = []
  const problems: unknown[] = []
  const gateway = await startGateway({
    cluster,
    clock: systemClock,
    host: "127.0.0.1",
    port: 0,
    onRequest: (request) => served.push(request),
    log: (message, error) => problems.push(message, error),
  })
  const client = new Pool(gateway.url)
  onTestFinished(async () => {
    await client.destroy()
    await gateway.close()
  })

  async function ask(
    path: string,
    { headers = {}, ...options }: { method?: string; body?: string; headers?: Record<string, string> } = {},
  ) {
    const answer = await client.request({ method: "GET", path, ...options, headers: { host: "shop", ...headers } })
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() }
  }

  return { gateway, cluster, client, served, problems, ask, settled: () => turn() }
}

/** The values of a series, by one of its labels. */
export function values(
  samples: { name: string; labels: Readonly<Record<string, string>>; value: number }[],
  name: string,
  label: string,
) {
  const own = samples.filter((sample) => sample.name === name)
  return Object.fromEntries(own.map(({ labels, value }) => [labels[label], value]))
}
