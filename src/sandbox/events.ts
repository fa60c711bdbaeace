import { type KubeObject, type ObjectRef, refOf } from "#api/objects.ts"
import { ApiError, type Log } from "#kube/contract.ts"
import { type Clock, type Cluster, timeText } from "./contract.ts"

export interface Happening {
  type: "Normal" | "Warning"
  reason: string
  message: string
  /** Who tells it, and on which node where that matters. */
  source: { component: string; host?: string }
  /** Of the container that it is about, such as `spec.containers{app}`. */
  fieldPath?: string
}

/** Something that was told, and may be told again. */
export interface Told {
  count: number
  /** When its count was last written. */
  writtenMs: number
}

export interface EventWriterOptions {
  cluster: Cluster
  clock: Clock
  log: Log
  /** Whether a repetition is worth a write; always when absent. */
  isDue?(told: Told, nowMs: number): boolean
}

const LONGEST_MESSAGE = 1024
const REMEMBERED = 4096

/** Writes Events. What was told before about the same object raises a count instead. Never fails. */
export function createEventWriter({ cluster, clock, log, isDue = () => true }: EventWriterOptions) {
  // The one told longest ago first.
  const told = new Map<string, Told & { ref: ObjectRef }>()
  let last = 0

  /** Names end in the time, and two at one time must differ. */
  function suffix(nowMs: number): string {
    last = Math.max(last + 1, nowMs * 1000)
    return (BigInt(last) * 1000n).toString(16)
  }

  function remember(key: string, one: Told & { ref: ObjectRef }): void {
    told.delete(key)
    told.set(key, one)
    if (told.size > REMEMBERED) told.delete(told.keys().next().value!)
  }

  function write(about: KubeObject, happening: Happening): void {
    const { kind, metadata } = about
    const { type, reason, message, fieldPath } = happening
    const key = [kind, metadata.namespace, metadata.name, metadata.uid, type, reason, message, fieldPath].join("\n")
    const nowMs = clock.now()
    const before = told.get(key)
    if (before && cluster.get(before.ref)) {
      const again = { ...before, count: before.count + 1 }
      const isWritten = isDue(again, nowMs)
      if (isWritten) cluster.patch(before.ref, { count: again.count, lastTimestamp: timeText(nowMs) })
      return remember(key, isWritten ? { ...again, writtenMs: nowMs } : again)
    }
    const event = cluster.create(eventOf(about, happening, { nowMs, suffix: suffix(nowMs) }))
    remember(key, { ref: refOf(event), count: 1, writtenMs: nowMs })
  }

  return (about: KubeObject, happening: Happening): void => {
    try {
      write(about, { ...happening, message: happening.message.slice(0, LONGEST_MESSAGE) })
    } catch (error) {
      // Nothing can be told in a namespace that is gone or going.
      if (error instanceof ApiError && (error.status === 403 || error.status === 404)) return
      log(`event ${happening.reason} of ${about.kind} ${about.metadata.name} could not be written`, error)
    }
  }
}

function eventOf(
  { apiVersion, kind, metadata }: KubeObject,
  { source, fieldPath, ...said }: Happening,
  { nowMs, suffix }: { nowMs: number; suffix: string },
): KubeObject {
  const { namespace, name, uid, resourceVersion } = metadata
  const at = timeText(nowMs)
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: `${name}.${suffix}`, namespace: namespace ?? "default" },
    involvedObject: {
      apiVersion,
      kind,
      ...(namespace ? { namespace } : {}),
      name,
      ...(uid ? { uid } : {}),
      ...(resourceVersion ? { resourceVersion } : {}),
      ...(fieldPath ? { fieldPath } : {}),
    },
    ...said,
    count: 1,
    firstTimestamp: at,
    lastTimestamp: at,
    source,
    reportingComponent: source.component,
    reportingInstance: source.host ?? "",
  }
}
