import type { ServerResponse } from "node:http"
import { describe, expect, it, onTestFinished } from "vitest"
import { createKubeApi } from "./client.ts"
import { anonymous } from "./credentials.ts"
import { createRecorder, type Occurrence } from "./events.ts"
import { answer, misbehavingServer, type Received, refused } from "./misbehaving.test-server.ts"

const canary = (name: string, namespace = "test"): Occurrence["about"] => ({
  apiVersion: "flagger.app/v1beta1",
  kind: "Canary",
  metadata: { name, namespace, uid: `uid-${name}`, resourceVersion: "42" },
})
const podinfo = canary("podinfo")
const say = (message: string, about = podinfo): Occurrence => ({ about, type: "Normal", message })

type Trouble = (request: Received, response: ServerResponse) => boolean | void

/** An API server that keeps events, and a recorder that writes to it. `trouble` answers in its place by returning true. */
async function recording(trouble: Trouble = () => false) {
  // oxlint-disable-next-line no-explicit-any -- whatever was sent
  const events = new Map<string, any>()
  const server = await misbehavingServer((request, response) => {
    if (trouble(request, response)) return
    const body = JSON.parse(request.body)
    const name = body.metadata?.name ?? request.url.split("/").at(-1)
    if (request.method === "POST" && events.has(name))
      return answer(response, 409, refused(409, "AlreadyExists", "exists"))
    if (request.method === "PATCH" && !events.has(name)) return answer(response, 404, refused(404, "NotFound", "gone"))
    events.set(name, { ...events.get(name), ...body })
    answer(response, 201, events.get(name))
  })
  const api = createKubeApi(anonymous(server.url), { qps: 0, burst: 1, userAgent: "flagger/test" })
  onTestFinished(() => api.close())
  const log: string[] = []
  const time = { now: Date.UTC(2026, 0, 1, 12), slept: [] as number[] }
  const recorder = createRecorder({
    api,
    component: "flagger",
    log: (message, error) => log.push(error ? `${message}: ${(error as Error).message}` : message),
    now: () => time.now,
    sleep: async (ms) => void time.slept.push(ms),
  })
  const told = () => [...events.values()].map(({ message, count }) => `${message} x${count}`)
  return { recorder, server, events, told, log, time }
}

describe("an event", () => {
  it("looks as tools for the original expect it", async () => {
    const { recorder, server } = await recording()
    recorder.record({ ...say("Advance podinfo.test canary weight 10"), type: "Warning" })
    await recorder.flush()
    expect(server.received[0]?.url).toBe("/api/v1/namespaces/test/events")
    const nanos = BigInt(Date.UTC(2026, 0, 1, 12)) * 1_000_000n
    expect(JSON.parse(server.received[0]!.body)).toEqual({
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: `podinfo.${nanos.toString(16)}`, namespace: "test" },
      involvedObject: {
        apiVersion: "flagger.app/v1beta1",
        kind: "Canary",
        namespace: "test",
        name: "podinfo",
        uid: "uid-podinfo",
        resourceVersion: "42",
      },
      type: "Warning",
      reason: "Synced",
      message: "Advance podinfo.test canary weight 10",
      count: 1,
      firstTimestamp: "2026-01-01T12:00:00Z",
      lastTimestamp: "2026-01-01T12:00:00Z",
      source: { component: "flagger" },
      reportingComponent: "flagger",
      reportingInstance: "",
    })
  })

  it("is cut at 1024 characters, never inside of one", async () => {
    const { recorder, events } = await recording()
    recorder.record(say("x".repeat(1024)))
    recorder.record(say("x".repeat(1022) + "🚀🚀"))
    await recorder.flush()
    const [fits, cut] = [...events.values()].map(({ message }) => message as string)
    expect(fits).toBe("x".repeat(1024))
    expect(cut).toBe(`${"x".repeat(1022)}…`)
  })

  it("raises a count when it happens again, with the time of the last [fix 18]", async () => {
    const { recorder, server, events, told, time } = await recording()
    for (const message of ["halt", "other", "halt", "halt"]) {
      recorder.record(say(message))
      time.now += 60_000
    }
    await recorder.flush()
    expect(told()).toEqual(["halt x3", "other x1"])
    expect(server.received.map(({ method }) => method)).toEqual(["POST", "POST", "PATCH", "PATCH"])
    const [halt] = [...events.values()]
    expect(halt).toMatchObject({ firstTimestamp: "2026-01-01T12:00:00Z", lastTimestamp: "2026-01-01T12:03:00Z" })
  })

  it("is not mistaken for that of another object, of another type, or of an object of the same name before it", async () => {
    const { recorder, told } = await recording()
    const reborn = { ...podinfo, metadata: { ...podinfo.metadata, uid: "another" } }
    recorder.record(say("halt"))
    recorder.record({ ...say("halt"), type: "Warning" })
    recorder.record(say("halt", canary("frontend")))
    recorder.record(say("halt", reborn))
    await recorder.flush()
    expect(told()).toEqual(["halt x1", "halt x1", "halt x1", "halt x1"])
  })

  it("is written anew when the old one has expired", async () => {
    const { recorder, events, told } = await recording()
    recorder.record(say("halt"))
    await recorder.flush()
    events.clear()
    recorder.record(say("halt"))
    recorder.record(say("halt"))
    await recorder.flush()
    expect(told()).toEqual(["halt x2"])
  })
})

