import { subscribe } from "node:diagnostics_channel"
import { createServer, type ServerResponse } from "node:http"
import { type AddressInfo, createConnection } from "node:net"
import { inspect } from "node:util"
import { describe, expect, it, onTestFinished } from "vitest"
import { type ClientOptions, createKubeApi } from "./client.ts"
import { ApiError } from "./contract.ts"
import { anonymous, type Credentials } from "./credentials.ts"
import { answer, misbehavingServer, type Received, refused } from "./misbehaving.test-server.ts"

const podinfo = { apiVersion: "v1", kind: "Service", namespace: "test", name: "podinfo" }
const service = { apiVersion: "v1", kind: "Service", metadata: { name: "podinfo", namespace: "test" } }

function clientOf(server: string | Credentials, options: Partial<ClientOptions> = {}) {
  const credentials = typeof server === "string" ? anonymous(server) : server
  const client = createKubeApi(credentials, { qps: 0, burst: 1, userAgent: "flagger/test", ...options })
  onTestFinished(() => client.close())
  return client
}

/** Answers the first requests as told, one after the other, and all later ones with the object. */
async function serverThat(...does: ((response: ServerResponse, request: Received) => void)[]) {
  let turn = 0
  return misbehavingServer((request, response) => {
    const next = does[turn++]
    if (next) next(response, request)
    else answer(response, 200, service)
  })
}
const hangUp = (response: ServerResponse) => void response.socket?.destroy()

describe("plain calls", () => {
  it("says who it is and what it sends", async () => {
    const server = await serverThat()
    const client = clientOf(`${server.url}/clusters/blue/`)
    await client.get(podinfo)
    await client.create(service)
    await client.patch(podinfo, { spec: {} }, { subresource: "status" })
    await client.patch(podinfo, [{ op: "remove", path: "/spec" }], { type: "json" })
    await client.delete(podinfo)
    const home = "/clusters/blue/api/v1/namespaces/test/services"
    expect(
      server.received.map(({ method, url, body, headers }) => [method, url, headers["content-type"], body]),
    ).toEqual([
      ["GET", `${home}/podinfo`, undefined, ""],
      ["POST", home, "application/json", JSON.stringify(service)],
      ["PATCH", `${home}/podinfo/status`, "application/merge-patch+json", `{"spec":{}}`],
      ["PATCH", `${home}/podinfo`, "application/json-patch+json", `[{"op":"remove","path":"/spec"}]`],
      ["DELETE", `${home}/podinfo`, undefined, ""],
    ])
    expect(server.received[0]?.headers).toMatchObject({ accept: "application/json", "user-agent": "flagger/test" })
    expect(client.host).toBe(`${server.url}/clusters/blue`)
  })

  it("answers undefined for what does not exist", async () => {
    const server = await serverThat((response) => answer(response, 404, refused(404, "NotFound", "not found")))
    expect(await clientOf(server.url).get(podinfo)).toBeUndefined()
  })

  it("gives what is not JSON as text", async () => {
    const server = await serverThat((response) => answer(response, 200, "ok", { "content-type": "text/plain" }))
    expect(await clientOf(server.url).raw("GET", "/healthz")).toBe("ok")
  })

  it("keeps its connections for one request after the other", async () => {
    const server = await serverThat()
    const client = clientOf(server.url)
    for (let i = 0; i < 20; i++) await client.get(podinfo)
    expect(server.connections()).toBeLessThanOrEqual(2)
  })

  it("reads characters that arrive in pieces", async () => {
    const body = Buffer.from(JSON.stringify({ ...service, note: "grüße 🚀" }))
    const server = await serverThat((response) => {
      response.writeHead(200, { "content-type": "application/json" })
      const send = (at: number): void => {
        if (at >= body.length) return void response.end()
        response.write(body.subarray(at, at + 1), () => setImmediate(send, at + 1))
      }
      send(0)
    })
    expect((await clientOf(server.url).get(podinfo))?.note).toBe("grüße 🚀")
  })
})

