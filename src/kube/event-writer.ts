import type { KubeObject, ObjectRef } from "#api/objects.ts"
import { ApiError, isConflict, type KubeApi } from "./contract.ts"

/** Something to tell about an object. */
export interface Occurrence {
  /** With its uid and resourceVersion, as far as known. */
  about: Pick<KubeObject, "apiVersion" | "kind" | "metadata">
  type: "Normal" | "Warning"
  reason?: string
  message: string
}

/** Milliseconds since 1970. */
export type Dated = Occurrence & { at: number }

const USUAL_REASON = "Synced"
const LONGEST_MESSAGE = 1024
const REMEMBERED = 4096

interface Written {
  ref: ObjectRef
  count: number
}

/** Writes Event objects. What was told before about the same object raises a count instead. */
export function createEventWriter({
  api,
  component,
  mayCreate,
}: {
  api: KubeApi
  component: string
  /** Asked before something new is written. */
  mayCreate(occurrence: Occurrence): boolean
}) {
  // Oldest use first.
  const written = new Map<string, Written>()
  let lastNanos = 0n

  function remember(key: string, event: Written): void {
    written.delete(key)
    written.set(key, event)
    if (written.size <= REMEMBERED) return
    const [oldest = ""] = written.keys()
    written.delete(oldest)
  }

  /** Names of events end in the time, and two at one time must differ. */
  function nanosOf(at: number): bigint {
    const nanos = BigInt(Math.floor(at * 1000)) * 1000n
    lastNanos = nanos > lastNanos ? nanos : lastNanos + 1n
    return lastNanos
  }

  function eventOf({ about, type, reason = USUAL_REASON, message, at }: Dated): KubeObject {
    const { name, namespace, uid, resourceVersion } = about.metadata
    return {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: `${name}.${nanosOf(at).toString(16)}`, namespace: namespace || "default" },
      involvedObject: { apiVersion: about.apiVersion, kind: about.kind, namespace, name, uid, resourceVersion },
      type,
      reason,
      message,
      count: 1,
      firstTimestamp: seconds(at),
      lastTimestamp: seconds(at),
      source: { component },
      reportingComponent: component,
      reportingInstance: "",
    }
  }

  async function repeat(key: string, { ref, count }: Written, at: number, signal: AbortSignal): Promise<boolean> {
    try {
      await api.patch(ref, { count: count + 1, lastTimestamp: seconds(at) }, { signal })
      remember(key, { ref, count: count + 1 })
      return true
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error
      written.delete(key)
      return false
    }
  }

  return {
    /** Prepares one occurrence; the result may be called until it succeeds, and what it writes is written once. */
    writing(occurrence: Dated): (signal: AbortSignal) => Promise<void> {
      const said = { ...occurrence, message: cut(occurrence.message) }
      const key = keyOf(said)
      let event: KubeObject | undefined
      return async (signal) => {
        const before = event ? undefined : written.get(key)
        if (before && (await repeat(key, before, said.at, signal))) return
        if (!event && !mayCreate(said)) return
        event ??= eventOf(said)
        const { apiVersion, kind, metadata } = event
        await api.create(event, { signal }).catch((error: unknown) => {
          // An earlier try was written although its answer got lost.
          if (!isConflict(error)) throw error
        })
        remember(key, { ref: { apiVersion, kind, namespace: metadata.namespace, name: metadata.name }, count: 1 })
      }
    },
  }
}

function keyOf({ about, type, reason, message }: Occurrence): string {
  const { namespace, name, uid } = about.metadata
  return [about.kind, namespace, name, uid, type, reason, message].join("\n")
}

const seconds = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`

const cut = (message: string): string =>
  message.length <= LONGEST_MESSAGE
    ? message
    : `${message.slice(0, LONGEST_MESSAGE - 1).replace(/[\uD800-\uDBFF]$/, "")}…`
