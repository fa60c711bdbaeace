import { mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import type { Log } from "#kube/contract.ts"
import type { Clock, Cluster } from "../contract.ts"
import type { Addresses, Place } from "./addresses.ts"
import type { BackOffLimits } from "./back-off.ts"
import { createBell } from "./bell.ts"
import type { ContainerLife } from "./container.ts"
import type { Config } from "./environment.ts"
import type { Happening, Tell } from "./events.ts"
import type { Image } from "./images.ts"
import { HOST_IP } from "./node.ts"
import { allPorts, type Pod, podRef } from "./pod.ts"
import { containersOf, whereabouts } from "./pod-containers.ts"
import { createPodStatus } from "./pod-status.ts"
import { createVolumes, type PodVolumes } from "./pod-volumes.ts"
import { portsAnnotation } from "./ports.ts"
import { runInOrder, stopLasting, stopOthers } from "./sequence.ts"
import { hasEnded } from "./status.ts"
import { viewsOf } from "./views.ts"

/** What all pods of the node have around them. */
export interface World {
  cluster: Cluster
  clock: Clock
  log: Log
  tell: Tell
  images: readonly Image[]
  backOff: BackOffLimits
  addresses: Addresses
  /** Where the folders of pods are. */
  folder: string
}

/** A pod on this node, from its first sight to its end. */
export interface PodLife {
  readonly uid: string | undefined
  containers(): readonly ContainerLife[]
  update(pod: Pod): void
  /** A ConfigMap or a Secret of its namespace is another one. */
  configChanged(): void
  /** It is no longer known to the API server. Resolves when nothing of it runs. */
  gone(): Promise<void>
  /** Ends everything at once, and tells nobody. */
  shutDown(): Promise<void>
}

const RETRY_MOUNT_MS = 10_000

export function startPod(first: Pod, world: World): PodLife {
  const { cluster, clock } = world
  const views = viewsOf(first)
  const folder = join(world.folder, first.metadata.uid ?? first.metadata.name)
  const startMs = Date.parse(String(first.status?.startTime ?? "")) || clock.now()
  const ending = new AbortController()
  const config: Config = (kind, name) =>
    cluster.get({ apiVersion: "v1", kind, namespace: first.metadata.namespace, name })
  /** Rings when the pod's spec or what it refers to is another one. */
  const changes = createBell(clock)
  /** Rings when one of its containers is in another state. */
  const progress = createBell(clock)
  const status = createPodStatus(world, first, () => ({
    containers: views,
    hostIP: HOST_IP,
    ip: place?.ip,
    canStart,
    startMs,
    isOver,
    failure,
  }))
  let pod = first
  let place: Place | undefined
  let volumes: PodVolumes | undefined
  let containers: ContainerLife[] = []
  let canStart = false
  let isOver = hasEnded(first)
  let isKnown = true
  let failure: { reason: string; message: string } | undefined
  let endAtMs = Infinity
  let forgetDeadline = () => {}

  const tell = (happening: Happening) => {
    if (isKnown) world.tell(pod, happening)
  }
  const graceMs = () => (pod.spec.terminationGracePeriodSeconds ?? 30) * 1000

  async function live(): Promise<void> {
    status.write()
    watchDeadline()
    place = await world.addresses.take(allPorts(pod))
    publishPorts(place)
    const found = createVolumes(join(folder, "volumes"), { where: whereabouts(place), config })
    await untilMounted(found)
    if (!ending.signal.aborted) {
      canStart = true
      containers = containersOf(views, {
        clock,
        images: world.images,
        backOff: world.backOff,
        config,
        folderOf: found.folderOf,
        graceMs,
        bell: changes,
        pod: () => pod,
        changed,
        place,
        folder,
        tell,
      })
      status.changed()
      await runInOrder(containers, { progress, signal: ending.signal })
    }
    await stopLasting(containers, () => Math.max(0, Math.min(graceMs(), endAtMs - clock.now())))
  }

  function changed(): void {
    status.changed()
    progress.ring()
  }

  /** Before anybody learns the address. */
  function publishPorts({ ports }: Place): void {
    if (ports.size === 0 && !pod.metadata.annotations?.[portsAnnotation]) return
    const text = ports.size === 0 ? null : JSON.stringify(Object.fromEntries(ports))
    if (isKnown) cluster.patch(podRef(pod), { metadata: { annotations: { [portsAnnotation]: text } } })
  }

  async function untilMounted(found: PodVolumes): Promise<void> {
    mkdirSync(folder, { recursive: true })
    volumes = found
    while (!ending.signal.aborted && !refreshVolumes()) await changes.wait(RETRY_MOUNT_MS, ending.signal)
  }

  function refreshVolumes(): boolean {
    const problems = volumes?.show(pod) ?? []
    for (const message of problems) tell({ type: "Warning", reason: "FailedMount", message })
    return problems.length === 0
  }

  function watchDeadline(): void {
    const { activeDeadlineSeconds: seconds } = pod.spec
    if (seconds === undefined) return
    forgetDeadline = clock.after(startMs + seconds * 1000 - clock.now(), () => {
      const reason = "DeadlineExceeded"
      const message = "Pod was active on the node longer than the specified deadline"
      failure = { reason, message }
      tell({ type: "Normal", reason, message })
      end(graceMs())
    })
  }

  function end(ms: number): void {
    endAtMs = Math.min(endAtMs, clock.now() + ms)
    ending.abort()
    stopOthers(containers, ms)
  }

  function remove(): void {
    if (isKnown) cluster.delete(podRef(pod), { gracePeriodSeconds: 0, uid: pod.metadata.uid })
  }

  function close(): void {
    isOver = true
    forgetDeadline()
    status.write()
    if (pod.metadata.deletionTimestamp) remove()
    rmSync(folder, { recursive: true, force: true })
  }

  const over = isOver
    ? Promise.resolve()
    : live()
        .catch((error: unknown) => world.log(`pod ${first.metadata.namespace}/${first.metadata.name}`, error))
        .then(close)

  function silence(): void {
    isKnown = false
    status.close()
  }

  const life: PodLife = {
    uid: first.metadata.uid,
    containers: () => containers,
    update(next) {
      const isOther = !isDeepStrictEqual(whatMatters(next), whatMatters(pod))
      pod = next
      if (!pod.metadata.deletionTimestamp) {
        if (isOther) life.configChanged()
      } else if (isOver) remove()
      else end(deletionGraceMs(pod) ?? graceMs())
    },
    configChanged() {
      if (canStart && !isOver) refreshVolumes()
      changes.ring()
    },
    gone() {
      silence()
      end(deletionGraceMs(pod) ?? 0)
      return over
    },
    async shutDown() {
      silence()
      forgetDeadline()
      ending.abort()
      await Promise.all(containers.map((container) => container.kill()))
      await over
    },
  }
  if (first.metadata.deletionTimestamp) life.update(first)
  return life
}

/** What its programs may see of a pod. */
const whatMatters = ({ spec, metadata: { labels, annotations } }: Pod) => ({ spec, labels, annotations })

function deletionGraceMs({ metadata }: Pod): number | undefined {
  const seconds = (metadata as { deletionGracePeriodSeconds?: number }).deletionGracePeriodSeconds
  return seconds === undefined ? undefined : seconds * 1000
}
