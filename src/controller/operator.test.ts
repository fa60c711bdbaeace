import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import type { Canary } from "#api/canary.ts"
import type { KubeObject, ObjectRef } from "#api/objects.ts"
import { type FakeApi, startFakeApi } from "#kube/fake-api.test-server.ts"
import { createHttp } from "#net/http.ts"
import { canary, deployment } from "#test/cluster/objects.ts"
import { type Answer, localServer } from "#test/local-server.ts"
import { createLog } from "./log.ts"
import { createOperator, type Operator } from "./operator.ts"
import { createOwnMetrics, type OwnMetrics } from "./own-metrics.ts"
import type { Settings } from "./settings.ts"
import { inShop, measured, refTo, rolledOut, usualSettings } from "./small-operator.test-support.ts"

interface Running {
  operator: Operator
  metrics: OwnMetrics
  logged: Record<string, unknown>[]
  close(): Promise<void>
}

async function api(...objects: KubeObject[]): Promise<FakeApi> {
  const server = await startFakeApi()
  onTestFinished(() => server.close())
  for (const object of objects) server.put(object)
  return server
}

async function started(server: FakeApi, settings: Partial<Settings> = {}, { leads = true } = {}): Promise<Running> {
  const running = await connected(server, settings)
  await soon(() => expect(running.operator.notReady()).toBeUndefined())
  if (leads) running.operator.lead()
  return running
}

async function connected(server: FakeApi, settings: Partial<Settings> = {}): Promise<Running> {
  const prometheus = settings.metricsServer ?? (await answering((_, response) => response.end(measuredBody)))
  const http = createHttp({ env: {} })
  const metrics = createOwnMetrics({ version: "0", meshProvider: "istio" })
  const logged: Record<string, unknown>[] = []
  const log = createLog({ level: "debug", encoding: "json", write: (line) => logged.push(JSON.parse(line)) })
  const all = { ...usualSettings, master: server.origin, metricsServer: prometheus, ...settings }
  const operator = await createOperator({ settings: all, log, metrics, http, userAgent: "test" })
  let closed: Promise<void> | undefined
  const close = () => (closed ??= operator.close().then(() => http.close()))
  onTestFinished(close)
  return { operator, metrics, logged, close }
}

const measuredBody = (measured(1) as { body: string }).body
const answering = async (answer: Answer): Promise<string> => (await localServer(answer)).url

/** An object as it is on the server. */
const at = (server: FakeApi, { kind, namespace, name }: ObjectRef): KubeObject | undefined =>
  server.stored().find((one) => one.kind === kind && one.metadata.namespace === namespace && one.metadata.name === name)
const statusOf = (server: FakeApi, name?: string) => (at(server, refTo.canary(name)) as Canary | undefined)?.status
const texts = (server: FakeApi) => server.stored().flatMap(({ kind, message }) => (kind === "Event" ? [message] : []))
const writes = ({ requests }: FakeApi) => requests.filter(({ method }) => method !== "GET").map(({ url }) => url)
const series = async ({ metrics }: Running, start: string) =>
  (await metrics.text()).split("\n").filter((line) => line.startsWith(start))

const workload = (name?: string, generation = 1): KubeObject => {
  const made = inShop(deployment(name))
  return { ...made, metadata: { ...made.metadata, generation } }
}
const release = (name?: string, spec?: Parameters<typeof canary>[1]): KubeObject => inShop(canary(name, spec))

/** Well before an interval is over. */
const soon = (check: () => unknown) => vi.waitFor(check, { timeout: 5000, interval: 10 })
/** Brings pods up until something is so. */
const until = (server: FakeApi, check: () => void): Promise<void> =>
  vi.waitFor(
    () => {
      for (const one of server.stored().filter(({ kind }) => kind === "Deployment")) {
        const status = rolledOut(one)
        if (JSON.stringify(one["status"]) !== JSON.stringify(status)) server.put({ ...one, status })
      }
      check()
    },
    { timeout: 10_000, interval: 10 },
  )
const reaches = (server: FakeApi, phase: string, name?: string) =>
  until(server, () => expect(statusOf(server, name)?.phase).toBe(phase))