describe("refusals", () => {
  it("throws the server's own words, once", async () => {
    const server = await serverThat((response) =>
      answer(response, 409, refused(409, "AlreadyExists", `services "podinfo" already exists`)),
    )
    const error = await clientOf(server.url)
      .create(service)
      .catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ status: 409, reason: "AlreadyExists", message: `services "podinfo" already exists` })
    expect(server.received).toHaveLength(1)
  })

  it("cuts a page that is no Status short", async () => {
    const server = await serverThat((response) => answer(response, 500, `<html>${"x".repeat(100_000)}`))
    const error = await clientOf(server.url)
      .get(podinfo)
      .catch((caught: Error) => caught)
    expect(error).toMatchObject({ status: 500 })
    expect((error as Error).message).toMatch(/^GET \/api\/v1\/.*: the server answered 500: <html>x+…$/)
    expect((error as Error).message.length).toBeLessThan(400)
    expect(server.received).toHaveLength(1)
  })

  it("reports a login page that pretends to be an answer", async () => {
    const server = await serverThat((response) => answer(response, 200, "<html>please sign in"))
    await expect(clientOf(server.url).get(podinfo)).rejects.toThrow("something that is not JSON: <html>please sign in")
  })

  it("does not show what may be half a Secret", async () => {
    const server = await serverThat((response) => answer(response, 200, `{"data":{"password":"aHVudGVyMg`))
    const error = await clientOf(server.url)
      .get(podinfo)
      .catch((caught: Error) => caught)
    expect(String(error)).toContain("with 31 characters of broken JSON")
    expect(inspect(error)).not.toContain("aHVudGVyMg")
  })

  it("does not follow a redirect", async () => {
    const server = await serverThat((response) => answer(response, 302, "", { location: "/login" }))
    await expect(clientOf(server.url).get(podinfo)).rejects.toThrow("points to /login, which is not followed")
    expect(server.received).toHaveLength(1)
  })
})

describe("a busy server", () => {
  const busy = (seconds: string) => (response: ServerResponse) =>
    answer(response, 429, refused(429, "TooManyRequests", "slow down"), { "retry-after": seconds })

  it("is asked again when it said to come back", async () => {
    const server = await serverThat(busy("0"), busy("0"))
    expect(await clientOf(server.url).create(service)).toEqual(service)
    expect(server.received).toHaveLength(3)
  })

  it("is given the time it asked for", async () => {
    const server = await serverThat(busy("1"))
    const startedAt = performance.now()
    await clientOf(server.url).get(podinfo)
    expect(performance.now() - startedAt).toBeGreaterThan(990)
  })

  it("is left alone after five tries", async () => {
    const server = await misbehavingServer((_, response) => busy("0")(response))
    await expect(clientOf(server.url).get(podinfo)).rejects.toMatchObject({ status: 429, message: "slow down" })
    expect(server.received).toHaveLength(5)
  })

  it("is not waited for when it asks for minutes, or for nothing; the error says when to come back", async () => {
    const server = await serverThat(busy("300"), (response) => answer(response, 429, refused(429, "", "no")))
    const client = clientOf(server.url)
    await expect(client.get(podinfo)).rejects.toMatchObject({ status: 429, retryAfterMs: 300_000 })
    await expect(client.get(podinfo)).rejects.toMatchObject({ status: 429 })
    expect(server.received).toHaveLength(2)
  })
})

describe("a lost connection", () => {
  it.each([
    ["get", (client) => client.get(podinfo)],
    ["plain merge patch", (client) => client.patch(podinfo, { spec: {} })],
    ["delete", (client) => client.delete(podinfo)],
  ] as [string, (client: ReturnType<typeof clientOf>) => Promise<unknown>][])(
    "is survived by a %s, which may happen twice",
    async (_, call) => {
      const server = await serverThat(hangUp, hangUp)
      await call(clientOf(server.url))
      expect(server.received).toHaveLength(3)
    },
  )

  it.each([
    ["create", (client) => client.create(service)],
    ["conditional patch", (client) => client.patch(podinfo, { metadata: { resourceVersion: "7" } })],
    ["JSON patch", (client) => client.patch(podinfo, [], { type: "json" })],
  ] as [string, (client: ReturnType<typeof clientOf>) => Promise<unknown>][])(
    "is an error for a %s that may have arrived",
    async (_, call) => {
      const server = await serverThat(hangUp)
      await expect(call(clientOf(server.url))).rejects.toThrow(/127\.0\.0\.1:\d+\/api\/v1/)
      expect(server.received).toHaveLength(1)
    },
  )

  it("gives up a get after three tries, naming the request", async () => {
    const server = await misbehavingServer((_, response) => hangUp(response))
    await expect(clientOf(server.url).get(podinfo)).rejects.toThrow(
      `GET ${server.url}/api/v1/namespaces/test/services/podinfo: `,
    )
    expect(server.received).toHaveLength(3)
  })

  it("takes a delete as done whose first answer got lost", async () => {
    const server = await serverThat(hangUp, (response) => answer(response, 404, refused(404, "NotFound", "gone")))
    await clientOf(server.url).delete(podinfo)
    expect(server.received).toHaveLength(2)
  })

  it("that never was one lets even a create try again", async () => {
    const closed = await serverThat()
    await closed.close()
    const couldNotConnect = new Promise((resolve) => subscribe("undici:client:connectError", resolve))
    const creating = clientOf(closed.url).create(service)
    await couldNotConnect
    const back = await misbehavingServer((_, response) => answer(response, 201, service), closed.port)
    expect(await creating).toEqual(service)
    expect(back.received).toHaveLength(1)
  })
})

