import { describe, expect, it, onTestFinished } from "vitest"
import type { AlertProvider } from "#api/alert-provider.ts"
import type { AlertRef, Canary, CanaryStatus } from "#api/canary.ts"
import { createHttp } from "#net/http.ts"
import { alertLike } from "#test/alerts.ts"
import { closedPort, inTurn, localServer } from "#test/local-server.ts"
import { type AlertDeliveryOptions, createAlertDelivery } from "./deliver.ts"
import type { Receiver } from "./receiver.ts"
import { slack } from "./slack.ts"

const canaryWith = (alerts?: AlertRef[], status: CanaryStatus = {}, name = "podinfo"): Canary =>
  ({
    metadata: { name, namespace: "test", uid: `u-${name}` },
    spec: { analysis: { alerts } },
    status,
  }) as unknown as Canary

const to = (name: string, severity?: AlertRef["severity"], namespace?: string): AlertRef => ({
  name: "on-call",
  severity,
  providerRef: { name, namespace },
})

const globally = (address: string): Receiver => ({
  notifier: slack,
  options: { address, channel: "ops", username: "bot" },
})

/** Providers and Secrets by `namespace/name`. */
interface Scene extends Partial<Omit<AlertDeliveryOptions, "provider" | "secret">> {
  providers?: Record<string, AlertProvider["spec"]>
  secrets?: Record<string, Record<string, string>>
}

function deliveryIn({ providers = {}, secrets = {}, ...options }: Scene) {
  const http = createHttp({ env: {} })
  onTestFinished(() => http.close())
  const seen = { logged: [] as string[], about: [] as unknown[], failed: [] as string[], waits: [] as number[] }
  const delivery = createAlertDelivery({
    http,
    sleep: async (ms) => void seen.waits.push(ms),
    logError: (text, about) => {
      seen.logged.push(text)
      seen.about.push(about)
    },
    failed: (provider) => seen.failed.push(provider),
    provider: async (namespace, name) => {
      const spec = providers[`${namespace}/${name}`]
      return spec && ({ metadata: { name, namespace }, spec } as AlertProvider)
    },
    secret: async (namespace, name) => secrets[`${namespace}/${name}`],
    ...options,
  })
  return { delivery, ...seen }
}

const textsOf = (received: { body: string }[]) => received.map(({ body }) => JSON.parse(body).attachments[0].text)

describe("an alert", () => {
  it("goes to the global receiver when the canary names nobody", async () => {
    const server = await localServer(inTurn([200, "ok"]))
    const { delivery, logged } = deliveryIn({ global: globally(server.url) })
    delivery.send(canaryWith(), alertLike({ severity: "info" }))
    delivery.send(canaryWith([], {}, "other"), alertLike())
    await delivery.idle()
    expect(server.received).toHaveLength(2)
    expect(server.received[0]!.headers["content-type"]).toBe("application/json")
    expect(logged).toEqual([])
  })

  it("goes nowhere when there is no receiver at all", async () => {
    const { delivery, logged } = deliveryIn({})
    delivery.send(canaryWith(), alertLike())
    await delivery.idle()
    expect(logged).toEqual([])
  })

  it("goes only to the receivers that the canary names", async () => {
    const server = await localServer(inTurn([200]))
    const { delivery } = deliveryIn({
      global: globally(`${server.url}/global`),
      providers: {
        "test/a": { type: "slack", address: `${server.url}/a` },
        "ops/b": { type: "slack", address: `${server.url}/b`, channel: "b", username: "me" },
      },
    })
    delivery.send(canaryWith([to("a"), to("b", "info", "ops")]), alertLike())
    await delivery.idle()
    const bodies = new Map(server.received.map(({ url, body }) => [url, JSON.parse(body)]))
    expect([...bodies.keys()].toSorted()).toEqual(["/a", "/b"])
    expect(bodies.get("/a")).toMatchObject({ channel: "general", username: "flagger" })
    expect(bodies.get("/b")).toMatchObject({ channel: "b", username: "me" })
  })

  it.each([
    ["info", ["info", "warn", "error"]],
    ["warn", ["warn", "error"]],
    ["error", ["error"]],
    ["", ["info", "warn", "error"]],
    [undefined, ["info", "warn", "error"]],
  ] as const)("reaches an entry of severity %j when it is one of %j [fix 13]", async (severity, wanted) => {
    const server = await localServer(inTurn([200]))
    const { delivery } = deliveryIn({ providers: { "test/a": { type: "slack", address: server.url } } })
    for (const level of ["info", "warn", "error"] as const)
      delivery.send(canaryWith([to("a", severity)]), alertLike({ severity: level, text: level }))
    await delivery.idle()
    expect(textsOf(server.received)).toEqual(wanted)
  })

  it("shows no secrets of the addresses that it mentions", async () => {
    const server = await localServer(inTurn([200]))
    const { delivery } = deliveryIn({ global: globally(server.url) })
    const fields = [{ name: "Why", value: "http://host/?token=abc" }]
    delivery.send(canaryWith(), alertLike({ text: 'Get "http://me:secret@host": EOF', fields }))
    await delivery.idle()
    expect(JSON.parse(server.received[0]!.body).attachments[0]).toMatchObject({
      text: 'Get "http://***@host": EOF',
      fields: [{ value: "http://host/?token=***" }],
    })
  })
})

