import { describe, expect, it, onTestFinished } from "vitest"
import type { Webhook } from "#api/canary.ts"
import { createHttp } from "#net/http.ts"
import { closedPort, inTurn, localServer } from "#test/local-server.ts"
import { callHook } from "./call.ts"
import type { HookPayload } from "./payload.ts"

const payload: HookPayload = { name: "podinfo", namespace: "test", phase: "Progressing", checksum: "5f56bbf9c5" }

/** Calls with a clock that notes the waits instead of waiting. */
async function call(hook: Partial<Webhook> & { url: string }, key?: string) {
  const http = createHttp({ env: {} })
  onTestFinished(() => http.close())
  const waits: number[] = []
  const options = { signal: new AbortController().signal, sleep: async (ms: number) => void waits.push(ms) }
  const result = await callHook({ name: "gate", ...hook }, payload, http, { ...options, idempotencyKey: key })
  return { result, waits }
}

describe("the request", () => {
  it("is a POST of the payload as JSON, with the key that marks repetitions", async () => {
    const server = await localServer(inTurn([500], [200]))
    await call({ url: `${server.url}/gate`, retries: 1 }, "uid/sum/gate/7")
    expect(server.received).toHaveLength(2)
    for (const request of server.received) {
      expect(request).toMatchObject({ method: "POST", url: "/gate", body: JSON.stringify(payload) })
      expect(request.headers).toMatchObject({ "content-type": "application/json", "idempotency-key": "uid/sum/gate/7" })
    }
  })
})

describe("an answer with status", () => {
  it.each([200, 201, 202])("%i is a yes", async (status) => {
    const server = await localServer(inTurn([status, "whatever"]))
    expect(await call({ url: server.url })).toEqual({ result: { ok: true }, waits: [] })
  })

  it.each([203, 206, 300, 304, 400, 403, 404, 501])(
    "%i is a no for the reason in the body, and not repeated",
    async (status) => {
      const body = status === 304 ? "" : " as is\n"
      const server = await localServer(inTurn([status, body]))
      const { result, waits } = await call({ url: server.url, retries: 3 })
      expect(result).toEqual({ ok: false, why: body || "304 Not Modified" })
      expect([server.received.length, waits]).toEqual([1, []])
    },
  )

  it.each([
    [204, "", "204 No Content"],
    [403, "", "403 Forbidden"],
    [404, " \n", "404 Not Found"],
  ])("%i and nothing to say is a no for that reason [fix 14]", async (status, body, why) => {
    const server = await localServer(inTurn([status, body]))
    expect((await call({ url: server.url })).result).toEqual({ ok: false, why })
  })

  it.each([
    [429, "429 Too Many Requests"],
    [500, "500 Internal Server Error"],
    [503, "503 Service Unavailable"],
    [599, "599"],
  ])("%i is repeated, and its body is kept for the log [fix 14]", async (status, line) => {
    const server = await localServer((_request, response) =>
      response.writeHead(status, line.slice(4)).end("test output"),
    )
    const { result, waits } = await call({ url: server.url, retries: 2 })
    expect(result).toEqual({
      ok: false,
      why: `POST ${server.url} giving up after 3 attempt(s)`,
      detail: `${line}: test output`,
    })
    expect([server.received.length, waits]).toEqual([3, [1_000, 2_000]])
  })

  it("500 and no body has the status only for the log", async () => {
    const server = await localServer(inTurn([500]))
    expect((await call({ url: server.url })).result).toMatchObject({ detail: "500 Internal Server Error" })
  })

  it.each([301, 302, 303])("%i is followed with GET, and the final status counts", async (status) => {
    const server = await localServer(inTurn([status, "", { Location: "/end" }], [403, "no"]))
    expect((await call({ url: server.url })).result).toEqual({ ok: false, why: "no" })
    expect(server.received[1]).toMatchObject({ method: "GET", url: "/end", body: "" })
  })

  it.each([307, 308])("%i is followed with the payload", async (status) => {
    const server = await localServer(inTurn([status, "", { Location: "/end" }], [200]))
    expect((await call({ url: server.url })).result).toEqual({ ok: true })
    expect(server.received[1]).toMatchObject({ method: "POST", url: "/end", body: JSON.stringify(payload) })
  })

  it("302 forever is a no, and not repeated", async () => {
    const server = await localServer(inTurn([302, "", { Location: "/again" }]))
    const { result, waits } = await call({ url: server.url, retries: 3 })
    expect(result).toEqual({
      ok: false,
      why: `POST ${server.url} giving up after 1 attempt(s): Post "${server.url}/again": stopped after 10 redirects`,
    })
    expect(waits).toEqual([])
  })
})

