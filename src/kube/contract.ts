import type { KubeObject, ObjectRef, OwnerReference } from "#api/objects.ts"

/** What every request takes besides its own arguments. */
export interface CallOptions {
  signal?: AbortSignal
}

/** One cluster's API, as plain calls. A missing object is `undefined` on get; every other refusal throws `ApiError`. */
export interface KubeApi {
  /** Same API host means same cluster; owner references are only set inside one cluster. */
  readonly host: string
  get(ref: ObjectRef, options?: CallOptions): Promise<KubeObject | undefined>
  create(object: KubeObject, options?: CallOptions): Promise<KubeObject>
  /** JSON merge patch. With `metadata.resourceVersion` in the body it is conditional. */
  patch(
    ref: ObjectRef,
    body: unknown,
    options?: CallOptions & { subresource?: "status" | "scale"; type?: "merge" | "json" },
  ): Promise<KubeObject>
  delete(ref: ObjectRef, options?: CallOptions): Promise<void>
  /** Anything else: discovery, version, lists for probes. */
  raw(method: string, path: string, body?: unknown, options?: CallOptions): Promise<unknown>
}

/** Objects that somebody follows, kept fresh by watches. */
export interface Caches {
  /** The object as last seen or written; undefined when it does not exist. Only for refs that are followed. */
  get(ref: ObjectRef): KubeObject | undefined
  /** Replaces what `follower` is woken for. Resolves when all of it is known. */
  follow(follower: string, refs: ObjectRef[]): Promise<void>
  unfollow(follower: string): void
  /** Takes in what a write answered, so that the next look sees it. */
  wrote(object: KubeObject): void
  /** Takes in that an object is gone. */
  gone(ref: ObjectRef): void
}

/** How an object is to be, and what of it is ours. */
export interface Wanted {
  object: KubeObject
  /**
   * Paths that are ours alone: compared whole, and replaced whole where they differ. Everything outside them stays as found.
   * A path the object lacks is removed from the live one.
   */
  owned: readonly (readonly string[])[]
  /** How metadata is treated on an object that exists: replaced by ours, ours added, or left alone. */
  labels?: "replace" | "add" | "leave"
  annotations?: "replace" | "add" | "leave"
  /** Annotation keys that `replace` does not remove. */
  keepAnnotations?: readonly string[]
  keepLabels?: readonly string[]
  /** Owner references that an object that exists is to have instead of its own; absent means it keeps those. */
  owners?: OwnerReference[]
  /** Says that two values of an owned path mean the same; for server defaults and lists in any order. */
  same?: (live: unknown, desired: unknown, path: readonly string[]) => boolean
}

export class ApiError extends Error {
  readonly status: number
  readonly reason: string
  constructor(message: string, status: number, reason: string, options?: ErrorOptions) {
    super(message, options)
    this.name = "ApiError"
    this.status = status
    this.reason = reason
  }
}
export const isConflict = (error: unknown): boolean => error instanceof ApiError && error.status === 409

/** Where parts of this folder tell what went wrong and was survived. */
export type Log = (message: string, error?: unknown) => void
