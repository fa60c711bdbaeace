import { isDeepStrictEqual } from "node:util"
import { keyOf, type KubeObject, type ObjectRef, refOf } from "#api/objects.ts"
import { ApiError } from "#kube/contract.ts"
import type { ChangeType, Cluster, OnChange } from "../contract.ts"

/** Objects in memory, with no rules but those the gateway meets: versions, generations, conflicts, watches. */
export function smallCluster(...objects: KubeObject[]): Cluster & { writes: KubeObject[] } {
  const stored = new Map<string, KubeObject>()
  const watchers = new Set<{ kind: string; onChange: OnChange }>()
  const writes: KubeObject[] = []
  let version = 0

  function store(object: KubeObject, before?: KubeObject): KubeObject {
    const {
      generation = 0,
      creationTimestamp = "2026-01-01T00:00:00Z",
      uid = `uid-${version}`,
    } = before?.metadata ?? {}
    const isNew = !before || !isDeepStrictEqual(before.spec, object.spec)
    const metadata = {
      creationTimestamp,
      uid,
      ...object.metadata,
      generation: isNew ? generation + 1 : generation,
      resourceVersion: String(++version),
    }
    const written = { ...object, metadata }
    stored.set(keyOf(refOf(written)), written)
    tell(before ? "MODIFIED" : "ADDED", written)
    return written
  }

  function tell(type: ChangeType, object: KubeObject): void {
    for (const { kind, onChange } of watchers) if (kind === object.kind) onChange(type, object)
  }

  function existing(ref: ObjectRef): KubeObject {
    const found = stored.get(keyOf(ref))
    if (!found) throw new ApiError(`${ref.kind} ${ref.name} not found`, 404, "NotFound")
    return found
  }

  const cluster: Cluster & { writes: KubeObject[] } = {
    writes,
    get: (ref) => stored.get(keyOf(ref)),
    list: ({ kind }, namespace) =>
      [...stored.values()].filter(
        (object) => object.kind === kind && (namespace ?? object.metadata.namespace) === object.metadata.namespace,
      ),
    create: (object) => store(object),
    update(object, subresource) {
      const before = existing(refOf(object))
      const { resourceVersion } = object.metadata
      if (resourceVersion !== undefined && resourceVersion !== before.metadata.resourceVersion) {
        throw new ApiError("the object has been modified", 409, "Conflict")
      }
      if (subresource) writes.push(object)
      return store(subresource ? { ...before, status: object.status } : { ...object, status: before.status }, before)
    },
    patch(ref, body) {
      const before = existing(ref)
      return store({ ...before, ...(body as object) }, before)
    },
    delete(ref) {
      const found = stored.get(keyOf(ref))
      stored.delete(keyOf(ref))
      if (found) tell("DELETED", found)
    },
    watch({ kind }, onChange) {
      const watcher = { kind, onChange }
      watchers.add(watcher)
      for (const object of stored.values()) if (object.kind === kind) onChange("ADDED", object)
      return () => watchers.delete(watcher)
    },
  }
  for (const object of objects) cluster.create(object)
  return cluster
}
