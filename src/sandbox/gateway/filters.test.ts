import { describe, expect, it } from "vitest"
import type { Filter, Rule } from "./objects.ts"
import { route, to } from "./objects.test-support.ts"
import { serving, startPod, startTestGateway, values } from "./running.test-support.ts"

async function shop(rule: Rule, handler?: Parameters<typeof startPod>[1]) {
  const pod = await startPod("shop-x", handler)
  const started = await startTestGateway(route({ rules: [to("shop", rule)] }), ...serving("shop", pod.place))
  return { ...started, pod }
}

describe("headers", () => {
  it("of the request are set, added and removed on their way to the pod", async () => {
    const modifier = {
      set: [{ name: "X-Set", value: "new" }],
      add: [{ name: "X-Add", value: "2" }],
      remove: ["X-Remove"],
    }
    const { ask, pod } = await shop({ filters: [{ type: "RequestHeaderModifier", requestHeaderModifier: modifier }] })
    await ask("/", { headers: { "x-set": "old", "x-add": "1", "x-remove": "1", "x-keep": "1" } })
    expect(pod.seen[0]?.headers).toMatchObject({ "x-set": "new", "x-add": "1, 2", "x-keep": "1" })
    expect(pod.seen[0]?.headers).not.toHaveProperty("x-remove")
  })

  it("of the answer are changed by the rule and by the backend, cookies beside the pod's own", async () => {
    const cookie = (value: string): Filter => ({
      type: "ResponseHeaderModifier",
      responseHeaderModifier: { add: [{ name: "Set-Cookie", value }], remove: ["x-version"] },
    })
    const backendRefs = [{ name: "shop", port: 80, filters: [cookie("fc=abc; Max-Age=60")] }]
    const { ask } = await shop({ filters: [cookie("rule=1")], backendRefs }, (_, response) => {
      response.writeHead(200, { "set-cookie": "own=1", "x-version": "v1" }).end()
    })
    const { headers } = await ask("/")
    expect(headers["set-cookie"]).toEqual(["own=1", "rule=1", "fc=abc; Max-Age=60"])
    expect(headers).not.toHaveProperty("x-version")
  })

  it("that frame the message cannot be changed", async () => {
    const modifier = {
      set: [
        { name: "Content-Length", value: "1" },
        { name: "Connection", value: "close" },
      ],
      remove: ["content-length"],
    }
    const filters: Filter[] = [
      { type: "RequestHeaderModifier", requestHeaderModifier: modifier },
      { type: "ResponseHeaderModifier", responseHeaderModifier: modifier },
    ]
    const { ask, pod } = await shop({ filters })
    expect(await ask("/", { method: "POST", body: "order" })).toMatchObject({ status: 200, text: "shop-x" })
    expect(pod.seen[0]?.body).toBe("order")
  })
})

it("rewrites host and path for the pod, and keeps the query", async () => {
  const urlRewrite = { hostname: "internal", path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/v2" } }
  const { ask, pod } = await shop({
    matches: [{ path: { type: "PathPrefix", value: "/shop" } }],
    filters: [{ type: "URLRewrite", urlRewrite }],
  })
  await ask("/shop/cart?x=/shop")
  expect(pod.seen[0]).toMatchObject({
    url: "/v2/cart?x=/shop",
    headers: { host: "internal", "x-forwarded-host": "shop" },
  })
})

it("redirects without asking a pod", async () => {
  const { ask, pod } = await shop({
    backendRefs: [],
    filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 301 } }],
  })
  expect(await ask("/a?b=1")).toMatchObject({ status: 301, headers: { location: "https://shop/a?b=1" }, text: "" })
  expect(pod.seen).toEqual([])
})

it("answers a browser's question itself, and puts its policy in place of the pod's", async () => {
  const cors = { allowOrigins: ["https://a.example.com"], allowMethods: ["PUT"] }
  const { ask, pod } = await shop({ filters: [{ type: "CORS", cors }] }, (_, response) => {
    response.writeHead(200, { "access-control-allow-origin": "*" }).end()
  })
  const origin = "https://a.example.com"
  const preflight = await ask("/", { method: "OPTIONS", headers: { origin, "access-control-request-method": "PUT" } })
  expect(preflight).toMatchObject({ status: 204, headers: { "access-control-allow-methods": "PUT" } })
  expect(pod.seen).toEqual([])
  const answer = await ask("/", { method: "PUT", headers: { origin } })
  expect(answer.headers["access-control-allow-origin"]).toBe(origin)
  expect((await ask("/", { headers: { origin: "https://b.example.com" } })).headers).not.toHaveProperty(
    "access-control-allow-origin",
  )
  expect((await ask("/")).headers["access-control-allow-origin"]).toBe("*")
})

