import type { KubeObject } from "#api/objects.ts"
import type { ChangeType, Clock, Cluster, Kind } from "../../contract.ts"
import { customResourceDefinitions, groupKindOf } from "../kinds.ts"
import { type OnError, placeOf } from "../loop.ts"

/** All objects of all kinds, for those whose work is the same for every kind. */
export interface Everything {
  byUid(uid: string): KubeObject | undefined
  /** Objects that name this one as an owner. */
  dependentsOf(uid: string): KubeObject[]
  inNamespace(namespace: string): KubeObject[]
  /** It is served or was, so that whatever of it is not here does not exist. */
  isKnown(kind: Kind): boolean
  /** As far as its objects have shown it. */
  isNamespaced(kind: Kind): boolean
  onChange(listener: (type: ChangeType, object: KubeObject, before: KubeObject | undefined) => void): void
  stop(): void
}

/** Follows all kinds, also those that come and go with their definitions. */
export function followEverything(parts: {
  cluster: Cluster
  clock: Clock
  kinds(): Kind[]
  onError: OnError
}): Everything {
  const { cluster, clock, kinds, onError } = parts
  const byUid = new Map<string, KubeObject>()
  const byOwner = new Map<string, Map<string, KubeObject>>()
  const byNamespace = new Map<string, Map<string, KubeObject>>()
  const known = new Set<string>()
  const namespaced = new Set<string>()
  const listeners: Parameters<Everything["onChange"]>[0][] = []
  const followed = new Map<string, () => void>()
  let forget = (): void => {}

  function drop(object: KubeObject): void {
    const uid = uidOf(object)
    byUid.delete(uid)
    takeOut(byNamespace, object.metadata.namespace, uid)
    for (const owner of object.metadata.ownerReferences ?? []) takeOut(byOwner, owner.uid, uid)
  }

  function put(object: KubeObject): void {
    const uid = uidOf(object)
    byUid.set(uid, object)
    if (object.metadata.namespace) namespaced.add(groupKindOf(object))
    putIn(byNamespace, object.metadata.namespace, uid, object)
    for (const owner of object.metadata.ownerReferences ?? []) putIn(byOwner, owner.uid, uid, object)
  }

  function changed(type: ChangeType, object: KubeObject): void {
    const before = byUid.get(uidOf(object))
    if (before) drop(before)
    if (type !== "DELETED") put(object)
    for (const listener of listeners) listener(type, object, before)
  }

  function follow(): void {
    const present = new Map(
      kinds()
        .toReversed()
        .map((kind) => [groupKindOf(kind), kind]),
    )
    for (const [name, end] of followed) {
      if (present.has(name)) continue
      end()
      followed.delete(name)
    }
    for (const [name, kind] of present) {
      known.add(name)
      if (followed.has(name)) continue
      try {
        followed.set(name, cluster.watch(kind, changed))
      } catch (error) {
        onError(`watch of ${kind.kind}`, error)
      }
    }
  }

  const endDefinitions = cluster.watch(customResourceDefinitions, () => {
    // What a definition serves is known once its write is complete for everybody.
    forget()
    forget = clock.after(0, follow)
  })
  follow()
  return {
    byUid: (uid) => byUid.get(uid),
    dependentsOf: (uid) => [...(byOwner.get(uid)?.values() ?? [])],
    inNamespace: (namespace) => [...(byNamespace.get(namespace)?.values() ?? [])],
    isKnown: (kind) => known.has(groupKindOf(kind)),
    isNamespaced: (kind) => namespaced.has(groupKindOf(kind)),
    onChange: (listener) => void listeners.push(listener),
    stop() {
      forget()
      endDefinitions()
      for (const end of followed.values()) end()
    },
  }
}

const uidOf = (object: KubeObject): string => object.metadata.uid ?? placeOf(object)

type Groups = Map<string, Map<string, KubeObject>>

function putIn(groups: Groups, name: string | undefined, uid: string, object: KubeObject): void {
  if (name === undefined) return
  const group = groups.get(name)
  if (group) group.set(uid, object)
  else groups.set(name, new Map([[uid, object]]))
}

function takeOut(groups: Groups, name: string | undefined, uid: string): void {
  const group = groups.get(name ?? "")
  group?.delete(uid)
  if (group?.size === 0) groups.delete(name ?? "")
}
