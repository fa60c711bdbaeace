import { setImmediate as breath } from "node:timers/promises"
import type { Canary, Phase } from "#api/canary.ts"
import { type KubeObject, type ObjectRef, refOf } from "#api/objects.ts"
import { createEventSink } from "#hooks/event-sink.ts"
import type { HttpRequest, HttpResponse } from "#net/contract.ts"
import { createAlertDelivery } from "#notifiers/deliver.ts"
import { globalNotifier } from "#notifiers/global.ts"
import { createCanaries, keyOfCanary } from "./canaries.ts"
import { createConfigReader } from "./config-reader.ts"
import { createFakeCluster, type FakeCluster } from "./fake-cluster.test-support.ts"
import { operatorFlags, type OperatorFlags } from "./flags.ts"
import { createFollowing } from "./following.ts"
import { createLog } from "./log.ts"
import { createMetricSource } from "./metric-source.ts"
import { createOwnMetrics } from "./own-metrics.ts"
import { createReconciler } from "./reconcile.ts"
import { readSecret } from "./secrets.ts"
import { type Settings, settingsFrom } from "./settings.ts"
import { createVoice } from "./voice.ts"
import { createWitnesses } from "./witnesses.ts"

export const NAMESPACE = "shop"
const INTERVAL_MS = 10_000
const BEGINNING = Date.UTC(2026, 0, 1)

export type Reply = number | { status?: number; body: string } | "silence"
export interface SmallOperatorOptions {
  cluster?: FakeCluster
  mesh?: FakeCluster
  settings?: Partial<Settings>
  /** What hooks, chats and metrics backends answer; by default that all is well. */
  answer?: (request: HttpRequest) => Reply | undefined
  /** Of the operator before this one, whose clock goes on. */
  clock?: { nowMs: number }
}
export type SmallOperator = ReturnType<typeof smallOperator>

const defaults = Object.fromEntries(
  Object.entries(operatorFlags).map(([name, flag]) => [name, flag.default]),
) as OperatorFlags
/** Those of an operator that is given no flag. */
export const usualSettings = settingsFrom(defaults, {}, () => undefined)

export const refIn = (apiVersion: string, kind: string, name = "app"): ObjectRef => ({
  apiVersion,
  kind,
  namespace: NAMESPACE,
  name,
})
export const refTo = {
  canary: (name?: string) => refIn("flagger.app/v1beta1", "Canary", name),
  deployment: (name?: string) => refIn("apps/v1", "Deployment", name),
  service: (name?: string) => refIn("v1", "Service", name),
  configMap: (name?: string) => refIn("v1", "ConfigMap", name),
  virtualService: (name?: string) => refIn("networking.istio.io/v1beta1", "VirtualService", name),
  autoscaler: (name?: string) => refIn("autoscaling/v2", "HorizontalPodAutoscaler", name),
}
export const inShop = (object: KubeObject): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, namespace: NAMESPACE },
})

