import type { KubeObject, ObjectRef } from "#api/objects.ts"
import { refOf } from "#api/objects.ts"
import type { Log } from "#kube/contract.ts"
import { ApiError } from "#kube/contract.ts"
import { type Clock, type Cluster, timeText } from "../contract.ts"

export interface Happening {
  type: "Normal" | "Warning"
  reason: string
  message: string
  /** Of the container that it is about, such as `spec.containers{app}`. */
  fieldPath?: string
}

export type Tell = (about: KubeObject, happening: Happening, component?: string) => void

const LONGEST_MESSAGE = 1024
const REMEMBERED = 1000
/** Of one kind about one object, before it is counted only now and then. */
const AT_ONCE = 25
const LATER_EVERY_MS = 300_000

interface Told {
  ref: ObjectRef
  count: number
  writtenMs: number
}

/** Writes Events; what was told before raises a count. Never throws. */
export function createTell({
  cluster,
  clock,
  log,
  host,
}: {
  cluster: Cluster
  clock: Clock
  log: Log
  host: string
}): Tell {
  // Oldest first.
  const told = new Map<string, Told>()
  let names = 0

  function write(about: KubeObject, happening: Happening, component: string): void {
    const key = [about.kind, about.metadata.uid, ...Object.values(happening)].join("\n")
    const nowMs = clock.now()
    const before = told.get(key)
    if (before && cluster.get(before.ref)) return repeat(before, nowMs)
    const name = `${about.metadata.name}.${(BigInt(nowMs) * 1_000_000n + BigInt(names++ % 1_000_000)).toString(16)}`
    const event = cluster.create(eventOf(about, happening, { name, component, host, nowMs }))
    told.delete(key)
    told.set(key, { ref: refOf(event), count: 1, writtenMs: nowMs })
    const [oldest] = told.keys()
    if (told.size > REMEMBERED && oldest) told.delete(oldest)
  }

  function repeat(before: Told, nowMs: number): void {
    before.count++
    if (before.count > AT_ONCE && nowMs - before.writtenMs < LATER_EVERY_MS) return
    before.writtenMs = nowMs
    cluster.patch(before.ref, { count: before.count, lastTimestamp: timeText(nowMs) })
  }

  return (about, happening, component = "kubelet") => {
    try {
      write(about, { ...happening, message: happening.message.slice(0, LONGEST_MESSAGE) }, component)
    } catch (error) {
      // Its namespace is gone or going.
      if (error instanceof ApiError && (error.status === 404 || error.status === 403)) return
      log(`an event about ${about.kind} ${about.metadata.name} could not be written`, error)
    }
  }
}

function eventOf(
  { apiVersion, kind, metadata }: KubeObject,
  { fieldPath, ...said }: Happening,
  { name, component, host, nowMs }: { name: string; component: string; host: string; nowMs: number },
): KubeObject {
  const { namespace, uid, resourceVersion } = metadata
  const scheduler = component !== "kubelet"
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name, namespace: namespace ?? "default" },
    involvedObject: {
      apiVersion,
      kind,
      namespace,
      name: metadata.name,
      uid,
      resourceVersion,
      ...(fieldPath ? { fieldPath } : {}),
    },
    ...said,
    source: scheduler ? { component } : { component, host },
    count: 1,
    firstTimestamp: timeText(nowMs),
    lastTimestamp: timeText(nowMs),
    reportingComponent: component,
    reportingInstance: scheduler ? "" : host,
  }
}