describe("a failed attempt", () => {
  it("may be followed by a good one", async () => {
    const server = await localServer(inTurn([500], [503], [200]))
    expect((await call({ url: server.url, retries: 5 })).result).toEqual({ ok: true })
    expect(server.received).toHaveLength(3)
  })

  it("is followed by ever longer waits, up to half a minute", async () => {
    const server = await localServer(inTurn([500]))
    const { waits } = await call({ url: server.url, retries: 7 })
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
  })

  it("is the only one when retries is negative", async () => {
    const server = await localServer(inTurn([500]))
    expect((await call({ url: server.url, retries: -1 })).result).toMatchObject({
      why: `POST ${server.url} giving up after 1 attempt(s)`,
    })
  })

  it.each([
    [429, "7", 7_000],
    [503, "0", 0],
    [503, "Thu, 01 Jan 1970 00:00:00 GMT", 0],
    [503, "999999999", 1_800_000],
    [503, "soon", 1_000],
    [500, "7", 1_000],
  ])("with %i and Retry-After %j is followed by a wait of %3$i ms", async (status, retryAfter, ms) => {
    const server = await localServer(inTurn([status, "", { "Retry-After": retryAfter }], [200]))
    expect((await call({ url: server.url, retries: 1 })).waits).toEqual([ms])
  })

  it("waits until the date that the server names", async () => {
    const server = await localServer((_request, response) =>
      response.writeHead(429, { "Retry-After": new Date(Date.now() + 100_000).toUTCString() }).end(),
    )
    const [wait] = (await call({ url: server.url, retries: 1 })).waits
    expect(wait).toBeGreaterThan(90_000)
    expect(wait).toBeLessThanOrEqual(100_000)
  })
})

describe("no answer", () => {
  it("from a closed port is repeated", async () => {
    const url = `http://127.0.0.1:${await closedPort()}/x`
    const { result, waits } = await call({ url, retries: 1 })
    const cause = `Post "${url}": dial tcp ${new URL(url).host}: connect: connection refused`
    expect(result).toEqual({ ok: false, why: `POST ${url} giving up after 2 attempt(s): ${cause}` })
    expect(waits).toEqual([1_000])
  })

  it("in time is repeated", async () => {
    const server = await localServer(() => {})
    const { result, waits } = await call({ url: server.url, retries: 1, timeout: "40ms" })
    const cause = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
    expect(result).toEqual({
      ok: false,
      why: `POST ${server.url} giving up after 2 attempt(s): Post "${server.url}": ${cause}`,
    })
    expect(waits).toEqual([1_000])
  })

  it("from a server with a bad certificate is final, unless certificates do not matter", async () => {
    const server = await localServer(inTurn([200]), { tls: true })
    const { result } = await call({ url: server.url, retries: 3 })
    const cause = "tls: failed to verify certificate: x509: certificate signed by unknown authority"
    expect(result).toEqual({
      ok: false,
      why: `POST ${server.url} giving up after 1 attempt(s): Post "${server.url}": ${cause}`,
    })
    expect((await call({ url: server.url, disableTLS: true })).result).toEqual({ ok: true })
  })

  it("from an address of another scheme is final", async () => {
    const { result } = await call({ url: "ftp://me:secret@host/x?token=t", retries: 3 })
    const shown = "ftp://***@host/x?token=***"
    expect(result).toEqual({
      ok: false,
      why: `POST ${shown} giving up after 1 attempt(s): Post "${shown}": unsupported protocol scheme "ftp"`,
    })
  })

  it("can come from an address that cannot be read", async () => {
    expect((await call({ url: "http://h o/x", retries: 3 })).result).toEqual({
      ok: false,
      why: 'parse "http://h o/x": invalid character " " in host name',
    })
  })

  it("can come from a time limit that cannot be read, and nothing is sent", async () => {
    const server = await localServer(inTurn([200]))
    expect((await call({ url: server.url, timeout: "10" })).result).toEqual({
      ok: false,
      why: 'time: missing unit in duration "10"',
    })
    expect(server.received).toEqual([])
  })
})

it("cuts long bodies at 1 KiB, in events and in the log [fix 19]", async () => {
  const server = await localServer(inTurn([403, "x".repeat(10_000_000)], [500, "é".repeat(600)]))
  expect((await call({ url: server.url })).result).toEqual({ ok: false, why: `${"x".repeat(1024)}…` })
  expect((await call({ url: server.url })).result).toMatchObject({
    detail: `500 Internal Server Error: ${"é".repeat(512)}…`,
  })
})

it("stops waiting for the next attempt when it is told to stop", async () => {
  const server = await localServer(inTurn([500]))
  const http = createHttp({ env: {} })
  onTestFinished(() => http.close())
  const stop = new AbortController()
  const sleep = async () => {
    stop.abort()
    throw stop.signal.reason
  }
  const result = await callHook({ name: "gate", url: server.url, retries: 3 }, payload, http, {
    signal: stop.signal,
    sleep,
  })
  expect(result).toEqual({ ok: false, why: `POST ${server.url} giving up after 1 attempt(s): context canceled` })
  expect(server.received).toHaveLength(1)
})