/** The operator on a cluster of plain objects, whose workloads come up at once and whose clock only tests move. */
export function smallOperator(options: SmallOperatorOptions = {}) {
  const { cluster = createFakeCluster(), mesh = cluster, answer = () => undefined } = options
  const clock = options.clock ?? { nowMs: BEGINNING }
  const settings = { ...usualSettings, ...options.settings }
  const clusters = { main: cluster, mesh }
  const canaries = createCanaries()
  const stop = new AbortController()
  const woken = new Set<string>()
  const dueMs = new Map<string, number>()
  const slow = new Set<string>()
  const stuck = new Set<string>()
  const events: { name: string; type: string; text: string }[] = []
  const calls: { url: string; body?: string }[] = []
  const logged: Record<string, unknown>[] = []

  const log = createLog({ level: "debug", encoding: "json", write: (line) => logged.push(JSON.parse(line)) })
  const metrics = createOwnMetrics({ version: "0", meshProvider: settings.meshProvider })
  const now = () => clock.nowMs
  const sleep = async () => {}
  const http = {
    async send(request: HttpRequest, signal?: AbortSignal): Promise<HttpResponse> {
      calls.push({ url: request.url, ...(request.body === undefined ? {} : { body: request.body }) })
      const reply = answer(request) ?? well(request)
      return reply === "silence" ? untilAborted(signal) : response(reply)
    },
  }
  const sink = createEventSink({
    http,
    sleep,
    globalUrl: settings.eventWebhook,
    logError: (text, { canary }) => log.about(canary).error(text),
    dropped: () => {},
  })
  const { receiver } = globalNotifier(settings.notifier)
  const alerts = createAlertDelivery({
    http,
    sleep,
    ...(receiver ? { global: receiver } : {}),
    provider: async () => undefined,
    secret: async () => undefined,
    logError: (text, { canary }) => log.about(canary).error(text),
    failed: () => {},
  })
  const source = createMetricSource({
    http,
    settings,
    template: (ref) => cluster.caches.get(ref) as never,
    secret: (namespace, name) => readSecret(cluster.api, namespace, name),
  })
  const recorder = {
    record: ({ about, type, message }: { about: Canary; type: string; message: string }) =>
      void events.push({ name: about.metadata.name, type, text: message }),
  }
  const following = createFollowing(clusters)
  const reconciler = createReconciler({
    eyes: {
      clusters,
      settings,
      configs: createConfigReader(clusters.main),
      holderOfTarget: canaries.holderOfTarget,
      follow: (canary, signature, refs) => following.follow(keyOfCanary(canary), signature, refs),
      now,
    },
    clusters,
    witnesses: createWitnesses({ http, source, metrics, log, now }),
    voice: createVoice({ log, metrics, recorder: recorder as never, sink, alerts, clusterName: "", now }),
    canary: canaries.get,
    signal: stop.signal,
  })

  for (const one of new Set([cluster, mesh])) {
    one.listen(({ type, object, own, followers }) => {
      if (object.kind === "Canary") {
        if (type === "deleted") canaries.lost(object as Canary)
        else canaries.took(object as Canary)
        if (!own) woken.add(keyOfCanary(object as Canary))
      }
      if (!own) for (const follower of followers) woken.add(follower)
    })
  }
  for (const object of cluster.all().filter(({ kind }) => kind === "Canary")) {
    canaries.took(object as Canary)
    woken.add(keyOfCanary(object as Canary))
  }

  /** What kubelet and controllers do in a real cluster. */
  function comeUp(): void {
    for (const workload of cluster.all().filter(({ kind }) => kind === "Deployment")) {
      const { name } = workload.metadata
      const inTime = slow.has(name) ? rollingOut(workload) : rolledOut(workload)
      const status = stuck.has(name) ? failedRollOut(workload) : inTime
      if (JSON.stringify(workload["status"]) === JSON.stringify(status)) continue
      cluster.change(refOf(workload), { status }, "status")
    }
  }

  /** Works until there is nothing more to do at this moment. */
  async function settle(): Promise<void> {
    for (let turn = 0; turn < 300; turn++) {
      comeUp()
      for (const [key, at] of dueMs) if (at <= clock.nowMs && dueMs.delete(key)) woken.add(key)
      const [key] = woken
      if (key === undefined) return
      woken.delete(key)
      const next = await reconciler.reconcile(key)
      if (next) {
        const at = clock.nowMs + ("retry" in next ? 500 : next.inMs)
        dueMs.set(key, Math.min(at, dueMs.get(key) ?? at))
      }
      await breath()
    }
    throw new Error(
      `does not come to rest: ${events
        .slice(-3)
        .map(({ text }) => text)
        .join("; ")}`,
    )
  }

  async function pass(ms = INTERVAL_MS): Promise<void> {
    clock.nowMs += ms
    await settle()
  }

  const status = (name?: string) => (cluster.get(refTo.canary(name)) as Canary | undefined)?.status ?? {}

  return {
    cluster,
    mesh,
    clock,
    metrics,
    calls,
    events,
    logged,
    /** Deployments whose pods are not there yet. */
    slow,
    /** Deployments whose pods will not come up. */
    stuck,
    canaries,
    reconciler,
    settle,
    pass,
    /** Nothing is planned: only a change in the cluster can make a difference. */
    idle: () => woken.size === 0 && dueMs.size === 0,
    /** While something is under way that does not come to its end. */
    async until(condition: () => boolean): Promise<void> {
      while (!condition()) await breath()
    },
    /** Ends what is under way, as a process does that is told to. */
    end: () => stop.abort(),
    /** Another process in this one's place. */
    restarted: (changes: Partial<SmallOperatorOptions> = {}) =>
      smallOperator({ ...options, cluster, mesh, clock, ...changes }),
    status,
    texts: (name = "app") => events.filter((event) => event.name === name).map(({ text }) => text),
    /** What went to the address of the event webhook: `phase: text`. */
    async payloads() {
      await sink.idle()
      const bodies = calls.filter(({ url }) => url === settings.eventWebhook).map(({ body }) => JSON.parse(body!))
      return bodies.map(({ phase, metadata }) => `${phase}: ${metadata.eventMessage}`)
    },
    series: async (start: string) => (await metrics.text()).split("\n").filter((line) => line.startsWith(start)),
    async create(...objects: KubeObject[]): Promise<void> {
      cluster.put(...objects.map(inShop))
      await settle()
    },
    async push(version: string, name?: string): Promise<void> {
      cluster.change(refTo.deployment(name), { spec: { template: { metadata: { annotations: { version } } } } })
      await settle()
    },
    /** Lets intervals pass until the canary is in the phase. */
    async reaches(phase: Phase, name = "app"): Promise<void> {
      await settle()
      for (let count = 0; status(name).phase !== phase; count++) {
        if (count === 30)
          throw new Error(`${name} stays in ${status(name).phase}: ${events.map(({ text }) => text).join("; ")}`)
        await pass()
      }
    },
  }
}

const condition = { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" }
/** The status of a Deployment whose pods are all there. */
export function rolledOut({ metadata, spec }: KubeObject) {
  const count = spec.replicas ?? 1
  const replicas = { replicas: count, updatedReplicas: count, readyReplicas: count, availableReplicas: count }
  return { observedGeneration: metadata.generation, ...replicas, conditions: [condition] }
}
const rollingOut = (workload: KubeObject) => ({ ...rolledOut(workload), updatedReplicas: 0, availableReplicas: 0 })
function failedRollOut(workload: KubeObject) {
  const failed = { ...condition, status: "False", reason: "ProgressDeadlineExceeded" }
  return { ...rollingOut(workload), conditions: [failed] }
}

/** Backends measure what every check likes; everybody else says yes. */
function well({ url }: HttpRequest): Reply {
  if (!url.includes("/api/v1/query")) return 200
  const query = new URL(url).searchParams.get("query") ?? ""
  return measured(query === "vector(1)" ? 1 : query.includes("histogram_quantile") ? 0.05 : 99.9)
}

/** The answer of a Prometheus. */
export const measured = (value: number): Reply => {
  const result = [{ metric: {}, value: [0, `${value}`] }]
  return { body: JSON.stringify({ status: "success", data: { resultType: "vector", result } }) }
}

function response(reply: Exclude<Reply, "silence">): HttpResponse {
  const { status = 200, body } = typeof reply === "number" ? { status: reply, body: "" } : reply
  return { status, statusText: "", headers: {}, body, truncated: false }
}

const untilAborted = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason), { once: true }))
