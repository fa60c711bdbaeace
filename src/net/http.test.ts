import { createServer, type AddressInfo } from "node:net"
import { deflateRawSync, deflateSync, gzipSync } from "node:zlib"
import { describe, expect, it, onTestFinished } from "vitest"
import { closedPort, inTurn, localServer } from "#test/local-server.ts"
import { version } from "../version.ts"
import { type HttpRequest, NoAnswer } from "./contract.ts"
import { createHttp } from "./http.ts"

function client(env: Record<string, string> = {}) {
  const http = createHttp({ env })
  onTestFinished(() => http.close())
  return http
}

const post = (url: string, extra: Partial<HttpRequest> = {}): HttpRequest => ({
  method: "POST",
  url,
  body: "{}",
  headers: { "Content-Type": "application/json" },
  timeoutMs: 5_000,
  ...extra,
})

const send = (request: HttpRequest, signal?: AbortSignal) => client().send(request, signal)

async function failure(sending: Promise<unknown>): Promise<{ message: string; final: boolean }> {
  const error = await sending.then(
    () => expect.fail("an answer came"),
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(NoAnswer)
  const { message, final } = error as NoAnswer
  return { message, final }
}

/** Answers every connection with raw bytes, then ends it. */
async function rawServer(bytes: string): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => {})
    socket.once("data", () => socket.end(bytes))
  })
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe("an answer", () => {
  it("has status, status text, headers and body", async () => {
    const server = await localServer((_request, response) =>
      response.writeHead(418, "Short and stout", { "X-Kind": "tea", "Set-Cookie": ["a=1", "b=2"] }).end("grün"),
    )
    const answer = await send({ method: "GET", url: `${server.url}/pot?a=1&b=c%20d`, timeoutMs: 5_000 })
    expect(answer).toMatchObject({ status: 418, statusText: "Short and stout", body: "grün", truncated: false })
    expect(answer.headers).toMatchObject({ "x-kind": "tea", "set-cookie": "a=1, b=2" })
    expect(server.received[0]).toMatchObject({ method: "GET", url: "/pot?a=1&b=c%20d", body: "" })
  })

  it("comes over a connection of those before [fix 19]", async () => {
    const server = await localServer(inTurn([200, "ok"]))
    const http = client()
    for (let count = 0; count < 6; count++) await http.send(post(server.url))
    // undici may open a second one while the first is not yet free again.
    expect(Math.max(...server.received.map(({ connection }) => connection))).toBeLessThanOrEqual(2)
  })
})

describe("a request", () => {
  it("says which program sends it, unless told otherwise", async () => {
    const server = await localServer(inTurn([200]))
    await send(post(server.url))
    await send(post(server.url, { headers: { "USER-AGENT": "me" } }))
    expect(server.received.map(({ headers }) => headers["user-agent"])).toEqual([`flagger/${version}`, "me"])
  })

  it("turns a user and password in the address into a header, unless there is one", async () => {
    const server = await localServer(inTurn([200]))
    const url = server.url.replace("://", "://us%C3%A9r:p%40ss@")
    await send(post(url))
    await send(post(url, { headers: { Authorization: "Bearer x" } }))
    const basic = `Basic ${Buffer.from("usér:p@ss").toString("base64")}`
    expect(server.received.map(({ headers }) => headers.authorization)).toEqual([basic, "Bearer x"])
  })
})

