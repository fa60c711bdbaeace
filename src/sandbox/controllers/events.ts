import { type KubeObject, type ObjectRef, refOf } from "#api/objects.ts"
import { ApiError } from "#kube/contract.ts"
import { type Clock, type Cluster, timeText } from "../contract.ts"
import { events } from "./kinds.ts"
import type { OnError } from "./loop.ts"

export interface Told {
  by: string
  type?: "Normal" | "Warning"
  reason: string
  message: string
}
export type Tell = (about: KubeObject, told: Told) => void

const LONGEST_MESSAGE = 1024
const REMEMBERED = 4096

/** Writes Events. What was told before about the same object raises a count instead. Never fails. */
export function createTell(world: { cluster: Cluster; clock: Clock; onError: OnError }): Tell {
  const { cluster, clock } = world
  // The one told longest ago first.
  const written = new Map<string, { ref: ObjectRef; count: number }>()
  let last = 0

  function remember(key: string, ref: ObjectRef, count: number): void {
    written.delete(key)
    written.set(key, { ref, count })
    if (written.size > REMEMBERED) written.delete(written.keys().next().value!)
  }

  /** Names end in the time, and two at one time must differ. */
  function suffix(): string {
    last = Math.max(last + 1, clock.now() * 1000)
    return (BigInt(last) * 1000n).toString(16)
  }

  function repeat(key: string): boolean {
    const before = written.get(key)
    if (!before) return false
    try {
      cluster.patch(before.ref, { count: before.count + 1, lastTimestamp: timeText(clock.now()) })
      remember(key, before.ref, before.count + 1)
      return true
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error
      written.delete(key)
      return false
    }
  }

  function write(about: KubeObject, { by, type = "Normal", reason, message }: Told): void {
    const { name, namespace, uid, resourceVersion } = about.metadata
    const text = message.slice(0, LONGEST_MESSAGE)
    const key = [about.kind, namespace, name, uid, type, reason, text].join("\n")
    if (repeat(key)) return
    const at = timeText(clock.now())
    const made = cluster.create({
      ...events,
      metadata: { name: `${name}.${suffix()}`, namespace: namespace ?? "default" },
      involvedObject: {
        apiVersion: about.apiVersion,
        kind: about.kind,
        ...(namespace ? { namespace } : {}),
        name,
        ...(uid ? { uid } : {}),
        ...(resourceVersion ? { resourceVersion } : {}),
      },
      type,
      reason,
      message: text,
      count: 1,
      firstTimestamp: at,
      lastTimestamp: at,
      source: { component: by },
      reportingComponent: by,
      reportingInstance: "",
    })
    remember(key, refOf(made), 1)
  }

  return (about, told) => {
    try {
      write(about, told)
    } catch (error) {
      // Nothing can be told in a namespace that is gone or going.
      if (error instanceof ApiError && (error.status === 403 || error.status === 404)) return
      world.onError(`event ${told.reason} of ${about.kind} ${about.metadata.name}`, error)
    }
  }
}