describe("the operator", () => {
  it("works on all canaries that are there at once, not on some per second [fix 31]", async () => {
    const names = Array.from({ length: 150 }, (_, number) => `app-${number}`)
    const server = await api(...names.map((name) => release(name)))
    await started(server)
    await soon(() => {
      const told = names.filter((name) => statusOf(server, name)?.conditions?.[0]?.reason === "TargetNotFound")
      expect(told).toHaveLength(names.length)
    })
  })
  it("watches and shows canaries while another one leads, and writes nothing until it leads itself [fix 29]", async () => {
    const server = await api(workload(), { ...release(), status: { phase: "Failed", canaryWeight: 100 } })
    const running = await started(server, {}, { leads: false })
    expect(await series(running, "flagger_canary_status")).toEqual([
      'flagger_canary_status{name="app",namespace="shop"} 2',
    ])
    server.put(workload("other"))
    server.put(release("other"))
    await soon(async () =>
      expect(await series(running, "flagger_canary_total")).toEqual(['flagger_canary_total{namespace="shop"} 2']),
    )
    expect(writes(server)).toEqual([])
    running.operator.lead()
    await reaches(server, "Progressing")
    await reaches(server, "Initialized", "other")
  })
  it("does not begin where the cluster lacks our kinds", async () => {
    const server = await api()
    server.refuse(/canaries/, 404)
    await expect(started(server)).rejects.toThrow("Canary CRD is not registered")
  })
  it("says why it is not ready while canaries cannot be listed", async () => {
    const server = await api()
    const answerLists = server.hold(/canaries\?(?!limit)/)
    const { operator } = await connected(server)
    expect(operator.notReady()).toBe("canaries are not listed yet")
    answerLists()
    await soon(() => expect(operator.notReady()).toBeUndefined())
  })
  it("never works twice at once on one canary, however often it is woken [fix 30]", async () => {
    let [now, most, calls] = [0, 0, 0]
    const url = await answering(async (_, response) => {
      calls++
      most = Math.max(most, ++now)
      await soon(() => expect(woken).toBe(true))
      now--
      response.end()
    })
    let woken = false
    const server = await api(
      workload(),
      release("app", { analysis: { webhooks: [{ name: "gate", type: "confirm-rollout", url }] } }),
    )
    await started(server)
    await reaches(server, "Initialized")
    push(server, "2")
    await soon(() => expect(calls).toBe(1))
    for (let version = 3; version < 20; version++) push(server, `${version}`)
    server.put({
      ...at(server, refTo.canary())!,
      metadata: { ...at(server, refTo.canary())!.metadata, labels: { a: "b" } },
    })
    woken = true
    await reaches(server, "Progressing")
    expect(most).toBe(1)
  })
  it("is not held up by a canary whose hook does not answer [fix 19, 20]", async () => {
    const unanswered: (() => void)[] = []
    const url = await answering((_, response) => unanswered.push(() => response.end()))
    const slow = { analysis: { webhooks: [{ name: "gate", type: "confirm-rollout", url, timeout: "30s" }] } }
    const server = await api(workload(), release("app", slow), workload("other"), release("other"))
    await started(server)
    await reaches(server, "Initialized")
    push(server, "2")
    await reaches(server, "Initialized", "other")
    push(server, "2", "other")
    await until(server, () => expect(statusOf(server, "other")?.canaryWeight).toBe(30))
    expect(statusOf(server)?.phase).toBe("Initialized")
    for (const answer of unanswered) answer()
  })
})

describe("a canary that is deleted", () => {
  it("takes its series and what was watched for it along, and is nothing to count [fix 16, 35]", async () => {
    const server = await api(workload(), release())
    const running = await started(server)
    await reaches(server, "Initialized")
    await soon(async () => expect(await series(running, "flagger_canary_weight{")).toHaveLength(2))
    server.remove(refTo.canary())
    await soon(async () =>
      expect(await series(running, "flagger_canary_")).toEqual(['flagger_canary_total{namespace="shop"} 0']),
    )
    expect(running.logged).toContainEqual(
      expect.objectContaining({ msg: "Deleting app.shop from cache", canary: "app.shop" }),
    )
    const before = writes(server).length
    push(server, "2")
    server.put(workload("other"))
    server.put(release("other"))
    await reaches(server, "Initialized", "other")
    expect(
      writes(server)
        .slice(before)
        .filter((url) => /\/app(-primary|-canary)?(\/|$)/.test(url)),
    ).toEqual([])
  })
  it("is noticed also when that happened while the watch was away [fix 16]", async () => {
    const server = await api(workload(), release())
    const running = await started(server)
    await reaches(server, "Initialized")
    server.silence()
    server.remove(refTo.canary())
    server.compact()
    server.resetWatches()
    server.speak()
    await soon(async () =>
      expect(await series(running, "flagger_canary_total")).toEqual(['flagger_canary_total{namespace="shop"} 0']),
    )
    expect(await series(running, "flagger_canary_status")).toEqual([])
  })
  it("in the middle of a check leaves no series behind [fix 35]", async () => {
    const unanswered: (() => void)[] = []
    let silent = false
    const metricsServer = await answering(({ url }, response) => {
      if (silent && !url.includes("vector")) unanswered.push(() => response.end(measuredBody))
      else response.end(measuredBody)
    })
    const server = await api(workload(), release())
    const first = await started(server, { metricsServer })
    await reaches(server, "Initialized")
    push(server, "2")
    await until(server, () => expect(statusOf(server)?.canaryWeight).toBe(30))
    await first.close()

    // As if an interval had passed.
    const before = at(server, refTo.canary())!
    server.put({ ...before, status: { ...before["status"], lastTransitionTime: "2026-01-01T00:00:00Z" } })
    const running = await started(server, { metricsServer }, { leads: false })
    silent = true
    running.operator.lead()
    await soon(() => expect(unanswered).toHaveLength(1))
    server.remove(refTo.canary())
    await soon(async () => expect(await series(running, "flagger_canary_status{")).toEqual([]))
    silent = false
    for (const answer of unanswered) answer()
    server.put(workload("other"))
    server.put(release("other"))
    await reaches(server, "Initialized", "other")
    expect(await series(running, "flagger_canary_metric_analysis{")).toEqual([])
  })
  it("frees its target for the younger canary that was refused, at once [fix 38]", async () => {
    const rival = release("rival", { targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "app" } })
    const age = (object: KubeObject, creationTimestamp: string) => ({
      ...object,
      metadata: { ...object.metadata, creationTimestamp },
    })
    const server = await api(age(release(), "2026-01-01T00:00:00Z"), age(rival, "2026-01-01T00:00:01Z"))
    await started(server)
    const complaint = (name: string) => statusOf(server, name)?.conditions?.[0]?.reason
    await soon(() => expect([complaint("app"), complaint("rival")]).toEqual(["TargetNotFound", "TargetTaken"]))
    server.remove(refTo.canary())
    await soon(() => expect(complaint("rival")).toBe("TargetNotFound"))
  })
})

