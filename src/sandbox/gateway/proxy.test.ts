import { once } from "node:events"
import { connect } from "node:net"
import { PassThrough, Readable } from "node:stream"
import { setTimeout as pause } from "node:timers/promises"
import { describe, expect, it } from "vitest"
import { gatewayClass, route, service, split, to } from "./objects.test-support.ts"
import { closedPort, serving, startPod, startTestGateway, values } from "./running.test-support.ts"

const toShop = route({ rules: [to("shop")] })

describe("a request", () => {
  it("reaches the pod as it is, with word of the client, and without what concerns the connection", async () => {
    const pod = await startPod("a")
    const { ask, gateway } = await startTestGateway(toShop, ...serving("shop", pod.place))
    const answer = await ask("/cart?x=1&y=%20", {
      method: "DELETE",
      headers: {
        te: "trailers",
        "x-forwarded-for": "10.1.1.1",
        cookie: "a=1",
      },
    })
    expect(answer).toMatchObject({
      status: 200,
      text: "a",
      headers: { "content-type": "text/plain", "x-version": "a" },
    })
    const [{ method, url, headers }] = pod.seen as [(typeof pod.seen)[0]]
    expect({ method, url }).toEqual({ method: "DELETE", url: "/cart?x=1&y=%20" })
    expect(headers).toEqual({
      host: "shop",
      connection: "keep-alive",
      cookie: "a=1",
      "x-forwarded-for": "10.1.1.1, 127.0.0.1",
      "x-forwarded-proto": "http",
      "x-forwarded-host": "shop",
    })
    expect(gateway.url).toBe(`http://127.0.0.1:${gateway.port}`)
  })

  it("has its body flow both ways while it is still being sent", async () => {
    const pod = await startPod("echo")
    pod.server.removeAllListeners("request").on("request", (incoming, response) => incoming.pipe(response))
    const { client } = await startTestGateway(toShop, ...serving("shop", pod.place))
    const body = new PassThrough()
    const pending = client.request({ method: "POST", path: "/", headers: { host: "shop" }, body })
    body.write("first ")
    const answer = await pending
    const words = answer.body[Symbol.asyncIterator]()
    expect(String((await words.next()).value)).toBe("first ")
    body.end("second")
    expect(String((await words.next()).value)).toBe("second")
  })

  it("has its answer's head before there is anything behind it", async () => {
    const pod = await startPod("a", (_, response) => response.writeHead(200, { "x-version": "v1" }).flushHeaders())
    const { client } = await startTestGateway(toShop, ...serving("shop", pod.place))
    const answer = await client.request({ method: "GET", path: "/", headers: { host: "shop" } })
    expect(answer.headers["x-version"]).toBe("v1")
    answer.body.on("error", () => {}).destroy()
  })

  it("may be large, also where the client is slow to read", async () => {
    const pod = await startPod("echo")
    pod.server.removeAllListeners("request").on("request", (incoming, response) => incoming.pipe(response))
    const { client } = await startTestGateway(toShop, ...serving("shop", pod.place))
    const block = Buffer.alloc(64 * 1024, "x")
    const body = Readable.from(Array.from({ length: 200 }, () => block))
    const answer = await client.request({ method: "PUT", path: "/", headers: { host: "shop" }, body })
    let length = 0
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      if (length === 0) await pause(20)
      length += chunk.length
    }
    expect(length).toBe(200 * block.length)
  })

  it("keeps several headers of one name apart, and connections for the next request", async () => {
    const pod = await startPod("a", (_, response) => {
      response.writeHead(201, "Fine", ["Set-Cookie", "a=1", "Set-Cookie", "b=2", "Keep-Alive", "timeout=9"])
      response.end()
    })
    const { ask } = await startTestGateway(toShop, ...serving("shop", pod.place))
    const { status, headers } = await ask("/", { method: "POST", body: "{}" })
    expect(status).toBe(201)
    expect(headers["set-cookie"]).toEqual(["a=1", "b=2"])
    for (let request = 0; request < 5; request++) await ask("/")
    expect(pod.seen[0]).toMatchObject({ body: "{}", headers: { "content-length": "2" } })
    expect(pod.connections()).toBe(1)
  })

  it("may take the gateway for its proxy", async () => {
    const pod = await startPod("a")
    const { gateway } = await startTestGateway(...serving("shop-canary", pod.place))
    const socket = connect(gateway.port, "127.0.0.1")
    socket.write("GET http://shop-canary.demo:9898?x=1 HTTP/1.1\r\nhost: elsewhere\r\nconnection: close\r\n\r\n")
    const text = (await socket.toArray()).join("")
    expect(text).toMatch(/^HTTP\/1\.1 200 OK/)
    expect(pod.seen[0]).toMatchObject({ url: "/?x=1", headers: { host: "shop-canary.demo:9898" } })
  })

  it("of HEAD and without content are answered without a body", async () => {
    const pod = await startPod("a", (_, response) => response.writeHead(204).end())
    const { ask } = await startTestGateway(toShop, ...serving("shop", pod.place))
    expect(await ask("/", { method: "HEAD" })).toMatchObject({ status: 204, text: "" })
    expect(await ask("/")).toMatchObject({ status: 204, text: "" })
  })

  it("to a host without a route is told so", async () => {
    const { ask, served } = await startTestGateway(service("shop"))
    expect(await ask("/")).toMatchObject({ status: 404, text: "no route for host shop\n" })
    expect(served).toMatchObject([{ status: 404, route: "", pod: "" }])
  })
})