describe("copies of requests", () => {
  const mirror = (name: string, some: object = {}): Filter => ({
    type: "RequestMirror",
    requestMirror: { backendRef: { name, port: 80 }, ...some },
  })

  async function mirrored(filters: Filter[], handler?: Parameters<typeof startPod>[1]) {
    const primary = await startPod("primary")
    const canary = await startPod("canary", handler)
    const objects = [...serving("shop", primary.place), ...serving("shop-canary", canary.place)]
    return { ...(await startTestGateway(route({ rules: [to("shop", { filters })] }), ...objects)), primary, canary }
  }

  it("carry the body, are measured, and their answers are thrown away", async () => {
    const { ask, canary, gateway, served } = await mirrored([mirror("shop-canary")], (_, response) => {
      response.writeHead(500, { "x-version": "v2" }).end("broken")
    })
    const body = "x".repeat(300_000)
    expect(await ask("/cart?x=1", { method: "POST", body })).toMatchObject({ status: 200, text: "primary" })
    await expect.poll(() => served.length).toBe(2)
    expect(canary.seen[0]).toMatchObject({ method: "POST", url: "/cart?x=1", body })
    expect(served).toContainEqual(
      expect.objectContaining({ pod: "canary", status: 500, version: "v2", isMirrored: true }),
    )
    const byPod = values(gateway.samples(), "http_request_duration_seconds_count", "kubernetes_pod_name")
    expect(byPod).toEqual({ primary: 1, canary: 1 })
    expect(values(gateway.samples(), "gateway_requests_total", "status")).toEqual({ 200: 1 })
  })

  it("that nobody answers do no harm", async () => {
    const { ask } = await mirrored([mirror("shop-canary"), mirror("missing")], (_, __, { socket }) => socket.destroy())
    for (let request = 0; request < 3; request++) expect((await ask("/")).text).toBe("primary")
  })

  it("are made of a percentage or a fraction of them, each in its own right", async () => {
    const filters = [
      mirror("shop-canary", { percent: 10 }),
      mirror("shop-canary", { fraction: { numerator: 1, denominator: 5 } }),
    ]
    const { ask, canary } = await mirrored(filters)
    await Promise.all(Array.from({ length: 100 }, () => ask("/")))
    await expect.poll(() => canary.seen.length).toBe(30)
    const { ask: askNone, canary: none } = await mirrored([mirror("shop-canary", { percent: 0 })])
    await askNone("/")
    expect(none.connections()).toBe(0)
  })
})

describe("time limits", () => {
  it.each([
    ["the request", { request: "50ms" }],
    ["the pod", { backendRequest: "50ms", request: "10s" }],
  ])("of %s end it with 504, which is the pod's failure", async (_, timeouts) => {
    let isLeft = false
    const { ask, gateway, served } = await shop({ timeouts }, (__, response) =>
      response.on("close", () => (isLeft = true)),
    )
    expect(await ask("/")).toMatchObject({ status: 504, text: "pod demo/shop-x took too long\n" })
    await expect.poll(() => isLeft).toBe(true)
    expect(values(gateway.samples(), "http_request_duration_seconds_count", "status")).toEqual({ 504: 1 })
    expect(served).toMatchObject([{ status: 504, pod: "shop-x" }])
  })

  it("cut off an answer that has begun", async () => {
    const { ask } = await shop({ timeouts: { request: "50ms" } }, (_, response) => response.write("a"))
    await expect(ask("/")).rejects.toThrow()
  })

  it("of zero are none", async () => {
    const answerLate: Parameters<typeof startPod>[1] = (_, response) => setTimeout(() => response.end("late"), 30)
    const { ask } = await shop({ timeouts: { request: "0s", backendRequest: "0s" } }, answerLate)
    expect((await ask("/")).text).toBe("late")
  })
})