describe("the order of events", () => {
  it("is that of recording, for each canary", async () => {
    const { recorder, server } = await recording()
    const names = ["a", "b", "c", "d", "e", "f"]
    for (let i = 0; i < 10; i++) for (const name of names) recorder.record(say(`${i}`, canary(name)))
    await recorder.flush()
    for (const name of names) {
      const messages = server.received
        .map(({ body }) => JSON.parse(body))
        .filter(({ involvedObject }) => involvedObject.name === name)
        .map(({ message }) => message)
      expect(messages).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"])
    }
  })

  it("does not let a canary whose events hang hold up another", async () => {
    const { recorder, told } = await recording(({ body }) => body.includes("hangs"))
    recorder.record(say("hangs"))
    recorder.record(say("waits"))
    recorder.record(say("goes on", canary("frontend")))
    await expect.poll(told).toEqual(["goes on x1"])
    recorder.close()
  })
})

describe("an API that misbehaves", () => {
  const failing = (times: number, status: number, reason: string, message = "no"): Trouble => {
    let left = times
    return (_, response) => {
      if (left-- <= 0) return false
      answer(response, status, refused(status, reason, message))
      return true
    }
  }

  it.each([
    [429, "TooManyRequests"],
    [500, "InternalError"],
  ])("is asked again after a %i", async (status, reason) => {
    const { recorder, told, time, log } = await recording(failing(3, status, reason))
    recorder.record(say("halt"))
    await recorder.flush()
    expect(told()).toEqual(["halt x1"])
    expect(time.slept).toHaveLength(3)
    expect(log).toEqual([])
  })

  it("does not get an event twice whose answer was lost", async () => {
    let lost = false
    const { recorder, server, events, told } = await recording(({ body }, response) => {
      if (lost) return false
      lost = true
      const event = JSON.parse(body)
      events.set(event.metadata.name, event)
      response.socket?.destroy()
      return true
    })
    recorder.record(say("halt"))
    recorder.record(say("halt"))
    await recorder.flush()
    expect(told()).toEqual(["halt x2"])
    expect(server.received.map(({ method }) => method)).toEqual(["POST", "POST", "PATCH"])
  })

  it("is given up after five tries, and the log says so", async () => {
    const { recorder, told, log } = await recording(failing(5, 500, "InternalError", "etcd is away"))
    recorder.record(say("lost"))
    recorder.record(say("kept"))
    await recorder.flush()
    expect(told()).toEqual(["kept x1"])
    expect(log).toEqual(["an event about Canary test/podinfo could not be written: etcd is away"])
  })

  it("that refuses is not asked again", async () => {
    const { recorder, server, log } = await recording(failing(9, 403, "Forbidden", "events is forbidden"))
    recorder.record(say("halt"))
    await recorder.flush()
    expect(server.received).toHaveLength(1)
    expect(log).toEqual(["an event about Canary test/podinfo could not be written: events is forbidden"])
  })

  it.each([
    [403, "unable to create new content in namespace test because it is being terminated"],
    [404, `namespaces "test" not found`],
  ])("is left in peace when the namespace goes away (%i)", async (status, message) => {
    const { recorder, server, log } = await recording(failing(9, status, "", message))
    recorder.record(say("halt"))
    await recorder.flush()
    expect(server.received).toHaveLength(1)
    expect(log).toEqual([])
  })
})

describe("too many events", () => {
  it("lose the oldest that still wait, which is counted", async () => {
    let hold = true
    const { recorder, log } = await recording(() => hold)
    for (let i = 0; i < 1101; i++) recorder.record(say(`${i}`, canary(`c${i % 3}`)))
    expect(recorder.dropped()).toBe(98)
    expect(log).toEqual(["more than 1000 events wait to be written; the oldest are dropped"])
    hold = false
    recorder.close()
  })

  it("about one canary in a minute are counted in the log, while others are still heard", async () => {
    const { recorder, told, log, time } = await recording()
    for (let i = 0; i < 75; i++) recorder.record(say(`${i}`))
    recorder.record(say("0"))
    recorder.record(say("heard", canary("frontend")))
    await recorder.flush()
    expect(told()).toHaveLength(61)
    expect(told()).toContain("0 x2")
    expect(told()).toContain("heard x1")
    time.now += 60_000
    recorder.record(say("next minute"))
    await recorder.flush()
    expect(told()).toContain("next minute x1")
    expect(log).toEqual(["15 more events about Canary test/podinfo within a minute were not written"])
  })
})

it("ends with what is under way when it is closed", async () => {
  const { recorder, server, log } = await recording(() => true)
  recorder.record(say("hangs"))
  recorder.record(say("waits"))
  await expect.poll(() => server.received.length).toBe(1)
  recorder.close()
  await recorder.flush()
  recorder.record(say("too late"))
  await recorder.flush()
  expect(server.received).toHaveLength(1)
  expect(log).toEqual([])
})
