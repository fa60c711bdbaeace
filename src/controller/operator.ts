import { setFlagsFromString } from "node:v8"
import type { Canary } from "#api/canary.ts"
import type { MetricTemplate } from "#api/metric-template.ts"
import { fullName } from "#api/release.ts"
import { createEventSink } from "#hooks/event-sink.ts"
import { createCaches, type WatchedCaches } from "#kube/caches.ts"
import { createKubeApi, type KubeClient } from "#kube/client.ts"
import { loadCredentials } from "#kube/credentials.ts"
import { createRecorder } from "#kube/events.ts"
import { watchSourceOf } from "#kube/watch-source.ts"
import { createWorkQueue, type WorkQueue } from "#kube/work-queue.ts"
import { createAsker } from "#metrics/asker.ts"
import type { Http } from "#net/contract.ts"
import { proxyFromEnvironment } from "#net/proxy-environment.ts"
import { sleep } from "#net/sleep.ts"
import { createAlertDelivery } from "#notifiers/deliver.ts"
import { globalNotifier } from "#notifiers/global.ts"
import { canaryKind, createCanaries, keyOfCanary } from "./canaries.ts"
import type { Cluster, Clusters } from "./clusters.ts"
import { createConfigReader } from "./config-reader.ts"
import { createFollowing } from "./following.ts"
import { type Eyes, knownReferences, signatureOf, textOf } from "./look.ts"
import type { Log } from "./log.ts"
import { createMetricSource } from "./metric-source.ts"
import type { OwnMetrics } from "./own-metrics.ts"
import { createReconciler, type Next } from "./reconcile.ts"
import { checkCluster } from "./requirements.ts"
import { readSecret } from "./secrets.ts"
import type { Settings } from "./settings.ts"
import { createVoice } from "./voice.ts"
import { createWitnesses } from "./witnesses.ts"

export interface OperatorOptions {
  settings: Settings
  log: Log
  metrics: OwnMetrics
  http: Http
  userAgent: string
}

export interface Operator {
  /** Why nothing can be done yet; undefined when canaries are being worked on, or would be if this were the leader. */
  notReady(): string | undefined
  /** For leader election, with connections of its own. */
  leaseApi(): KubeClient
  /** Begins to act. Until then it only watches. */
  lead(): void
  /** Lets running steps end, for a moment, then drops them. */
  close(): Promise<void>
}

/** How long running steps may go on when the process is asked to end. */
const PARTING_MS = 3000

/** From here on memory is scarcer than processor time: keeping the heap small halves it, for a third more of work. */
const MANY_CANARIES = 500

