import { describe, expect, it } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import { ApiError, type KubeApi } from "./contract.ts"
import { runAsLeader } from "./lease.ts"

/** Time that passes only when told to. */
function fakeTime(startMs = Date.UTC(2026, 0, 1)) {
  let now = startMs
  const sleepers = new Set<{ until: number; wake: () => void }>()
  return {
    now: () => now,
    sleep: (ms: number, signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        if (signal.aborted) return resolve()
        const giveUp = () => {
          sleepers.delete(sleeper)
          resolve()
        }
        const wake = () => {
          signal.removeEventListener("abort", giveUp)
          resolve()
        }
        const sleeper = { until: now + ms, wake }
        signal.addEventListener("abort", giveUp)
        sleepers.add(sleeper)
      }),
    async pass(seconds: number) {
      const end = now + seconds * 1000
      await settled()
      for (;;) {
        const next = [...sleepers].sort((a, b) => a.until - b.until)[0]
        if (!next || next.until > end) break
        now = Math.max(now, next.until)
        sleepers.delete(next)
        next.wake()
        await settled()
      }
      now = end
    },
  }
}
const settled = () => new Promise(setImmediate)
type Time = ReturnType<typeof fakeTime>

/** A cluster that holds one Lease. */
function leaseCluster() {
  let lease: KubeObject | undefined
  let version = 0
  let state: "up" | "down" | "silent" = "up"
  const calls: string[] = []

  function write(spec: object): KubeObject {
    const metadata = { name: "flagger-leader-election", namespace: "system", resourceVersion: `${++version}` }
    lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec: { ...lease?.spec, ...spec } }
    return structuredClone(lease)
  }
  async function call<T>(name: string, signal: AbortSignal | undefined, result: () => T): Promise<T> {
    calls.push(name)
    if (state === "down") throw new Error("connection refused")
    if (state === "silent") {
      return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)))
    }
    signal?.throwIfAborted()
    return result()
  }
  const api: KubeApi = {
    host: "https://cluster",
    get: (_, options) => call("get", options?.signal, () => lease && structuredClone(lease)),
    create: (object, options) =>
      call("create", options?.signal, () => {
        if (lease) throw new ApiError("exists", 409, "AlreadyExists")
        return write(object.spec)
      }),
    patch: (_, body, options) =>
      call("patch", options?.signal, () => {
        const { metadata, spec } = body as KubeObject
        if (metadata.resourceVersion !== lease?.metadata.resourceVersion) throw new ApiError("stale", 409, "Conflict")
        return write(spec)
      }),
    delete: () => Promise.reject(new Error("nobody deletes a lease")),
    raw: () => Promise.reject(new Error("nothing else is asked")),
  }
  return { api, calls, write, spec: () => lease?.spec, becomes: (next: typeof state) => void (state = next) }
}
type Cluster = ReturnType<typeof leaseCluster>

function candidate(identity: string, cluster: Cluster, time: Time) {
  const stopping = new AbortController()
  const story: string[] = []
  const complaints: string[] = []
  let stoppedAt: number | undefined
  const ended = runAsLeader({
    api: cluster.api,
    namespace: "system",
    identity,
    signal: stopping.signal,
    now: time.now,
    sleep: time.sleep,
    log: (message, error) => complaints.push(`${message}: ${String((error as Error).message)}`),
    onStart: () => void story.push("start"),
    onStop: (why) => {
      stoppedAt = time.now()
      story.push(`stop: ${why}`)
    },
  })
  return { story, complaints, ended, stop: () => stopping.abort(), stoppedAt: () => stoppedAt }
}