describe("pods that come and go", () => {
  it("do not break requests that find their port closed, whatever they carry", async () => {
    const pod = await startPod("alive")
    const gone = { pod: "gone", port: await closedPort() }
    const { ask, gateway } = await startTestGateway(toShop, ...serving("shop", gone, pod.place))
    for (let request = 0; request < 6; request++) {
      expect(await ask("/", { method: "POST", body: "order" })).toMatchObject({ status: 200, text: "alive" })
    }
    expect(pod.seen.map(({ body }) => body)).toEqual(Array.from({ length: 6 }, () => "order"))
    const retries = values(gateway.samples(), "gateway_retries_total", "kubernetes_pod_name")
    expect(retries["gone"]).toBe(1)
  })

  it("make 503 where none is left", async () => {
    const gone = { pod: "gone", port: await closedPort() }
    const { ask, gateway } = await startTestGateway(toShop, ...serving("shop", gone))
    expect(await ask("/")).toMatchObject({ status: 503, text: "no pod of Service demo/shop takes the request\n" })
    expect(values(gateway.samples(), "http_request_duration_seconds_count", "status")).toEqual({ 503: 1 })
    const { ask: askNobody } = await startTestGateway(toShop, ...serving("shop"))
    expect(await askNobody("/")).toMatchObject({ status: 503, text: "no pod of Service demo/shop is ready\n" })
  })

  it("do not break a request that meets a connection just being closed", async () => {
    const calls: string[] = []
    const leaving = await startPod("leaving", ({ url }, response, { socket }) => {
      calls.push(url)
      if (url === "/first") response.end("leaving")
      else socket.destroy()
    })
    const staying = await startPod("staying")
    const objects = serving("shop", leaving.place, staying.place)
    const { ask, cluster, settled } = await startTestGateway(toShop, ...objects.slice(0, 2))
    expect(await ask("/first")).toMatchObject({ text: "leaving" })
    cluster.create(objects[2]!)
    await settled()
    const texts = [await ask("/second"), await ask("/second")].map(({ text }) => text)
    expect(texts).toEqual(["staying", "staying"])
    expect(calls).toEqual(["/first", "/second"])
  })

  it("break a request that they took and did not answer, and that is their failure", async () => {
    const broken = await startPod("broken", (_, __, { socket }) => socket.destroy())
    const other = await startPod("other")
    const { ask, gateway } = await startTestGateway(toShop, ...serving("shop", broken.place, other.place))
    const statuses = [await ask("/"), await ask("/")].map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([200, 502]))
    const byPod = values(gateway.samples(), "http_request_duration_seconds_count", "kubernetes_pod_name")
    expect(byPod).toEqual({ broken: 1, other: 1 })
  })

  it("cut the answer off where they break off", async () => {
    const broken = await startPod("broken", (_, response, { socket }) => {
      response.writeHead(200, { "content-length": "10" })
      response.write("12345", () => socket.destroy())
    })
    const { ask, gateway } = await startTestGateway(toShop, ...serving("shop", broken.place))
    await expect(ask("/")).rejects.toThrow()
    expect(values(gateway.samples(), "http_request_duration_seconds_count", "status")).toEqual({ 502: 1 })
  })

  it("finish what they have begun after they have left the Service, and keep no connection", async () => {
    let finish: () => void = () => {}
    const old = await startPod("old", (_, response) => {
      finish = () => response.end("old")
    })
    const young = await startPod("young")
    const objects = serving("shop", old.place, young.place)
    const { ask, cluster, settled } = await startTestGateway(toShop, ...objects.slice(0, 2))
    const pending = ask("/")
    await expect.poll(() => old.seen.length).toBe(1)
    const [, slice] = objects
    cluster.create(objects[2]!)
    cluster.delete({ ...slice!, namespace: "demo", name: slice!.metadata.name })
    await settled()
    expect(await ask("/")).toMatchObject({ text: "young" })
    finish()
    expect(await pending).toMatchObject({ text: "old" })
    await expect.poll(() => new Promise((resolve) => old.server.getConnections((_, count) => resolve(count)))).toBe(0)
  })

  it("share the requests of their Service evenly", async () => {
    const pods = [await startPod("a"), await startPod("b"), await startPod("c")]
    const { ask } = await startTestGateway(toShop, ...serving("shop", ...pods.map(({ place }) => place)))
    for (let request = 0; request < 30; request++) await ask("/")
    expect(pods.map(({ seen }) => seen.length)).toEqual([10, 10, 10])
  })
})