describe("redirects", () => {
  it.each([301, 302, 303])("%i is followed with GET and without the body", async (status) => {
    const server = await localServer(inTurn([status, "", { Location: "/there" }], [200, "done"]))
    expect((await send(post(`${server.url}/here`))).body).toBe("done")
    expect(server.received[1]).toMatchObject({ method: "GET", url: "/there", body: "" })
    expect(server.received[1]!.headers["content-type"]).toBeUndefined()
  })

  it.each([307, 308])("%i is followed with method and body", async (status) => {
    const server = await localServer(inTurn([status, "", { Location: "/there" }], [200, "done"]))
    await send(post(`${server.url}/here`, { body: "load" }))
    expect(server.received[1]).toMatchObject({ method: "POST", url: "/there", body: "load" })
    expect(server.received[1]!.headers["content-type"]).toBe("application/json")
  })

  it("without a Location are answers like any other", async () => {
    const server = await localServer(inTurn([302, "nowhere"]))
    expect(await send(post(server.url))).toMatchObject({ status: 302, body: "nowhere" })
  })

  it.each([300, 304])("%i is not one", async (status) => {
    const server = await localServer(inTurn([status, "", { Location: "/there" }]))
    expect((await send(post(server.url))).status).toBe(status)
  })

  const countdown = () =>
    localServer(({ url }, response) =>
      url === "/0" ? response.end("done") : response.writeHead(302, { Location: `/${Number(url.slice(1)) - 1}` }).end(),
    )

  it("are followed nine times", async () => {
    const server = await countdown()
    expect((await send(post(`${server.url}/9`))).body).toBe("done")
  })

  it("end the request when there are more, for good", async () => {
    const server = await countdown()
    expect(await failure(send(post(`${server.url}/10`)))).toEqual({
      message: `Post "${server.url}/0": stopped after 10 redirects`,
      final: true,
    })
    expect(server.received).toHaveLength(10)
  })

  it("to something else than http end the request for good", async () => {
    const server = await localServer(inTurn([302, "", { Location: "ftp://user:pass@host/x" }]))
    expect(await failure(send(post(server.url)))).toEqual({
      message: 'Post "ftp://***@host/x": unsupported protocol scheme "ftp"',
      final: true,
    })
  })

  it("to an unreadable address end the request for good", async () => {
    const server = await localServer(inTurn([302, "", { Location: "http://a:b:c/" }]))
    expect(await failure(send(post(server.url)))).toEqual({
      message: `Post "${server.url}": failed to parse Location header "http://a:b:c/"`,
      final: true,
    })
  })

  it("take secrets along on the same host only", async () => {
    const headers = { Authorization: "Bearer x", "X-Api-Key": "k", "X-Scope": "s" }
    const server = await localServer(({ url }, response) => {
      const port = server.port
      if (url === "/same") response.writeHead(307, { Location: `http://127.0.0.1:${port}/end` }).end()
      else if (url === "/other") response.writeHead(307, { Location: `http://localhost:${port}/end` }).end()
      else response.end()
    })
    await send(post(`${server.url}/same`, { headers }))
    await send(post(`${server.url}/other`, { headers }))
    const [same, other] = server.received.filter(({ url }) => url === "/end")
    expect(same!.headers).toMatchObject({ authorization: "Bearer x", "x-api-key": "k", "x-scope": "s" })
    expect(other!.headers.authorization).toBeUndefined()
    expect(other!.headers["x-api-key"]).toBeUndefined()
    expect(other!.headers["x-scope"]).toBe("s")
  })
})