describe("the Secret of a receiver", () => {
  it("gives address and token, without the line ends of files", async () => {
    const server = await localServer(inTurn([200]))
    const { delivery, logged } = deliveryIn({
      providers: { "ops/a": { type: "slack", address: "http://127.0.0.1:1/ignored", secretRef: { name: "s" } } },
      secrets: { "ops/s": { address: `${server.url}/secret\n`, token: "xoxb\n" } },
    })
    delivery.send(canaryWith([to("a", "info", "ops")]), alertLike())
    await delivery.idle()
    expect(logged).toEqual([])
    expect(server.received[0]).toMatchObject({ url: "/secret", headers: { authorization: "Bearer xoxb" } })
  })
})

describe("a receiver that cannot be used", () => {
  const secretRef = { name: "s" }
  it.each([
    ["that does not exist", {}, 'alert provider a.test error: alertproviders.flagger.app "a" not found'],
    [
      "of an unknown type",
      { type: "lark" as "slack", address: "http://host/" },
      "alert provider a.test error: provider lark not supported, use one of slack, msteams",
    ],
    [
      "with a bad address",
      { type: "slack", address: "host" },
      "alert provider a.test error: invalid Slack hook URL host",
    ],
    [
      "without its Secret",
      { type: "slack", secretRef: { name: "none" } },
      'alert provider a.test secretRef error: secrets "none" not found',
    ],
    [
      "with a Secret without address",
      { type: "slack", address: "http://host/", secretRef },
      "alert provider a.test secret does not contain an address",
    ],
  ] as const)("%s is logged and counted, and the others get the alert", async (_case, spec, text) => {
    const server = await localServer(inTurn([200]))
    const providers: Record<string, AlertProvider["spec"]> = { "test/b": { type: "slack", address: server.url } }
    if ("type" in spec) providers["test/a"] = spec
    const { delivery, logged, about, failed } = deliveryIn({ providers, secrets: { "test/s": { token: "t" } } })
    delivery.send(canaryWith([to("a"), to("b")]), alertLike())
    await delivery.idle()
    expect([logged, about, failed]).toEqual([[text], [{ canary: "podinfo.test" }], ["a.test"]])
    expect(server.received).toHaveLength(1)
  })

  it("because the API does not answer is logged with the reason", async () => {
    const refused = async () => {
      throw new Error("the server is down")
    }
    const { delivery, logged } = deliveryIn({ provider: refused } as Scene)
    delivery.send(canaryWith([to("a")]), alertLike())
    await delivery.idle()
    expect(logged).toEqual(["alert provider a.test error: the server is down"])
  })

  it("because it has no address is nothing to talk about", async () => {
    const { delivery, logged, failed } = deliveryIn({ providers: { "test/a": { type: "slack", address: "" } } })
    delivery.send(canaryWith([to("a")]), alertLike())
    await delivery.idle()
    expect([logged, failed]).toEqual([[], []])
  })

  it("because it lives in another namespace is logged when that is forbidden", async () => {
    const server = await localServer(inTurn([200]))
    const spec = { type: "slack", address: server.url } as const
    const { delivery, logged } = deliveryIn({
      noCrossNamespaceRefs: true,
      providers: { "ops/a": spec, "test/b": spec },
    })
    delivery.send(canaryWith([to("a", "info", "ops"), to("b", "info", "test")]), alertLike())
    await delivery.idle()
    expect(logged).toEqual(["can't access alert provider a.ops, cross-namespace references are blocked"])
    expect(server.received).toHaveLength(1)
  })
})