describe("changes of the route", () => {
  it("take effect at once and break nothing, however many there are", async () => {
    const pods = [await startPod("primary"), await startPod("canary")]
    const [primary, canary] = pods as [(typeof pods)[0], (typeof pods)[0]]
    const objects = [...serving("shop-primary", primary.place), ...serving("shop-canary", canary.place)]
    const { ask, cluster, settled } = await startTestGateway(route({ rules: [split(100, 0)] }), ...objects)
    expect((await ask("/")).text).toBe("primary")
    const shop = cluster.get({ ...toShop, namespace: "demo", name: "shop" })!
    const answers: Promise<{ status: number }>[] = []
    for (let weight = 1; weight <= 100; weight++) {
      cluster.update({
        ...cluster.get({ ...shop, namespace: "demo", name: "shop" })!,
        spec: route({ rules: [split(100 - weight, weight)] }).spec,
      })
      answers.push(ask("/"), ask("/"))
      await settled()
    }
    expect((await Promise.all(answers)).filter(({ status }) => status !== 200)).toEqual([])
    expect((await ask("/")).text).toBe("canary")
  })

  it("are seen when the class, the Gateway or the Service comes last", async () => {
    const pod = await startPod("a")
    const [shop, slice] = serving("shop", pod.place)
    const { ask, cluster, settled } = await startTestGateway(toShop, slice!)
    cluster.delete({ ...gatewayClass(), name: "sandbox" })
    await settled()
    expect((await ask("/")).status).toBe(404)
    cluster.create(gatewayClass())
    await settled()
    expect((await ask("/")).status).toBe(500)
    cluster.create(shop!)
    await settled()
    expect((await ask("/")).text).toBe("a")
  })
})

describe("clients that leave", () => {
  it("end the request to the pod, which is not held against it", async () => {
    let podIsLeft = false
    const pod = await startPod("slow", (_, response) => response.on("close", () => (podIsLeft = true)))
    const { client, gateway, served } = await startTestGateway(toShop, ...serving("shop", pod.place))
    const leaving = new AbortController()
    const pending = client.request({ method: "GET", path: "/", headers: { host: "shop" }, signal: leaving.signal })
    await expect.poll(() => pod.seen.length).toBe(1)
    leaving.abort()
    await expect(pending).rejects.toThrow()
    await expect.poll(() => podIsLeft).toBe(true)
    expect(served).toMatchObject([{ status: 499, pod: "slow" }])
    expect(values(gateway.samples(), "http_request_duration_seconds_count", "status")).toEqual({ 499: 1 })
  })

  it("in the middle of their body end it too", async () => {
    const pod = await startPod("a")
    const { gateway, served } = await startTestGateway(toShop, ...serving("shop", pod.place))
    const socket = connect(gateway.port, "127.0.0.1")
    socket.write("POST / HTTP/1.1\r\nhost: shop\r\ncontent-length: 100\r\n\r\nsome")
    await expect.poll(pod.connections).toBe(1)
    socket.destroy()
    await expect.poll(() => served.length).toBe(1)
    expect(served).toMatchObject([{ status: 499 }])
    expect(pod.seen).toEqual([])
  })
})

describe("closing", () => {
  it("lets requests end and takes no new ones", async () => {
    let finish: () => void = () => {}
    const pod = await startPod("slow", (_, response) => {
      finish = () => response.end("done")
    })
    const { ask, gateway } = await startTestGateway(toShop, ...serving("shop", pod.place))
    const pending = ask("/")
    await expect.poll(() => pod.seen.length).toBe(1)
    const closing = gateway.close()
    const late = connect(gateway.port, "127.0.0.1")
    await expect(once(late, "connect")).rejects.toThrow(/ECONNREFUSED/)
    finish()
    expect(await pending).toMatchObject({ text: "done" })
    await closing
  })
})
