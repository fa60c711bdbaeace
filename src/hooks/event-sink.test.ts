import { describe, expect, it, onTestFinished } from "vitest"
import type { Canary, Webhook } from "#api/canary.ts"
import { createHttp } from "#net/http.ts"
import { inTurn, localServer } from "#test/local-server.ts"
import { createEventSink, type ToldEvent } from "./event-sink.ts"

const canaryWith = (webhooks: Webhook[], name = "podinfo"): Canary =>
  ({
    metadata: { name, namespace: "test" },
    spec: { analysis: { webhooks } },
    status: { phase: "Progressing", lastAppliedSpec: "4cb74184589" },
  }) as unknown as Canary

const event = (text: string, extra: Partial<ToldEvent> = {}): ToldEvent => ({
  text,
  type: "Normal",
  phase: "Progressing",
  timeMs: 1578607635167,
  ...extra,
})

function sinkFor(globalUrl?: string) {
  const http = createHttp({ env: {} })
  onTestFinished(() => http.close())
  const logged: unknown[] = []
  const dropped: string[] = []
  const sink = createEventSink({
    http,
    globalUrl,
    sleep: async () => {},
    logError: (text, about) => logged.push([text, about]),
    dropped: (canary) => dropped.push(canary),
  })
  return { sink, logged, dropped }
}

const texts = (received: { body: string }[]) => received.map(({ body }) => JSON.parse(body).metadata.eventMessage)

describe("an event", () => {
  it("goes to the canary's event hooks with their metadata, which cannot hide what happened", async () => {
    const server = await localServer(inTurn([200]))
    const { sink } = sinkFor(`${server.url}/global`)
    const metadata = { cmd: "check", eventMessage: "no", eventType: "no", timestamp: "no" }
    const own = [
      { name: "gate", type: "rollout", url: `${server.url}/gate` },
      { name: "a", type: "event", url: `${server.url}/a`, metadata },
      { name: "b", type: "event", url: `${server.url}/b` },
    ] as const
    sink.tell(canaryWith([...own]), event("Advance", { type: "Warning" }))
    await sink.idle()
    expect(server.received.map(({ url }) => url)).toEqual(["/a", "/b"])
    const told = { eventMessage: "Advance", eventType: "Warning", timestamp: "1578607635167" }
    expect(JSON.parse(server.received[0]!.body)).toEqual({
      name: "podinfo",
      namespace: "test",
      phase: "Progressing",
      checksum: "7c9d467496",
      metadata: { cmd: "check", ...told },
    })
    expect(JSON.parse(server.received[1]!.body).metadata).toEqual(told)
  })

  it("goes to the global address when the canary has no event hooks", async () => {
    const server = await localServer(inTurn([202]))
    const { sink, logged } = sinkFor(`${server.url}/global`)
    sink.tell(canaryWith([{ name: "gate", url: `${server.url}/gate` }]), event("Hello", { phase: "" }))
    await sink.idle()
    expect(server.received.map(({ url }) => url)).toEqual(["/global"])
    expect(JSON.parse(server.received[0]!.body)).toMatchObject({ phase: "", metadata: { eventMessage: "Hello" } })
    expect(logged).toEqual([])
  })

  it("goes nowhere when there is no address, also for a canary without analysis", async () => {
    const { sink, logged } = sinkFor()
    sink.tell(canaryWith([]), event("Hello"))
    sink.tell({ metadata: { name: "odd", namespace: "test" }, spec: {} } as unknown as Canary, event("Hello"))
    await sink.idle()
    expect(logged).toEqual([])
  })

  it("describes the canary as it was when it was told", async () => {
    const server = await localServer(inTurn([200]))
    const { sink } = sinkFor(server.url)
    const canary = canaryWith([])
    sink.tell(canary, event("Hello"))
    canary.status!.lastAppliedSpec = "another"
    await sink.idle()
    expect(JSON.parse(server.received[0]!.body).checksum).toBe("7c9d467496")
  })
})

describe("a failed delivery", () => {
  it("to the global address is logged and not repeated", async () => {
    const server = await localServer(inTurn([500, "boom"]))
    const { sink, logged } = sinkFor(server.url)
    sink.tell(canaryWith([]), event("Hello"))
    await sink.idle()
    expect(logged).toEqual([
      [
        `error sending event to webhook: POST ${server.url} giving up after 1 attempt(s)`,
        { canary: "podinfo.test", detail: "500 Internal Server Error: boom" },
      ],
    ])
    expect(server.received).toHaveLength(1)
  })

  it("to an own hook is repeated as that hook wants, and does not stop what follows", async () => {
    const server = await localServer(inTurn([500], [403, "no"], [200]))
    const { sink, logged } = sinkFor()
    const canary = canaryWith([{ name: "a", type: "event", url: server.url, retries: 1 }])
    for (const text of ["1", "2"]) sink.tell(canary, event(text))
    await sink.idle()
    expect(logged).toEqual([["error sending event to webhook: no", { canary: "podinfo.test" }]])
    expect(texts(server.received)).toEqual(["1", "1", "2"])
  })
})

describe("a slow receiver", () => {
  it("delays nobody, keeps the order, and costs the oldest events beyond 256 [fix 19]", async () => {
    let release = () => {}
    const released = new Promise<void>((resolve) => (release = resolve))
    let arrived = () => {}
    const firstArrived = new Promise<void>((resolve) => (arrived = resolve))
    const slow = await localServer(async (_request, response) => {
      arrived()
      await released
      response.end()
    })
    const quick = await localServer(inTurn([200]))
    const { sink, dropped } = sinkFor()
    const canary = canaryWith([{ name: "slow", type: "event", url: slow.url }])
    sink.tell(canary, event("0"))
    await firstArrived
    for (let count = 1; count <= 258; count++) sink.tell(canary, event(`${count}`))
    const other = createOther(quick.url)
    sink.tell(other, event("other"))
    await expect.poll(() => quick.received.length).toBe(1)
    release()
    await sink.idle()
    expect(dropped).toEqual(["podinfo.test", "podinfo.test"])
    expect(texts(slow.received)).toEqual(["0", ...Array.from({ length: 256 }, (_, index) => `${index + 3}`)])
  })

  const createOther = (url: string) => canaryWith([{ name: "quick", type: "event", url }], "other")
})