describe("a delivery", () => {
  const providerAt = (address: string, extra: Partial<AlertProvider["spec"]> = {}) =>
    deliveryIn({ providers: { "test/a": { type: "slack", address, ...extra } } })

  it("is tried three times", async () => {
    const server = await localServer(inTurn([500, "later"], [503], [200]))
    const { delivery, logged, waits } = providerAt(server.url)
    delivery.send(canaryWith([to("a")]), alertLike())
    await delivery.idle()
    expect([server.received.length, logged, waits]).toEqual([3, [], [1_000, 2_000]])
  })

  it("that fails for the third time is logged and counted", async () => {
    const server = await localServer(inTurn([500, "no luck"]))
    const { delivery, logged, failed } = providerAt(server.url)
    delivery.send(canaryWith([to("a")]), alertLike())
    await delivery.idle()
    expect(server.received).toHaveLength(3)
    const why = "postMessage failed: sending notification bad response 500: no luck"
    expect([logged, failed]).toEqual([[`alert provider a.test send error: ${why}`], ["a.test"]])
  })

  it("to the global receiver fails in words of its own", async () => {
    const server = await localServer(inTurn([404, "x".repeat(2_000)]))
    const { delivery, logged, failed } = deliveryIn({ global: globally(server.url) })
    delivery.send(canaryWith(), alertLike())
    await delivery.idle()
    expect(server.received).toHaveLength(1)
    const why = `postMessage failed: sending notification bad response 404: ${"x".repeat(1024)}…`
    expect([logged, failed]).toEqual([[`alert can't be sent: ${why}`], ["global"]])
  })

  it("waits as long as the receiver asks", async () => {
    const server = await localServer(inTurn([429, "", { "Retry-After": "17" }], [200]))
    const { delivery, waits } = providerAt(server.url)
    delivery.send(canaryWith([to("a")]), alertLike())
    await delivery.idle()
    expect(waits).toEqual([17_000])
  })

  it("that nobody answers is logged without the path, which is a secret", async () => {
    const port = await closedPort()
    const { delivery, logged } = providerAt(`http://127.0.0.1:${port}/services/T/B/X`)
    delivery.send(canaryWith([to("a")]), alertLike())
    await delivery.idle()
    expect(logged).toEqual([
      "alert provider a.test send error: postMessage failed: sending notification failed to send: " +
        `Post "http://127.0.0.1:${port}/***": dial tcp 127.0.0.1:${port}: connect: connection refused`,
    ])
  })

  it("that Slack refuses with status 200 has failed", async () => {
    const server = await localServer(inTurn([200, '{"ok":false,"error":"channel_not_found"}']))
    const { delivery, logged } = providerAt(server.url)
    delivery.send(canaryWith([to("a")]), alertLike())
    await delivery.idle()
    expect(logged).toEqual([
      "alert provider a.test send error: postMessage failed: sending notification refused: channel_not_found",
    ])
    expect(server.received).toHaveLength(1)
  })

  it("goes through the receiver's proxy", async () => {
    const proxy = await localServer(inTurn([200]))
    const { delivery, logged } = providerAt("http://slack.test/x", { proxy: `127.0.0.1:${proxy.port}` })
    delivery.send(canaryWith([to("a")]), alertLike())
    await delivery.idle()
    expect([logged, proxy.received[0]?.url]).toEqual([[], "http://slack.test/x"])
  })

  it("through a proxy that cannot be one has failed", async () => {
    const { delivery, logged } = providerAt("http://slack.test/x", { proxy: "http://pro xy" })
    delivery.send(canaryWith([to("a")]), alertLike())
    await delivery.idle()
    expect(logged).toEqual([
      "alert provider a.test send error: postMessage failed: unable to parse proxy URL 'http://pro xy', " +
        'error: parse "http://pro xy": invalid character " " in host name',
    ])
  })
})

