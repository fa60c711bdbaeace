import { createServer, type IncomingMessage, request as forward, type ServerResponse } from "node:http"
import { type AddressInfo, connect, type Socket, createServer as createSocketServer } from "node:net"
import { describe, expect, it, onTestFinished } from "vitest"
import { closedPort, inTurn, localServer } from "#test/local-server.ts"
import type { HttpRequest } from "./contract.ts"
import { createHttp } from "./http.ts"

interface Seen {
  line: string
  authorization?: string
}

/** Forwards plain requests and tunnels, all of them to this machine; or refuses with a status. */
async function proxyServer(refusal?: number): Promise<{ port: number; seen: Seen[] }> {
  const seen: Seen[] = []
  const note = ({ method, url, headers }: IncomingMessage) =>
    seen.push({ line: `${method} ${url}`, authorization: headers["proxy-authorization"] })
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    note(request)
    if (refusal) return void response.writeHead(refusal).end("refused")
    const { port, pathname } = new URL(request.url!)
    const onward = forward({ host: "127.0.0.1", port, path: pathname, method: request.method }, (answer) => {
      response.writeHead(answer.statusCode!)
      answer.pipe(response)
    })
    request.pipe(onward)
  })
  const sockets: Socket[] = []
  server.on("connect", (request: IncomingMessage, client: Socket) => {
    note(request)
    if (refusal) return void client.end(`HTTP/1.1 ${refusal} No\r\n\r\n`)
    const target = connect(Number(request.url!.split(":")[1]), "127.0.0.1", () => {
      client.write("HTTP/1.1 200 OK\r\n\r\n")
      target.pipe(client).pipe(target)
    })
    for (const socket of [client, target]) sockets.push(socket.on("error", () => {}))
  })
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
    for (const socket of sockets) socket.destroy()
  })
  return { port: (server.address() as AddressInfo).port, seen }
}

async function socketServer(serve: (client: Socket) => void): Promise<number> {
  const clients: Socket[] = []
  const server = createSocketServer((client) => {
    clients.push(client.on("error", () => {}))
    serve(client)
  })
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))
  onTestFinished(() => {
    server.close()
    for (const client of clients) client.destroy()
  })
  return (server.address() as AddressInfo).port
}

const silentServer = () => socketServer((client) => void client.resume())

/** Just enough of SOCKS 5: no login, every connection goes to the port asked for on this machine. */
async function socksServer(): Promise<{ port: number; hosts: string[] }> {
  const hosts: string[] = []
  const port = await socketServer((client) => {
    client.once("data", () => {
      client.write(Uint8Array.of(5, 0))
      client.once("data", (asked) => {
        const length = asked[4]!
        hosts.push(asked.subarray(5, 5 + length).toString())
        const target = connect(asked.readUInt16BE(5 + length), "127.0.0.1", () => {
          client.write(Uint8Array.of(5, 0, 0, 1, 0, 0, 0, 0, 0, 0))
          target.pipe(client).pipe(target)
        })
        target.on("error", () => {})
      })
    })
  })
  return { port, hosts }
}

async function send(request: Partial<HttpRequest> & { url: string }, env: Record<string, string> = {}) {
  const http = createHttp({ env })
  onTestFinished(() => http.close())
  return http.send({ method: "POST", body: "x", timeoutMs: 5_000, ...request })
}

