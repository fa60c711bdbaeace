import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { KubeObject } from "#api/objects.ts"
import { ApiError, type Log } from "#kube/contract.ts"
import type { ChangeType, Clock, Cluster } from "../contract.ts"
import { createAddresses } from "./addresses.ts"
import { type BackOffLimits, usualBackOff } from "./back-off.ts"
import type { ContainerLife } from "./container.ts"
import { createTell } from "./events.ts"
import { builtInImages, type Image } from "./images.ts"
import type { LogBuffer } from "./log-buffer.ts"
import { type LogOptions, readLog } from "./logs.ts"
import { NODE, registerNode, renewLease } from "./node.ts"
import { type Pod, podKeyOf, podKind } from "./pod.ts"
import { type PodLife, startPod, type World } from "./pod-life.ts"
import { createUsage, type Usage } from "./usage.ts"

export interface KubeletOptions {
  cluster: Cluster
  clock: Clock
  /** What runs the demo app. */
  demoApp: string[]
  /** Looked at before those that are built in. */
  images?: Image[]
  /** How long containers wait before they start again. */
  backOff?: BackOffLimits
  log: Log
}

export interface Kubelet {
  /** Ends every process at once. Nothing is written about it: a later kubelet finds the pods and starts them again. */
  stop(): Promise<void>
  /** What a container has written. Throws `ApiError` where there is nothing that could be read. */
  logsOf(podKey: string, container: string, options?: LogOptions): AsyncIterable<Buffer>
  /** Undefined where it cannot be known. */
  usage(podKey: string): Usage | undefined
}

/** Runs the pods of the one node as processes of this machine. */
export function startKubelet({
  cluster,
  clock,
  demoApp,
  images = [],
  backOff = usualBackOff,
  log,
}: KubeletOptions): Kubelet {
  const folder = mkdtempSync(join(tmpdir(), "flagger-pods-"))
  const world: World = {
    cluster,
    clock,
    log,
    backOff,
    folder,
    images: [...images, ...builtInImages(demoApp)],
    tell: createTell({ cluster, clock, log, host: NODE }),
    addresses: createAddresses(),
  }
  const lives = new Map<string, PodLife>()
  /** Of pods that are gone while their programs still end. */
  const leaving = new Set<PodLife>()
  const usageOf = createUsage(clock)

  function onPod(type: ChangeType, object: KubeObject): void {
    const pod = object as Pod
    const key = podKeyOf(pod)
    const life = lives.get(key)
    if (type === "DELETED") return life?.uid === pod.metadata.uid ? forget(key) : undefined
    if (pod.spec.nodeName !== NODE) return
    if (life?.uid === pod.metadata.uid) return life?.update(pod)
    forget(key)
    lives.set(key, startPod(pod, world))
  }

  function forget(key: string): void {
    const life = lives.get(key)
    if (!life) return
    lives.delete(key)
    leaving.add(life)
    void life.gone().then(() => leaving.delete(life))
  }

  function onConfig(_type: ChangeType, { metadata }: KubeObject): void {
    for (const [key, life] of lives) if (key.startsWith(`${metadata.namespace}/`)) life.configChanged()
  }

  registerNode({ cluster, clock })
  const ends = [
    renewLease({ cluster, clock }),
    cluster.watch({ apiVersion: "v1", kind: "ConfigMap" }, onConfig),
    cluster.watch({ apiVersion: "v1", kind: "Secret" }, onConfig),
    cluster.watch(podKind, onPod),
  ]

  return {
    async stop() {
      for (const end of ends) end()
      await Promise.all([...lives.values(), ...leaving].map((life) => life.shutDown()))
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
    },
    logsOf(podKey, container, options = {}) {
      const found = lives
        .get(podKey)
        ?.containers()
        .find(({ view }) => view.spec.name === container)
      return readLog(logOf(podKey, container, found, options), options, clock.now())
    },
    usage(podKey) {
      const containers = lives.get(podKey)?.containers() ?? []
      return usageOf(containers.flatMap(groupOf))
    },
  }
}

function groupOf(container: ContainerLife): { pid: number; startMs: number }[] {
  const pid = container.pid()
  const startedAt = container.view.state.running?.startedAt
  return pid && startedAt ? [{ pid, startMs: Date.parse(String(startedAt)) }] : []
}

function logOf(
  podKey: string,
  name: string,
  container: ContainerLife | undefined,
  { previous }: LogOptions,
): LogBuffer {
  const what = `container "${name}" in pod "${podKey.split("/")[1]}"`
  if (!container) throw refused(`${what} is not available`)
  const { waiting } = container.view.state
  const [last, before] = container.logs()
  if (previous) {
    const log = waiting ? last : before
    if (log) return log
    throw refused(`previous terminated ${what} not found`)
  }
  if (last) return last
  throw refused(
    `${what} is waiting to start: ${waitingText[waiting?.reason ?? ""] ?? waiting?.reason ?? "no logs yet"}`,
  )
}

const waitingText: Record<string, string> = {
  ErrImagePull: "image can't be pulled",
  ImagePullBackOff: "trying and failing to pull image",
}

const refused = (message: string): ApiError => new ApiError(message, 400, "BadRequest")
