import { keyOf, type KubeObject, type ObjectRef, refOf } from "#api/objects.ts"
import { ApiError, type KubeApi } from "#kube/contract.ts"
import { mergePatched } from "#kube/merge-patch.test-support.ts"
import type { Cluster } from "./clusters.ts"

/** A change of the cluster that watches tell of. `own` says that whoever made it has seen the answer. */
export interface Told {
  type: "added" | "modified" | "deleted"
  object: KubeObject
  own: boolean
  followers: string[]
}

/** A request that was made, such as `patch Canary shop/app status`. */
export interface Request {
  line: string
  body?: unknown
  /** Whether it had its effect, heard of or not. */
  done: boolean
}

interface Interruption {
  match: RegExp
  act(): unknown
}

export type FakeCluster = ReturnType<typeof createFakeCluster>

/**
 * A cluster of plain objects. Who writes through `api` shows the answer to `caches`, as the operator must; what `put`,
 * `change` and `remove` do is the work of others and reaches the caches by itself.
 */
export function createFakeCluster(host = "https://cluster") {
  const stored = new Map<string, KubeObject>()
  const seen = new Map<string, KubeObject>()
  const following = new Map<string, ObjectRef[]>()
  const unknownFields = new Map<string, string>()
  const unwatched = new Map<string, string>()
  const requests: Request[] = []
  const followed: string[] = []
  let interruptions: Interruption[] = []
  const listeners: ((told: Told) => void)[] = []
  let late: (() => void)[] | undefined
  let version = 0

  const followersOf = (key: string): string[] =>
    [...following].filter(([, refs]) => refs.some((ref) => keyOf(ref) === key)).map(([follower]) => follower)

  function store(given: KubeObject): KubeObject {
    const unknown = unknownFields.get(given.kind)
    const object = unknown ? { ...given, spec: without(given["spec"], unknown) } : given
    const before = stored.get(keyOf(refOf(object)))
    version++
    const sameSpec = before && JSON.stringify(before["spec"]) === JSON.stringify(object["spec"])
    const after = frozen<KubeObject>({
      ...object,
      metadata: {
        uid: before?.metadata.uid ?? `uid-${version}`,
        creationTimestamp: new Date(Date.UTC(2026, 0, 1) + version * 1000).toISOString(),
        ...object.metadata,
        generation: (before?.metadata.generation ?? 0) + (sameSpec ? 0 : 1),
        resourceVersion: `${version}`,
      },
    })
    stored.set(keyOf(refOf(after)), after)
    return after
  }

  /** Objects that wait for nothing more go when they are deleted; others are marked. */
  function drop(ref: ObjectRef): KubeObject | undefined {
    const object = stored.get(keyOf(ref))
    if (!object) return undefined
    if ((object.metadata.finalizers ?? []).length > 0) {
      return store({ ...object, metadata: { ...object.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } })
    }
    stored.delete(keyOf(ref))
    return undefined
  }

  function show(object: KubeObject, own: boolean): void {
    const key = keyOf(refOf(object))
    const before = seen.get(key)
    if (before && Number(before.metadata.resourceVersion) >= Number(object.metadata.resourceVersion)) return
    seen.set(key, object)
    const type = before ? "modified" : "added"
    for (const tell of listeners) tell({ type, object, own, followers: followersOf(key) })
  }

  function hide(ref: ObjectRef, own: boolean): void {
    const object = seen.get(keyOf(ref))
    if (!object) return
    seen.delete(keyOf(ref))
    for (const tell of listeners) tell({ type: "deleted", object, own, followers: followersOf(keyOf(ref)) })
  }

  const soon = (tell: () => void): void => {
    if (late) late.push(tell)
    else tell()
  }
  const byOthers = (ref: ObjectRef): void => {
    const object = stored.get(keyOf(ref))
    soon(() => (object ? show(object, false) : hide(ref, false)))
  }

  async function asked<T>(line: string, ref: ObjectRef, answer: () => T, body?: unknown): Promise<T> {
    const made: Request = { line, ...(body === undefined ? {} : { body }), done: false }
    requests.push(made)
    const interruption = interruptions.find(({ match }) => match.test(line))
    interruptions = interruptions.filter((other) => other !== interruption)
    const fate = await interruption?.act()
    const answered = answer()
    made.done = true
    if (fate !== "lose the answer") return answered
    byOthers(ref)
    throw new Error("socket hang up")
  }

  const lineOf = (verb: string, { kind, namespace, name }: ObjectRef, subresource?: string): string =>
    [verb, kind, `${namespace}/${name}`, subresource].filter(Boolean).join(" ")

  function patched(ref: ObjectRef, body: unknown, subresource?: string): KubeObject {
    const object = stored.get(keyOf(ref))
    if (!object) throw notFound(ref)
    const { resourceVersion } = (body as { metadata?: { resourceVersion?: string } }).metadata ?? {}
    if (resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion) throw conflict(ref)
    const { status, ...rest } = body as Record<string, unknown>
    const after = store(mergePatched(object, subresource === "status" ? { status } : rest) as KubeObject)
    const { deletionTimestamp, finalizers = [] } = after.metadata
    if (deletionTimestamp && finalizers.length === 0) stored.delete(keyOf(ref))
    return after
  }

  const api: KubeApi = {
    host,
    get: (ref) => asked(lineOf("get", ref), ref, () => stored.get(keyOf(ref))),
    async create(object) {
      const ref = refOf(object)
      const answer = () => {
        if (stored.has(keyOf(ref))) throw conflict(ref, "AlreadyExists")
        return store(object)
      }
      return asked(lineOf("create", ref), ref, answer, object)
    },
    async patch(ref, body, { subresource, signal } = {}) {
      const answer = () => {
        signal?.throwIfAborted()
        const after = patched(ref, body, subresource)
        // Watches tell of it when the answer has been read.
        if (!stored.has(keyOf(ref))) setImmediate(() => byOthers(ref))
        return after
      }
      return asked(lineOf("patch", ref, subresource), ref, answer, body)
    },
    async delete(ref) {
      const answer = () => {
        if (!stored.has(keyOf(ref))) throw notFound(ref)
        drop(ref)
      }
      return asked(lineOf("delete", ref), ref, answer)
    },
    raw: async () => ({}),
  }

  const caches: Cluster["caches"] = {
    get(ref) {
      const object = followersOf(keyOf(ref)).length > 0 || ref.kind === "Canary" ? seen.get(keyOf(ref)) : undefined
      if (unwatched.has(ref.kind)) return undefined
      const isPartial = object && (ref.kind === "ConfigMap" || ref.kind === "Secret")
      return isPartial ? { apiVersion: object.apiVersion, kind: object.kind, metadata: object.metadata } : object
    },
    async follow(follower, refs) {
      followed.push(follower)
      following.set(follower, refs)
    },
    unfollow: (follower) => void following.delete(follower),
    wrote: (object) => show(object, true),
    gone: (ref) => hide(ref, true),
    blindTo: (_apiVersion, kind) => unwatched.get(kind),
  }

  return {
    api,
    caches,
    requests,
    /** Who asked to follow something, each time. */
    followed,
    followsOf: (follower: string): ObjectRef[] => following.get(follower) ?? [],
    /** Events are told beside the work; everything else that changed something. */
    writes: (): string[] => requests.map(({ line }) => line).filter((line) => !line.startsWith("get ")),
    /** As it is, whatever the caches know. */
    get: (ref: ObjectRef): KubeObject | undefined => stored.get(keyOf(ref)),
    all: (): KubeObject[] => [...stored.values()],
    listen: (listener: (told: Told) => void): void => void listeners.push(listener),

    put(...objects: KubeObject[]): void {
      for (const object of objects) byOthers(refOf(store(object)))
    },
    change(ref: ObjectRef, body: unknown, subresource?: "status"): void {
      patched(ref, body, subresource)
      byOthers(ref)
    },
    remove(ref: ObjectRef): void {
      drop(ref)
      byOthers(ref)
    },
    /** Why a kind cannot be watched; nothing, once it can. */
    forbids: (kind: string, why: string | undefined): void =>
      void (why ? unwatched.set(kind, why) : unwatched.delete(kind)),
    /** From here on a field of the spec is unknown to the server, which drops it from what is written. */
    drops: (kind: string, field: string): void => void unknownFields.set(kind, field),
    /**
     * Does something when the next such request arrives, before it is answered. What it throws is the answer;
     * when it gives "lose the answer", the request is done and nobody learns of it but by watching.
     */
    when(match: RegExp, act: () => unknown): void {
      interruptions.push({ match, act })
    },
    /** Nothing is interrupted any longer. */
    calm(): void {
      interruptions = []
    },
    /** From here on the caches learn nothing of what others do, until `deliver`. */
    lag(): void {
      late ??= []
    },
    deliver(): void {
      const waiting = late ?? []
      late = undefined
      for (const tell of waiting) tell()
    },
  }
}

export const refused = (status: number, message: string): ApiError => new ApiError(message, status, "Refused")
const notFound = ({ kind, name }: ObjectRef): ApiError => new ApiError(`${kind} "${name}" not found`, 404, "NotFound")
const conflict = ({ kind, name }: ObjectRef, reason = "Conflict"): ApiError =>
  new ApiError(`Operation cannot be fulfilled on ${kind} "${name}": the object has been modified`, 409, reason)

const without = (spec: object, field: string): object =>
  Object.fromEntries(Object.entries(spec).filter(([name]) => name !== field))

/** A copy that nobody can change: what the operator is shown is not its own. */
function frozen<T>(value: T): T {
  const copy = structuredClone(value)
  const freeze = (inner: unknown): void => {
    if (typeof inner !== "object" || inner === null) return
    Object.freeze(inner)
    Object.values(inner).forEach(freeze)
  }
  freeze(copy)
  return copy
}