/** Everything between the flags and the canaries. Rejects when the cluster cannot be worked with. */
export async function createOperator(options: OperatorOptions): Promise<Operator> {
  const { settings, log, metrics, http } = options
  const credentialsIn = (kubeconfig: string) =>
    loadCredentials({ kubeconfig, master: settings.master, proxyFor: proxyFromEnvironment(process.env) })
  const credentials = await credentialsIn(settings.kubeconfig)
  const connect = (to: typeof credentials) =>
    createKubeApi(to, {
      qps: settings.qps,
      burst: settings.burst,
      userAgent: options.userAgent,
      onAnswer: metrics.apiRequest,
    })
  const mainApi = connect(credentials)
  const meshApi =
    settings.meshKubeconfig === settings.kubeconfig ? mainApi : connect(await credentialsIn(settings.meshKubeconfig))
  await checkCluster(mainApi, settings.namespace)

  const warn = (text: string, error?: unknown) => log.warn(error === undefined ? text : `${text}: ${textOf(error)}`)
  const stop = new AbortController()
  const canaries = createCanaries()
  const queue = createWorkQueue({
    concurrency: CONCURRENCY,
    work: async (key) => {
      const canary = canaries.get(key)
      plan(queue, key, await reconciler.reconcile(key))
      // What was shown of it while it was going goes with it.
      if (canary && !canaries.get(key)) metrics.forget(canary.metadata)
    },
    onError: (key, error) => log.error(`${key}: ${String(error)}`, { error }),
  })
  let leads = false
  const wake = (key: string) => {
    if (leads && key !== FOLLOWS_ALL) queue.add(key)
  }
  const caches = cachesOf(mainApi, settings, warn, wake)
  const main: Cluster = { api: mainApi, caches }
  const meshCaches = meshApi === mainApi ? caches : cachesOf(meshApi, settings, warn, wake)
  const clusters: Clusters = { main, mesh: meshApi === mainApi ? main : { api: meshApi, caches: meshCaches } }
  metrics.holding(() => (meshCaches === caches ? caches.kinds() : [...caches.kinds(), ...meshCaches.kinds()]))
  const following = createFollowing(clusters)
  const recorder = createRecorder({ api: mainApi, component: "flagger", now: Date.now, log: warn })
  const sink = createEventSink({
    http,
    sleep,
    globalUrl: settings.eventWebhook,
    logError: (text, { canary, detail }) => log.about(canary).error(detail ? `${text} ${detail}` : text),
    dropped: () => metrics.deliveryDropped("webhook"),
  })
  const everyone = globalNotifier(settings.notifier)
  if (everyone.error) log.error(everyone.error)
  if (everyone.info) log.info(everyone.info)
  const alerts = createAlertDelivery({
    http,
    sleep,
    ...(everyone.receiver ? { global: everyone.receiver } : {}),
    noCrossNamespaceRefs: settings.noCrossNamespaceRefs,
    provider: async (namespace, name) =>
      (await mainApi.get({ ...canaryKind, kind: "AlertProvider", namespace, name })) as never,
    secret: (namespace, name) => readSecret(mainApi, namespace, name),
    logError: (text, { canary }) => log.about(canary).error(text),
    failed: () => metrics.deliveryFailed("alert"),
  })
  const source = createMetricSource({
    http: createAsker(http, { maxConcurrent: BACKEND_CONCURRENCY }),
    settings,
    template: (ref) => caches.get(ref) as MetricTemplate | undefined,
    secret: (namespace, name) => readSecret(mainApi, namespace, name),
  })

  const eyes: Eyes = {
    clusters,
    settings,
    configs: createConfigReader(clusters.main),
    holderOfTarget: canaries.holderOfTarget,
    follow: (canary, signature, refs) => following.follow(keyOfCanary(canary), signature, refs),
    now: Date.now,
  }
  const reconciler = createReconciler({
    eyes,
    clusters,
    witnesses: createWitnesses({ http, source, metrics, log, now: Date.now }),
    voice: createVoice({ log, metrics, recorder, sink, alerts, clusterName: settings.clusterName, now: Date.now }),
    canary: canaries.get,
    signal: stop.signal,
  })

  let ready = false
  watchCanaries()
  caches.followAll(FOLLOWS_ALL, canaryKind).then(
    () => (ready = true),
    (error: unknown) => log.error(`Canaries cannot be watched: ${String(error)}`),
  )
  void source.probe(log)

  function counted(perNamespace: ReadonlyMap<string, number>): void {
    metrics.totals(perNamespace)
    const total = [...perNamespace.values()].reduce((sum, count) => sum + count, 0)
    if (total >= MANY_CANARIES) setFlagsFromString("--optimize-for-size")
  }

  function watchCanaries(): void {
    caches.onAny(canaryKind, (type, object, own) => {
      const canary = object as Canary
      const key = keyOfCanary(canary)
      if (type === "deleted") {
        log.about(fullName(canary)).info(`Deleting ${fullName(canary)} from cache`)
        for (const other of canaries.lost(canary)) wake(keyOfCanary(other))
        following.end(key)
        metrics.forget(canary.metadata)
        alerts.forget(canary)
        queue.forget(key)
      } else {
        canaries.took(canary)
        metrics.seen(canary)
        // All canaries of the first list are followed before anything else is listed, so that each kind is listed once.
        if (type === "added") {
          const refs = () => knownReferences(canary, settings.meshProvider)
          // A refusal is met again, and told, when the canary is looked at.
          following.follow(key, signatureOf(canary, []), refs).catch(() => undefined)
        }
      }
      if (type !== "modified") counted(canaries.perNamespace())
      if (!own) wake(key)
    })
  }

  return {
    notReady: () =>
      ready ? undefined : (caches.problemOf(canaryKind.apiVersion, "Canary") ?? "canaries are not listed yet"),
    leaseApi: () => connect(credentials),
    lead() {
      leads = true
      for (const canary of caches.all(canaryKind)) queue.add(keyOfCanary(canary as Canary))
    },
    async close() {
      leads = false
      const parting = setTimeout(() => stop.abort(), PARTING_MS)
      await queue.close()
      clearTimeout(parting)
      stop.abort()
      const patience = new AbortController()
      const allSaid = Promise.all([recorder.flush(), sink.idle(), alerts.idle()])
      await Promise.race([allSaid, sleep(PARTING_MS, patience.signal)])
      patience.abort()
      recorder.close()
      sink.close()
      alerts.close()
      await Promise.all([caches.close(), meshCaches.close()])
      await Promise.all([mainApi.close(), meshApi.close()])
    },
  }
}

/** Questions that one metrics backend is asked at once. */
const BACKEND_CONCURRENCY = 16
/** Who follows all canaries; woken for each of them, beside the canary itself. */
const FOLLOWS_ALL = "operator"
/** Steps that may be under way at once; each is mostly waiting for somebody. */
const CONCURRENCY = 64

function plan(queue: WorkQueue, key: string, next: Next): void {
  if (next && "retry" in next) return queue.retry(key)
  queue.forget(key)
  if (next) queue.addAfter(key, next.inMs)
}

function cachesOf(
  api: KubeClient,
  settings: Settings,
  log: (text: string, error?: unknown) => void,
  wake: (key: string) => void,
): WatchedCaches {
  return createCaches({
    source: watchSourceOf(api),
    ...(settings.namespace ? { namespace: settings.namespace } : {}),
    metadataOnly: (kind) => kind === "ConfigMap" || kind === "Secret",
    onChange: (followers) => {
      for (const key of followers) wake(key)
    },
    log,
  })
}