describe("leader election", () => {
  it("makes the first candidate the leader and keeps it there with one request per renewal", async () => {
    const [cluster, time] = [leaseCluster(), fakeTime(Date.UTC(2026, 0, 1) + 0.25)]
    const a = candidate("a", cluster, time)
    await time.pass(0)
    expect(a.story).toEqual(["start"])
    expect(cluster.spec()).toEqual({
      holderIdentity: "a",
      leaseDurationSeconds: 15,
      leaseTransitions: 0,
      acquireTime: "2026-01-01T00:00:00.000250Z",
      renewTime: "2026-01-01T00:00:00.000250Z",
    })
    await time.pass(60)
    expect(a.story).toEqual(["start"])
    expect(cluster.calls).toEqual(["get", "create", ...Array.from({ length: 30 }, () => "patch")])
    expect(cluster.spec()).toMatchObject({ acquireTime: "2026-01-01T00:00:00.000250Z", leaseTransitions: 0 })
    expect(cluster.spec()?.renewTime).toBe("2026-01-01T00:01:00.000250Z")
  })

  it("lets only one of several candidates lead", async () => {
    const [cluster, time] = [leaseCluster(), fakeTime()]
    const all = ["a", "b", "c"].map((identity) => candidate(identity, cluster, time))
    await time.pass(120)
    expect(all.filter(({ story }) => story.includes("start"))).toHaveLength(1)
    expect(all.flatMap(({ complaints }) => complaints)).toEqual([])
  })

  it("hands over within seconds when the leader stops on request", async () => {
    const [cluster, time] = [leaseCluster(), fakeTime()]
    const a = candidate("a", cluster, time)
    await time.pass(1)
    const b = candidate("b", cluster, time)
    await time.pass(20)
    expect(b.story).toEqual([])
    a.stop()
    await a.ended
    expect(a.story).toEqual(["start", "stop: given up on request"])
    expect(cluster.spec()).toMatchObject({ holderIdentity: "", leaseDurationSeconds: 1, leaseTransitions: 0 })
    await time.pass(5)
    expect(b.story).toEqual(["start"])
    expect(cluster.spec()).toMatchObject({ holderIdentity: "b", leaseDurationSeconds: 15, leaseTransitions: 1 })
  })

  it("releases the lease only after the work has ended", async () => {
    const [cluster, time] = [leaseCluster(), fakeTime()]
    const stopping = new AbortController()
    let endWork = (): void => undefined
    const { api } = cluster
    const { now, sleep } = time
    const ended = runAsLeader({
      api,
      now,
      sleep,
      namespace: "system",
      identity: "a",
      signal: stopping.signal,
      log: () => undefined,
      onStart: () => undefined,
      onStop: () => new Promise<void>((resolve) => (endWork = resolve)),
    })
    await time.pass(1)
    stopping.abort()
    await time.pass(1)
    expect(cluster.spec()?.holderIdentity).toBe("a")
    endWork()
    await ended
    expect(cluster.spec()?.holderIdentity).toBe("")
  })

  it("takes over from a leader that died, 15 seconds after its last sign of life and not before", async () => {
    const [cluster, time] = [leaseCluster(), fakeTime()]
    cluster.write({ holderIdentity: "dead", leaseDurationSeconds: 15, leaseTransitions: 4 })
    const b = candidate("b", cluster, time)
    await time.pass(14.9)
    expect(b.story).toEqual([])
    await time.pass(5)
    expect(b.story).toEqual(["start"])
    expect(cluster.spec()).toMatchObject({ holderIdentity: "b", leaseTransitions: 5 })
  })

  it("does not believe clocks of other nodes", async () => {
    const [cluster, time] = [leaseCluster(), fakeTime()]
    const longAgo = { holderIdentity: "a", leaseDurationSeconds: 15, renewTime: "2001-01-01T00:00:00.000000Z" }
    cluster.write(longAgo)
    const b = candidate("b", cluster, time)
    for (let second = 0; second < 60; second += 2) {
      cluster.write({ ...longAgo, renewTime: `2001-01-01T00:00:${String(second).padStart(2, "0")}.000000Z` })
      await time.pass(2)
    }
    expect(b.story).toEqual([])
  })

  it.each(["down", "silent"] as const)("stops the leader at the renew deadline when the API is %s", async (state) => {
    const [cluster, time] = [leaseCluster(), fakeTime()]
    const a = candidate("a", cluster, time)
    await time.pass(6)
    const lastRenewal = Date.parse(cluster.spec()?.renewTime)
    cluster.becomes(state)
    await time.pass(9)
    await time.pass(2)
    await a.ended
    expect(a.story).toEqual(["start", "stop: the lease could not be renewed for 10s"])
    expect(a.stoppedAt()).toBe(lastRenewal + 10_000)
    expect(a.complaints[0]).toMatch(/^cannot renew the lease flagger-leader-election: /)
  })

  it("survives an API that comes back in time", async () => {
    const [cluster, time] = [leaseCluster(), fakeTime()]
    const a = candidate("a", cluster, time)
    await time.pass(6)
    cluster.becomes("down")
    await time.pass(7)
    cluster.becomes("up")
    await time.pass(60)
    expect(a.story).toEqual(["start"])
  })

  it("stops at once when somebody else has the lease", async () => {
    const [cluster, time] = [leaseCluster(), fakeTime()]
    const a = candidate("a", cluster, time)
    await time.pass(6)
    cluster.write({ holderIdentity: "b" })
    await time.pass(2)
    await a.ended
    expect(a.story).toEqual(["start", "stop: b has the lease"])
    expect(cluster.spec()?.holderIdentity).toBe("b")
  })

  it("goes on when only something around the lease was changed", async () => {
    const [cluster, time] = [leaseCluster(), fakeTime()]
    const a = candidate("a", cluster, time)
    await time.pass(6)
    cluster.write({})
    await time.pass(30)
    expect(a.story).toEqual(["start"])
    expect(cluster.spec()?.leaseTransitions).toBe(0)
  })

  it("tells why a candidate cannot take the lease, and lets it stop without leading", async () => {
    const [cluster, time] = [leaseCluster(), fakeTime()]
    cluster.becomes("down")
    const a = candidate("a", cluster, time)
    await time.pass(1)
    expect(a.complaints).toEqual(["cannot take the lease flagger-leader-election: connection refused"])
    cluster.becomes("up")
    cluster.write({ holderIdentity: "b" })
    a.stop()
    await a.ended
    expect(a.story).toEqual([])
    expect(cluster.spec()?.holderIdentity).toBe("b")
  })
})