describe("the time limit", () => {
  it("ends the wait for a server that says nothing", async () => {
    const server = await localServer(() => {})
    expect(await failure(send(post(server.url, { timeoutMs: 50 })))).toEqual({
      message: `Post "${server.url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
      final: false,
    })
  })

  it("covers the body", async () => {
    const server = await localServer((_request, response) => void response.write("half"))
    expect(await failure(send(post(server.url, { timeoutMs: 100 })))).toEqual({
      message: `Post "${server.url}": context deadline exceeded (Client.Timeout or context cancellation while reading body)`,
      final: false,
    })
  })

  it("covers all redirects together", async () => {
    const server = await localServer((_request, response) =>
      setTimeout(() => response.writeHead(302, { Location: "/again" }).end(), 40),
    )
    const { message } = await failure(send(post(server.url, { timeoutMs: 100 })))
    expect(message).toContain("Client.Timeout exceeded while awaiting headers")
  })

  it("is not needed when the caller gives up", async () => {
    const stop = new AbortController()
    const server = await localServer(() => stop.abort())
    const canceled = { message: `Post "${server.url}": context canceled`, final: true }
    expect(await failure(send(post(server.url), stop.signal))).toEqual(canceled)
    expect(await failure(send(post(server.url), stop.signal))).toEqual(canceled)
    expect(server.received).toHaveLength(1)
  })
})

describe("bodies", () => {
  it("of 10 MB are read up to the limit, and the connection is dropped", async () => {
    let written = 0
    let dropped = () => {}
    const seen = new Promise<void>((resolve) => (dropped = resolve))
    const server = await localServer((_request, response) => {
      response.on("close", dropped)
      const more = () => {
        while (written < 10_000_000 && !response.destroyed) {
          written += 10_000
          if (!response.write("x".repeat(10_000))) return void response.once("drain", more)
        }
        response.end()
      }
      more()
    })
    const answer = await send(post(server.url))
    expect(answer).toMatchObject({ status: 200, truncated: true })
    expect(answer.body).toHaveLength(1024 * 1024)
    await seen
    expect(written).toBeLessThan(10_000_000)
  })

  it("that just fit are whole", async () => {
    const server = await localServer(inTurn([200, "12345"]))
    expect(await send(post(server.url, { maxBytes: 5 }))).toMatchObject({ body: "12345", truncated: false })
    expect(await send(post(server.url, { maxBytes: 4 }))).toMatchObject({ body: "1234", truncated: true })
  })

  it("are not cut within a character", async () => {
    const server = await localServer(inTurn([200, "aé€"]))
    expect(await send(post(server.url, { maxBytes: 5 }))).toMatchObject({ body: "aé", truncated: true })
  })

  it.each([
    ["gzip", gzipSync("hello")],
    ["x-gzip", gzipSync("hello")],
    ["deflate", deflateSync("hello")],
    ["deflate", deflateRawSync("hello")],
    ["identity", Buffer.from("hello")],
  ])("in %s are decoded", async (encoding, bytes) => {
    const server = await localServer((_request, response) =>
      response.writeHead(200, { "Content-Encoding": encoding }).end(bytes),
    )
    expect((await send(post(server.url))).body).toBe("hello")
    expect(server.received[0]!.headers["accept-encoding"]).toBe("gzip, deflate")
  })

  it("that say gzip and are empty are empty", async () => {
    const server = await localServer(inTurn([200, "", { "Content-Encoding": "gzip" }]))
    expect((await send(post(server.url))).body).toBe("")
  })

  it("that swell when decoded are bounded by their decoded size", async () => {
    const server = await localServer((_request, response) =>
      response.writeHead(200, { "Content-Encoding": "gzip" }).end(gzipSync(Buffer.alloc(50_000_000))),
    )
    const { body, truncated } = await send(post(server.url, { maxBytes: 1000 }))
    expect([body.length, truncated]).toEqual([1000, true])
  })

  it("that are broken are no answer", async () => {
    const broken = await localServer(inTurn([200, "no gzip", { "Content-Encoding": "gzip" }]))
    expect((await failure(send(post(broken.url)))).message).toBe(
      `Post "${broken.url}": gzip: invalid header or corrupt data`,
    )
    const cut = await localServer((_request, response) =>
      response.writeHead(200, { "Content-Encoding": "gzip" }).end(gzipSync("hello").subarray(0, 12)),
    )
    expect((await failure(send(post(cut.url)))).message).toBe(`Post "${cut.url}": unexpected EOF`)
  })
})

describe("no answer", () => {
  it("comes from a port on which nobody listens", async () => {
    const port = await closedPort()
    expect(await failure(send(post(`http://127.0.0.1:${port}/x`)))).toEqual({
      message: `Post "http://127.0.0.1:${port}/x": dial tcp 127.0.0.1:${port}: connect: connection refused`,
      final: false,
    })
    const get = await failure(
      send({ method: "GET", url: `http://u:secret@localhost:${port}?token=t`, timeoutMs: 5_000 }),
    )
    expect(get.message).toMatch(
      /^Get "http:\/\/\*\*\*@localhost:\d+\?token=\*\*\*": dial tcp .*: connect: connection refused$/,
    )
  })

  it("comes from a server that hangs up", async () => {
    const url = await rawServer("")
    expect(await failure(send(post(url)))).toEqual({ message: `Post "${url}": EOF`, final: false })
  })

  it("comes from a server that hangs up in the middle of the body", async () => {
    const url = await rawServer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
    expect(await failure(send(post(url)))).toEqual({ message: `Post "${url}": unexpected EOF`, final: false })
  })

  it("comes from something that speaks no HTTP", async () => {
    const url = await rawServer("SSH-2.0-OpenSSH_9.2\r\n")
    expect((await failure(send(post(url)))).message).toBe(
      `Post "${url}": net/http: HTTP/1.x transport connection broken: malformed HTTP response`,
    )
    const https = url.replace("http:", "https:")
    expect((await failure(send(post(https)))).message).toBe(
      `Post "${https}": http: server gave HTTP response to HTTPS client`,
    )
  })

  it("comes from a server whose certificate nobody vouches for, for good", async () => {
    const server = await localServer(inTurn([200, "ok"]), { tls: true })
    expect(await failure(send(post(server.url)))).toEqual({
      message: `Post "${server.url}": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
      final: true,
    })
    expect((await send(post(server.url, { insecure: true }))).body).toBe("ok")
  })

  it("comes to a header that cannot be sent, for good, and its value is not shown", async () => {
    const sending = send(post("http://127.0.0.1:1", { headers: { Authorization: "Bearer x\n" } }))
    expect(await failure(sending)).toEqual({
      message: 'Post "http://127.0.0.1:1": net/http: invalid authorization header',
      final: true,
    })
  })

  it.each([
    ["ftp://h/x", 'Post "ftp://h/x": unsupported protocol scheme "ftp"'],
    ["foo", 'Post "foo": unsupported protocol scheme ""'],
    ["", 'Post "": unsupported protocol scheme ""'],
    ["podinfo.test:80/x", 'Post "podinfo.test:80/x": unsupported protocol scheme "podinfo.test"'],
    ["http:///x", 'Post "http:///x": http: no Host in request URL'],
    ["http:/x", 'Post "http:/x": http: no Host in request URL'],
    ["127.0.0.1:80/x", 'parse "127.0.0.1:80/x": first path segment in URL cannot contain colon'],
    ["://x", 'parse "://x": missing protocol scheme'],
    ["http://h o/x", 'parse "http://h o/x": invalid character " " in host name'],
    ["http://[::1/", "parse \"http://[::1/\": missing ']' in host"],
    ["http://h:port/", 'parse "http://h:port/": invalid port ":port" after host'],
    ["http://h/%zz", 'parse "http://h/%zz": invalid URL escape "%zz"'],
    ["http://h\n/", 'parse "http://h\\n/": net/url: invalid control character in URL'],
    ["http://u:p%zz@h/", 'parse "http://***@h/": invalid URL escape "%zz"'],
    ["http://u\\@h/", 'parse "http://***@h/": net/url: invalid userinfo'],
    ["http://256.1.1.1/", 'parse "http://256.1.1.1/": invalid host'],
  ])("can come from %j, for good", async (url, message) => {
    expect(await failure(send(post(url)))).toEqual({ message, final: true })
  })
})

describe("close", () => {
  it("cuts what is under way and refuses what comes later", async () => {
    const http = createHttp({ env: {} })
    const server = await localServer(() => void http.close())
    await failure(http.send(post(server.url)))
    expect(await failure(http.send(post(server.url)))).toEqual({
      message: `Post "${server.url}": http: client is closed`,
      final: true,
    })
  })
})