describe("a namespace to watch", () => {
  it("is the only one in which canaries are served, and in which anything is listed", async () => {
    const elsewhere = { ...release("far"), metadata: { name: "far", namespace: "elsewhere" } }
    const server = await api(workload(), release(), elsewhere)
    await started(server, { namespace: "shop" })
    await reaches(server, "Initialized")
    const lists = server.requests.filter(({ method }) => method === "GET").map(({ url }) => url)
    expect(lists.filter((url) => !url.includes("/namespaces/shop/") && url !== "/version")).toEqual([])
    expect(server.stored().find(({ metadata }) => metadata.namespace === "elsewhere")?.["status"]).toBeUndefined()
  })
})

describe("a mesh in another cluster", () => {
  it("is watched and written with its own kubeconfig", async () => {
    const [server, mesh] = [await api(workload(), release()), await api()]
    const folder = mkdtempSync(join(tmpdir(), "flagger-"))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const kubeconfig = (name: string, { origin }: FakeApi): string => {
      const path = join(folder, name)
      const of = (value: object) => [{ name: "it", ...value }]
      const context = { cluster: "it", user: "it" }
      const config = {
        clusters: of({ cluster: { server: origin } }),
        users: of({ user: {} }),
        contexts: of({ context }),
      }
      writeFileSync(path, JSON.stringify({ ...config, "current-context": "it" }))
      return path
    }
    const settings = { kubeconfig: kubeconfig("main", server), meshKubeconfig: kubeconfig("mesh", mesh), master: "" }
    await started(server, settings)
    await reaches(server, "Initialized")
    expect(at(mesh, refTo.virtualService())?.metadata.ownerReferences).toBeUndefined()
    expect(at(server, refTo.virtualService())).toBeUndefined()
    mesh.remove(refTo.virtualService())
    await soon(() => expect(at(mesh, refTo.virtualService())).toBeDefined())
  })
})

describe("the end", () => {
  it("lets a running step come to its end, with everything told", async () => {
    let asked = false
    let open = () => {}
    const url = await answering((_, response) => {
      asked = true
      open = () => response.end()
    })
    const analysis = { webhooks: [{ name: "gate", type: "confirm-rollout", url }] }
    const server = await api(workload(), release("app", { analysis }))
    const { operator } = await started(server)
    await reaches(server, "Initialized")
    push(server, "2")
    await soon(() => expect(asked).toBe(true))
    const closing = operator.close()
    open()
    await closing
    expect(texts(server)).toContain("Confirm-rollout check gate passed")
    expect(statusOf(server)?.phase).toBe("Progressing")
  })
  it("ends at once when it has nothing under way", async () => {
    const server = await api(workload(), release())
    const { operator } = await started(server)
    await reaches(server, "Initialized")
    const began = performance.now()
    await operator.close()
    expect(performance.now() - began).toBeLessThan(1500)
  })
  it("counts its requests, and shows what it holds in memory", async () => {
    const server = await api(workload(), release(), workload("other"))
    const running = await started(server)
    await reaches(server, "Initialized")
    const [created] = await series(running, 'flagger_kubernetes_requests_total{verb="POST",code="201"}')
    expect(Number(created?.split(" ")[1])).toBeGreaterThanOrEqual(3)
    expect(await series(running, "flagger_cached_objects{")).toContain('flagger_cached_objects{kind="Canary"} 1')
    expect(await series(running, "flagger_watches_total{")).toContain('flagger_watches_total{kind="Canary"} 1')
  })
})

/** A new version of a Deployment. */
function push(server: FakeApi, version: string, name?: string): void {
  const { status: _, ...before } = at(server, refTo.deployment(name))!
  const { spec, metadata } = before
  const template = { ...spec.template, metadata: { ...spec.template.metadata, annotations: { version } } }
  server.put({
    ...before,
    metadata: { ...metadata, generation: (metadata.generation ?? 0) + 1 },
    spec: { ...spec, template },
  })
}
