import { isDeepStrictEqual } from "node:util"
import { type KubeObject, refOf } from "#api/objects.ts"
import { ApiError, type CallOptions, isConflict, type KubeApi, type Wanted } from "./contract.ts"

const ATTEMPTS = 5

/** The object that results when `wanted` is applied to what is there. Pure; never changes its arguments. */
export function merged(live: KubeObject | undefined, wanted: Wanted): KubeObject {
  if (!live) return wanted.object
  const result: KubeObject = { ...live, metadata: mergedMetadata(live, wanted) }
  for (const path of wanted.owned) {
    const current = valueAt(live, path)
    const desired = valueAt(wanted.object, path)
    const same = wanted.same ? wanted.same(current, desired, path) : isDeepStrictEqual(current, desired)
    if (!same) setAt(result, path, desired)
  }
  return result
}

/** JSON merge patch that turns one value into another; undefined when they are equal. */
export function mergePatch(from: unknown, to: unknown): unknown {
  if (!isRecord(from) || !isRecord(to)) {
    const value = withoutUndefined(to)
    return isDeepStrictEqual(from, value) ? undefined : value
  }
  const patch: Record<string, unknown> = {}
  for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
    if (from[key] === to[key]) continue
    const inner = to[key] === undefined ? null : mergePatch(from[key], to[key])
    if (inner !== undefined && !(inner === null && from[key] === undefined)) patch[key] = inner
  }
  return Object.keys(patch).length > 0 ? patch : undefined
}

/** True when applying `wanted` would write something. */
export const differs = (live: KubeObject | undefined, wanted: Wanted): boolean =>
  !live || mergePatch(live, merged(live, wanted)) !== undefined

export interface Applied {
  object: KubeObject
  change: "created" | "patched" | "none"
}

/** Creates what is missing, patches what differs in what is ours, and starts over from a fresh look on a conflict. */
export async function apply(
  api: KubeApi,
  wanted: Wanted,
  seen: KubeObject | undefined,
  { attempts = ATTEMPTS, ...options }: CallOptions & { attempts?: number } = {},
): Promise<Applied> {
  const ref = refOf(wanted.object)
  let live = seen
  for (let attempt = 1; ; attempt++) {
    try {
      if (!live) return { object: await api.create(wanted.object, options), change: "created" }
      const patch = mergePatch(live, merged(live, wanted)) as { metadata?: object } | undefined
      if (!patch) return { object: live, change: "none" }
      const resourceVersion = live.metadata.resourceVersion
      const conditional = { ...patch, metadata: { ...patch.metadata, resourceVersion } }
      return { object: await api.patch(ref, conditional, options), change: "patched" }
    } catch (error) {
      const stale = isConflict(error) || (error instanceof ApiError && error.status === 404 && live !== undefined)
      if (!stale || attempt === attempts) throw error
      live = await api.get(ref, options)
    }
  }
}

function mergedMetadata(live: KubeObject, wanted: Wanted): KubeObject["metadata"] {
  const metadata = { ...live.metadata }
  const labels = mergedMap(live.metadata.labels, wanted.object.metadata.labels, wanted.labels, wanted.keepLabels)
  const annotations = mergedMap(
    live.metadata.annotations,
    wanted.object.metadata.annotations,
    wanted.annotations,
    wanted.keepAnnotations,
  )
  if (labels) metadata.labels = labels
  else delete metadata.labels
  if (annotations) metadata.annotations = annotations
  else delete metadata.annotations
  if (wanted.owners) metadata.ownerReferences = wanted.owners
  return metadata
}

type TextMap = Record<string, string> | undefined
function mergedMap(live: TextMap, desired: TextMap, policy: Wanted["labels"], keep: readonly string[] = []): TextMap {
  if (!policy || policy === "leave") return live
  if (policy === "add") return desired ? { ...live, ...desired } : live
  const kept = Object.entries(live ?? {}).filter(([key]) => keep.includes(key))
  const result = { ...desired, ...Object.fromEntries(kept) }
  return Object.keys(result).length > 0 || live ? result : undefined
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** JSON has no undefined: a key that is present without a value would count as a difference for ever. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined)
  if (!isRecord(value)) return value
  const defined = Object.entries(value).filter(([, inner]) => inner !== undefined)
  return Object.fromEntries(defined.map(([key, inner]) => [key, withoutUndefined(inner)]))
}

const valueAt = (object: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), object)

/** Copies what lies on the path, so that the original stays as it was. */
function setAt(object: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path as [string, ...string[]]
  if (rest.length === 0) {
    if (value === undefined) delete object[key]
    else object[key] = value
    return
  }
  const inner: Record<string, unknown> = isRecord(object[key]) ? { ...object[key] } : {}
  object[key] = inner
  setAt(inner, rest, value)
}