describe("patience has an end", () => {
  it("gives up an answer that drips past the deadline [fix 20]", async () => {
    const server = await serverThat((response) => {
      response.writeHead(200, { "content-type": "application/json" })
      const drip = setInterval(() => response.write(" "), 20)
      response.on("close", () => clearInterval(drip))
    })
    await expect(clientOf(server.url, { deadlineMs: 200 }).get(podinfo)).rejects.toThrow("no answer within 0.2s")
    expect(server.received).toHaveLength(1)
  })

  it("stops at once when the caller does, with the caller's reason", async () => {
    const server = await serverThat(() => undefined)
    const stopping = new AbortController()
    const getting = clientOf(server.url).get(podinfo, { signal: stopping.signal })
    stopping.abort(new Error("the canary is gone"))
    await expect(getting).rejects.toThrow("the canary is gone")
  })

  it("stops everything when it is closed", async () => {
    const server = await serverThat(
      () => undefined,
      () => undefined,
    )
    const stopping = new AbortController()
    const client = clientOf(server.url, { signal: stopping.signal, qps: 1, burst: 2 })
    const calls = [client.get(podinfo), client.get(podinfo), client.get(podinfo)]
    stopping.abort()
    for (const call of calls) await expect(call).rejects.toThrow(`the client of ${server.url} is closed`)
    await expect(client.get(podinfo)).rejects.toThrow("is closed")
  })

  it("stops waiting for a busy server when it is closed", async () => {
    const server = await serverThat((response) => answer(response, 429, "", { "retry-after": "20" }))
    const client = clientOf(server.url)
    const ended = expect(client.get(podinfo)).rejects.toThrow("is closed")
    await expect.poll(() => server.received.length).toBe(1)
    await client.close()
    await ended
  })

  it("does not warn when one signal covers many calls", async () => {
    const server = await serverThat()
    const warnings: Error[] = []
    const note = (warning: Error) => void warnings.push(warning)
    process.on("warning", note)
    onTestFinished(() => void process.off("warning", note))
    const client = clientOf(server.url)
    const { signal } = new AbortController()
    await Promise.all(Array.from({ length: 40 }, () => client.get(podinfo, { signal })))
    await new Promise(setImmediate)
    expect(warnings).toEqual([])
  })
})

it("goes through the proxy of the kubeconfig", async () => {
  const server = await serverThat()
  const tunnels: string[] = []
  const proxy = createServer().on("connect", (request, client) => {
    tunnels.push(request.url ?? "")
    const upstream = createConnection(server.port, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n")
      client.pipe(upstream).pipe(client)
    })
    upstream.on("error", () => client.destroy())
    client.on("error", () => upstream.destroy())
  })
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => proxy.close().closeAllConnections())
  const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const client = clientOf({ ...anonymous("http://kube.example:8080"), proxyUrl })
  expect(await client.get(podinfo)).toEqual(service)
  expect(tunnels).toEqual(["kube.example:8080"])
})

describe("credentials the server refuses", () => {
  function renewable(server: string) {
    let renewals = 0
    const credentials = (token: string): Credentials => {
      const headers = { authorization: `Bearer ${token}` }
      return {
        server,
        headers: () => Promise.resolve(headers),
        renewed: () => Promise.resolve(credentials(`token-${++renewals}`)),
      }
    }
    return { credentials: credentials("old"), renewals: () => renewals }
  }
  const unauthorized = refused(401, "Unauthorized", "Unauthorized")

  it("are renewed once for all calls, which then go on", async () => {
    const server = await misbehavingServer(({ headers }, response) =>
      headers.authorization === "Bearer token-1" ? answer(response, 200, service) : answer(response, 401, unauthorized),
    )
    const { credentials, renewals } = renewable(server.url)
    const client = clientOf(credentials)
    const found = await Promise.all(Array.from({ length: 30 }, () => client.get(podinfo)))
    expect(found).toEqual(Array.from({ length: 30 }, () => service))
    expect(renewals()).toBe(1)
  })

  it("are not asked for again and again when the new ones are refused too", async () => {
    const server = await misbehavingServer((_, response) => answer(response, 401, unauthorized))
    const { credentials, renewals } = renewable(server.url)
    const client = clientOf(credentials)
    for (let i = 0; i < 3; i++) await expect(client.get(podinfo)).rejects.toMatchObject({ status: 401 })
    expect(renewals()).toBe(1)
    expect(server.received).toHaveLength(4)
  })
})

