import http, { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import https from "node:https"
import type { AddressInfo } from "node:net"
import type { Address } from "./client.ts"

export interface Asked {
  method: string
  path: string
  body: string
  isWatch: boolean
}

/** What happens to a request: it is passed on, refused, cut before the API server sees it, or cut before the answer. */
export type Fate =
  | "pass"
  | "cut"
  | "lose the answer"
  | { status: number; reason: string; headers?: Record<string, string> }

export interface Faults {
  /** Address to use instead of the API server's. */
  url: string
  /** Decides over each request from here on. */
  let(decide: (asked: Asked) => Fate | Promise<Fate>): void
  /** Ends all watches in the middle. */
  cutWatches(): void
  close(): void
}

/** Stands between an operator and the API server. */
export async function openFaults({ server, ca }: Address): Promise<Faults> {
  const { Agent, request } = ca ? https : http
  const agent = new Agent({ ...(ca ? { ca } : {}), keepAlive: true, maxSockets: 200 })
  const watches = new Set<ServerResponse>()
  let decide: (asked: Asked) => Fate | Promise<Fate> = () => "pass"

  const proxy = createServer(async (incoming, response) => {
    const { method = "GET", url: path = "/" } = incoming
    const body = await incoming.toArray().then(
      (chunks) => Buffer.concat(chunks).toString(),
      () => "",
    )
    const asked = { method, path, body, isWatch: /[?&]watch=(1|true)/.test(path) }
    const fate = await decide(asked)
    if (fate === "cut") response.destroy()
    else if (typeof fate === "object") refuse(response, fate)
    else passOn(incoming, asked, response, fate)
  })

  function passOn(
    { headers: { host: _ours, ...headers } }: IncomingMessage,
    { method, path, body, isWatch }: Asked,
    response: ServerResponse,
    fate: Fate,
  ) {
    const onward = request(server + path, { method, agent, headers }, (answer) => {
      if (fate === "lose the answer") {
        answer.resume().on("end", () => response.destroy())
        return
      }
      response.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(response)
    })
    onward.on("error", () => response.destroy())
    onward.end(body)
    if (!isWatch) return
    watches.add(response)
    response.on("close", () => {
      watches.delete(response)
      onward.destroy()
    })
  }

  await new Promise<void>((listening) => proxy.listen(0, "127.0.0.1", listening))
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    let: (next) => {
      decide = next
    },
    cutWatches: () => {
      for (const response of watches) response.destroy()
    },
    close: () => {
      proxy.close()
      proxy.closeAllConnections()
      agent.destroy()
    },
  }
}

function refuse(response: ServerResponse, { status, reason, headers }: Exclude<Fate, string>): void {
  const message = `${reason}, as the story wants it`
  const body = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code: status }
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body))
}