describe("tries for certain answers", () => {
  const failing = (times: number): Parameters<typeof startPod>[1] => {
    let count = 0
    return (_, response) => response.writeHead(count++ < times ? 503 : 200).end(`${count}`)
  }

  it("are repeated as often as the rule says, and each is counted for the pod", async () => {
    const { ask, gateway } = await shop({ retry: { codes: [503], attempts: 2, backoff: "1ms" } }, failing(2))
    expect(await ask("/")).toMatchObject({ status: 200, text: "3" })
    expect(values(gateway.samples(), "http_request_duration_seconds_count", "status")).toEqual({ 200: 1, 503: 2 })
    expect(values(gateway.samples(), "gateway_requests_total", "status")).toEqual({ 200: 1 })
  })

  it("end with the last answer", async () => {
    const { ask, pod } = await shop({ retry: { codes: [503], attempts: 1 } }, failing(9))
    expect((await ask("/")).status).toBe(503)
    expect(pod.seen).toHaveLength(2)
  })

  it("are one for other answers and for requests with a body", async () => {
    const { ask, pod } = await shop({ retry: { codes: [500], attempts: 3 } }, failing(9))
    expect((await ask("/")).status).toBe(503)
    const other = await shop({ retry: { codes: [503], attempts: 3 } }, failing(9))
    expect((await other.ask("/", { method: "POST", body: "x" })).status).toBe(503)
    expect([pod.seen.length, other.pod.seen.length]).toEqual([1, 1])
  })
})

describe("sessions", () => {
  const backendRefs = [
    { name: "shop-primary", port: 80, weight: 50 },
    { name: "shop-canary", port: 80, weight: 50 },
  ]
  async function sticky(rule: Rule) {
    const pods = [await startPod("p1"), await startPod("p2"), await startPod("c1")]
    const [p1, p2, c1] = pods.map(({ place }) => place)
    const objects = [...serving("shop-primary", p1!, p2!), ...serving("shop-canary", c1!)]
    return startTestGateway(route({ rules: [{ backendRefs, ...rule }] }), ...objects)
  }

  it("stay with their pod by a cookie", async () => {
    const { ask } = await sticky({ sessionPersistence: { sessionName: "stick" } })
    const first = await ask("/")
    const cookie = String(first.headers["set-cookie"]).split(";")[0]!
    expect(first.headers["set-cookie"]).toMatch(/^stick=[^;]+; Path=\/; HttpOnly$/)
    for (let request = 0; request < 20; request++) {
      const answer = await ask("/", { headers: { cookie: `a=1; ${cookie}` } })
      expect(answer.text).toBe(first.text)
      expect(answer.headers).not.toHaveProperty("set-cookie")
    }
  })

  it("may last, and may use a header", async () => {
    const { ask } = await sticky({
      sessionPersistence: { absoluteTimeout: "1h", cookieConfig: { lifetimeType: "Permanent" } },
    })
    expect((await ask("/")).headers["set-cookie"]).toMatch(/^session=.*; Max-Age=3600$/)
    const { ask: askByHeader } = await sticky({ sessionPersistence: { type: "Header", sessionName: "X-Stick" } })
    const first = await askByHeader("/")
    const token = String(first.headers["x-stick"])
    for (let request = 0; request < 20; request++) {
      expect((await askByHeader("/", { headers: { "x-stick": token } })).text).toBe(first.text)
    }
  })

  it("end when their backend has no weight any more", async () => {
    const { ask, cluster, settled } = await sticky({ sessionPersistence: {} })
    let canary = await ask("/")
    while (canary.text !== "c1") canary = await ask("/")
    const shop = cluster.list({ apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute" })[0]!
    const rules = [{ backendRefs: [backendRefs[0]!, { ...backendRefs[1]!, weight: 0 }], sessionPersistence: {} }]
    cluster.update({ ...shop, spec: { ...shop.spec, rules } })
    await settled()
    const cookie = String(canary.headers["set-cookie"]).split(";")[0]!
    for (let request = 0; request < 10; request++) expect((await ask("/", { headers: { cookie } })).text).not.toBe("c1")
  })

  it("of a Service go by the client's address", async () => {
    const pods = [await startPod("a"), await startPod("b"), await startPod("c")]
    const [, ...slices] = serving("shop", ...pods.map(({ place }) => place))
    const shop = serving("shop")[0]!
    const byAddress = { ...shop, spec: { ...shop.spec, sessionAffinity: "ClientIP" } }
    const { ask } = await startTestGateway(byAddress, ...slices)
    const texts = new Set<string>()
    for (let request = 0; request < 10; request++) texts.add((await ask("/", { headers: { host: "shop.demo" } })).text)
    expect(texts.size).toBe(1)
  })
})
