import type { KubeObject, ObjectRef } from "#api/objects.ts"

/** A kind as objects name it. */
export interface Kind {
  apiVersion: string
  kind: string
}

export type ChangeType = "ADDED" | "MODIFIED" | "DELETED"

/** Called after a write is complete, one change after the other, in the order of the writes. */
export type OnChange = (type: ChangeType, object: KubeObject) => void

export interface DeleteOptions {
  gracePeriodSeconds?: number
  propagationPolicy?: "Background" | "Foreground" | "Orphan"
  /** Only this very object, not a later one of the same name. */
  uid?: string
}

/**
 * The API server as its own controllers, the kubelet and the gateway use it: in the same process, with the same rules as over
 * HTTP (defaults, validation, conflicts, finalizers), and at once. Refusals throw `ApiError` of `#kube/contract.ts`.
 * Objects that come out of it are shared and never change; whoever wants another one makes it.
 */
export interface Cluster {
  get(ref: ObjectRef): KubeObject | undefined
  /** In the order of namespace and name. */
  list(kind: Kind, namespace?: string): KubeObject[]
  create(object: KubeObject): KubeObject
  /** Replaces the object, or only its status. Refused with 409 when `metadata.resourceVersion` is given and not the present one. */
  update(object: KubeObject, subresource?: "status"): KubeObject
  /** JSON merge patch. */
  patch(ref: ObjectRef, body: unknown, subresource?: "status" | "scale"): KubeObject
  /** Does nothing when it is not there. */
  delete(ref: ObjectRef, options?: DeleteOptions): void
  /** Tells of everything there is, then of every change, until the returned function is called. */
  watch(kind: Kind, onChange: OnChange): () => void
}

/** Time, so that tests can do without waiting. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Returns how to forget it. */
  after(ms: number, act: () => void): () => void
}

export const systemClock: Clock = {
  now: Date.now,
  after(ms, act) {
    const timer = setTimeout(act, ms)
    return () => clearTimeout(timer)
  },
}

/** As Kubernetes writes times in metadata and status. */
export const timeText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`