describe("a watch", () => {
  const path = "/apis/flagger.app/v1beta1/canaries?watch=1"
  const open = (response: ServerResponse) => {
    response.writeHead(200, { "content-type": "application/json" })
    response.flushHeaders()
  }

  it("gives each line whole, and ends when the server ends it", async () => {
    const bytes = Buffer.from(`{"type":"ADDED","note":"grüße"}\n{"type":"DELETED","note":"🚀"}\n`)
    const server = await serverThat((response) => {
      open(response)
      const send = (at: number): void => {
        if (at >= bytes.length) return void response.end()
        response.write(bytes.subarray(at, at + 3), () => setImmediate(send, at + 3))
      }
      send(0)
    })
    const lines: string[] = []
    await clientOf(server.url).watch(path, { onLine: (line) => lines.push(line) })
    expect(lines).toEqual([`{"type":"ADDED","note":"grüße"}`, `{"type":"DELETED","note":"🚀"}`])
  })

  it("is reported as stalled when the connection is only half alive", async () => {
    const server = await serverThat((response) => {
      open(response)
      response.write("{}\n")
    })
    const watching = clientOf(server.url, { idleMs: 150 }).watch(path, { onLine: () => undefined })
    await expect(watching).rejects.toThrow("nothing received for 0.15s, the connection is stalled")
  })

  it("lives longer than any deadline as long as something comes", async () => {
    const server = await serverThat((response) => {
      open(response)
      let left = 12
      const tick = setInterval(() => {
        response.write("{}\n")
        if (--left > 0) return
        clearInterval(tick)
        response.end()
      }, 40)
    })
    let lines = 0
    await clientOf(server.url, { deadlineMs: 200, idleMs: 200 }).watch(path, { onLine: () => lines++ })
    expect(lines).toBe(12)
  })

  it("throws what the server says when it is too old, or what broke it", async () => {
    const server = await serverThat(
      (response) => answer(response, 410, refused(410, "Expired", "too old resource version")),
      (response) => {
        open(response)
        response.write("{}\n", () => hangUp(response))
      },
    )
    const client = clientOf(server.url)
    await expect(client.watch(path, { onLine: () => undefined })).rejects.toMatchObject({
      status: 410,
      reason: "Expired",
    })
    await expect(client.watch(path, { onLine: () => undefined })).rejects.toThrow(path)
    expect(server.received).toHaveLength(2)
  })

  it("ends with the error of whoever takes its lines", async () => {
    let ended: () => void
    const closed = new Promise<void>((resolve) => (ended = resolve))
    const server = await serverThat((response) => {
      open(response)
      response.on("close", () => ended())
      response.write("{}\n")
    })
    const watching = clientOf(server.url).watch(path, {
      onLine: () => {
        throw new Error("cannot take this")
      },
    })
    await expect(watching).rejects.toThrow("cannot take this")
    await closed
  })

  it("never keeps requests waiting, however many there are", async () => {
    const server = await misbehavingServer(({ url }, response) =>
      url.includes("watch") ? open(response) : void setTimeout(() => answer(response, 200, service), 5),
    )
    const client = clientOf(server.url)
    const stopping = new AbortController()
    const ended = Array.from({ length: 40 }, () =>
      client.watch(path, { signal: stopping.signal, onLine: () => undefined }).catch(() => undefined),
    )
    await expect.poll(() => server.connections()).toBe(40)
    await Promise.all(Array.from({ length: 100 }, () => client.get(podinfo)))
    expect(server.connections()).toBeLessThanOrEqual(40 + 16)
    stopping.abort()
    await Promise.all(ended)
  })
})

describe("new keys", () => {
  it("make watches begin again and let requests end", async () => {
    let finish = (): void => undefined
    const server = await misbehavingServer(({ url, headers }, response) => {
      if (url.includes("watch")) return void response.writeHead(200).write("{}\n")
      if (url.endsWith("/slow")) return void (finish = () => answer(response, 200, service))
      if (headers.authorization) return answer(response, 200, service)
      answer(response, 401, refused(401, "Unauthorized", "Unauthorized"))
    })
    const renewed = { ...anonymous(server.url), cert: "new", headers: async () => ({ authorization: "Bearer new" }) }
    const client = clientOf({ ...anonymous(server.url), renewed: async () => renewed })
    const watching = expect(client.watch("/watch", { onLine: () => undefined })).rejects.toThrow("/watch")
    const slow = client.raw("GET", "/slow")
    await expect.poll(() => server.received.length).toBe(2)
    expect(await client.get(podinfo)).toEqual(service)
    await watching
    finish()
    expect(await slow).toEqual(service)
  })
})