describe("several alerts", () => {
  it("of a canary arrive in order, while another receiver is slow [fix 19]", async () => {
    let release = () => {}
    const released = new Promise<void>((resolve) => (release = resolve))
    const slow = await localServer(async (_request, response) => {
      await released
      response.end()
    })
    const quick = await localServer(inTurn([500], [200]))
    const { delivery } = deliveryIn({
      providers: {
        "test/slow": { type: "slack", address: slow.url },
        "test/quick": { type: "slack", address: quick.url },
      },
    })
    for (const text of ["1", "2", "3"]) delivery.send(canaryWith([to("slow"), to("quick")]), alertLike({ text }))
    await expect.poll(() => textsOf(quick.received)).toEqual(["1", "1", "2", "3"])
    release()
    await delivery.idle()
    expect(textsOf(slow.received)).toEqual(["1", "2", "3"])
  })

  const gate = alertLike({ text: "Canary traffic increase is waiting for approval.", severity: "warn" })
  it("that say the same while nothing has changed are one [fix 32]", async () => {
    const server = await localServer(inTurn([200]))
    const { delivery } = deliveryIn({ global: globally(server.url) })
    const at = (canaryWeight: number) => canaryWith([], { canaryWeight })
    delivery.send(at(10), gate)
    delivery.send(at(10), { ...gate, timeMs: gate.timeMs + 10_000 })
    delivery.send(canaryWith([], { canaryWeight: 10 }, "other"), { ...gate, canary: "other" })
    await delivery.idle()
    expect(server.received).toHaveLength(2)
  })

  it.each([
    ["the weight", { canaryWeight: 20 }, {}],
    ["the iteration", { canaryWeight: 10, iterations: 1 }, {}],
    ["the phase", { canaryWeight: 10 }, { phase: "WaitingPromotion" }],
    ["the revision", { canaryWeight: 10 }, { revision: "another" }],
    ["the text", { canaryWeight: 10 }, { text: "another" }],
  ])("are told apart by %s", async (_what, status, change) => {
    const server = await localServer(inTurn([200]))
    const { delivery } = deliveryIn({ global: globally(server.url) })
    delivery.send(canaryWith([], { canaryWeight: 10 }), gate)
    delivery.send(canaryWith([], status), { ...gate, ...change })
    await delivery.idle()
    expect(server.received).toHaveLength(2)
  })

  it("of a canary that was deleted in between are news", async () => {
    const server = await localServer(inTurn([200]))
    const { delivery } = deliveryIn({ global: globally(server.url) })
    delivery.send(canaryWith(), gate)
    delivery.forget(canaryWith())
    delivery.send(canaryWith(), gate)
    await delivery.idle()
    expect(server.received).toHaveLength(2)
  })

  it("are given up at the end, and that is no failure", async () => {
    const server = await localServer(() => {})
    const { delivery, logged, failed } = deliveryIn({ global: globally(server.url) })
    for (const text of ["1", "2"]) delivery.send(canaryWith(), alertLike({ text }))
    await expect.poll(() => server.received.length).toBe(1)
    delivery.close()
    await delivery.idle()
    expect([server.received.length, logged, failed]).toEqual([1, [], []])
  })
})