describe("a request's own proxy", () => {
  it("forwards http", async () => {
    const server = await localServer(inTurn([200, "ok"]))
    const proxy = await proxyServer()
    const answer = await send({ url: `http://hook.test:${server.port}/x`, proxy: `http://127.0.0.1:${proxy.port}` })
    expect(answer.body).toBe("ok")
    expect(server.received[0]).toMatchObject({ method: "POST", url: "/x", body: "x" })
    expect(proxy.seen).toEqual([{ line: `POST http://hook.test:${server.port}/x`, authorization: undefined }])
  })

  it("tunnels https, and not verifying certificates changes nothing about that", async () => {
    const server = await localServer(inTurn([200, "ok"]), { tls: true })
    const proxy = await proxyServer()
    const request = { url: `https://hook.test:${server.port}/x`, proxy: `http://127.0.0.1:${proxy.port}` }
    expect((await send({ ...request, insecure: true })).body).toBe("ok")
    expect(proxy.seen.map(({ line }) => line)).toEqual([`CONNECT hook.test:${server.port}`])
    await expect(send(request)).rejects.toThrow(
      `Post "${request.url}": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
    )
  })

  it("needs no scheme, and is told the user and password of its address", async () => {
    const plain = await localServer(inTurn([200, "ok"]))
    const secure = await localServer(inTurn([200, "ok"]), { tls: true })
    const proxy = await proxyServer()
    const through = { proxy: `me:p%40ss@127.0.0.1:${proxy.port}`, insecure: true }
    await send({ url: `http://hook.test:${plain.port}`, ...through })
    await send({ url: `https://hook.test:${secure.port}`, ...through })
    const authorization = `Basic ${Buffer.from("me:p@ss").toString("base64")}`
    expect(proxy.seen.map((request) => request.authorization)).toEqual([authorization, authorization])
  })

  it("may be a SOCKS proxy, which resolves the name", async () => {
    const server = await localServer(inTurn([200, "ok"]))
    const proxy = await socksServer()
    const request = { url: `http://hook.test:${server.port}/x`, proxy: `socks5h://127.0.0.1:${proxy.port}` }
    expect((await send(request)).body).toBe("ok")
    expect(proxy.hosts).toEqual(["hook.test"])
  })

  it("is named when it cannot be reached", async () => {
    const port = await closedPort()
    for (const scheme of ["http", "https"])
      await expect(send({ url: `${scheme}://hook.test/x`, proxy: `127.0.0.1:${port}` })).rejects.toThrow(
        `Post "${scheme}://hook.test/x": proxyconnect tcp: dial tcp 127.0.0.1:${port}: connect: connection refused`,
      )
  })

  it("is asked once for a tunnel when it hangs up", async () => {
    let asked = 0
    const port = await socketServer(
      (client) =>
        void client.once("data", () => {
          asked++
          client.destroy()
        }),
    )
    await expect(send({ url: "https://hook.test/", proxy: `127.0.0.1:${port}` })).rejects.toThrow(
      'Post "https://hook.test/": EOF',
    )
    expect(asked).toBe(1)
  })

  it("that never answers is left when the time is up", async () => {
    const silent = await silentServer()
    for (const url of ["http://hook.test/", "https://hook.test/"])
      await expect(send({ url, proxy: `127.0.0.1:${silent}`, timeoutMs: 50 })).rejects.toThrow(
        `Post "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
      )
  })

  it.each([
    [407, "http", "Proxy Authentication Required"],
    [407, "https", "Proxy Authentication Required"],
    [403, "https", "Forbidden"],
  ])("refusing with %i the way to an %s address is a failure", async (status, scheme, text) => {
    const proxy = await proxyServer(status)
    const url = `${scheme}://hook.test/x`
    await expect(send({ url, proxy: `127.0.0.1:${proxy.port}` })).rejects.toMatchObject({
      message: `Post "${url}": ${text}`,
      final: false,
    })
  })

  it.each([
    ["ftp://user:pass@proxy", `unable to parse proxy URL 'ftp://***@proxy', error: unsupported protocol scheme "ftp"`],
    [
      "http://pro xy",
      `unable to parse proxy URL 'http://pro xy', error: parse "http://pro xy": invalid character " " in host name`,
    ],
    ["http://", `unable to parse proxy URL 'http://', error: http: no Host in request URL`],
  ])("%j is refused for good", async (proxy, text) => {
    await expect(send({ url: "http://hook.test/", proxy })).rejects.toMatchObject({
      message: `Post "http://hook.test/": ${text}`,
      final: true,
    })
  })
})

describe("the environment's proxy", () => {
  it("is used for http and https by its own variable, also without verifying certificates", async () => {
    const server = await localServer(inTurn([200, "ok"]))
    const secure = await localServer(inTurn([200, "ok"]), { tls: true })
    const plain = await proxyServer()
    const tunnel = await proxyServer()
    const env = { http_proxy: `127.0.0.1:${plain.port}`, HTTPS_PROXY: `http://127.0.0.1:${tunnel.port}` }
    await send({ url: `http://hook.test:${server.port}/` }, env)
    await send({ url: `https://hook.test:${secure.port}/`, insecure: true }, env)
    expect(plain.seen.map(({ line }) => line)).toEqual([`POST http://hook.test:${server.port}/`])
    expect(tunnel.seen.map(({ line }) => line)).toEqual([`CONNECT hook.test:${secure.port}`])
  })

  it("steps back behind the request's own", async () => {
    const server = await localServer(inTurn([200, "ok"]))
    const own = await proxyServer()
    const other = await proxyServer()
    const request = { url: `http://hook.test:${server.port}/`, proxy: `127.0.0.1:${own.port}` }
    await send(request, { HTTP_PROXY: `127.0.0.1:${other.port}` })
    expect([own.seen.length, other.seen.length]).toEqual([1, 0])
  })

  it("is not used for this machine", async () => {
    const server = await localServer(inTurn([200, "ok"]))
    const proxy = await proxyServer()
    await send({ url: server.url }, { HTTP_PROXY: `127.0.0.1:${proxy.port}` })
    expect(proxy.seen).toEqual([])
  })
})
