import { type KubeObject, type OwnerReference, refOf } from "#api/objects.ts"
import { isEnding } from "../kinds.ts"
import { type Controller, startController } from "../loop.ts"
import { patchSeen, type World } from "../world.ts"
import type { Everything } from "./everything.ts"
import { FOREGROUND, isWaitingForDependents, ORPHAN, sortOwners } from "./owners.ts"

const by = "garbage-collector-controller"
/** How long until an owner of an unknown kind is looked for again. */
const UNKNOWN_KIND_MS = 30_000

/** Deletes what has lost all its owners, and ends deletions that wait for dependents or let them go. */
export function startGarbageCollector(world: World, everything: Everything): Controller {
  const controller = startController({
    name: "GarbageCollector",
    cluster: world.cluster,
    clock: world.clock,
    onError: world.onError,
    watches: [],
    reconcile(uid) {
      const object = everything.byUid(uid)
      if (!object) return
      return isEnding(object) ? end(world, everything, object, controller.wake) : collect(world, everything, object)
    },
  })
  everything.onChange((type, object, before) => {
    for (const { uid } of [...ownersOf(object), ...(before ? ownersOf(before) : [])]) {
      const owner = everything.byUid(uid)
      if (owner && isEnding(owner)) controller.wake(uid)
    }
    if (type === "DELETED")
      for (const { metadata } of everything.dependentsOf(object.metadata.uid!)) controller.wake(metadata.uid!)
    else if (ownersOf(object).length > 0 || isEnding(object)) controller.wake(object.metadata.uid!)
  })
  return controller
}

const ownersOf = ({ metadata }: KubeObject): OwnerReference[] => metadata.ownerReferences ?? []

function collect(world: World, everything: Everything, object: KubeObject): void | { againInMs: number } {
  if (ownersOf(object).length === 0) return
  const { solid, waiting, unknown, elsewhere } = sortOwners(object, everything)
  for (const owner of elsewhere) tellElsewhere(world, object, owner)
  // An object without a namespace is kept rather than deleted for a mistake in its owners.
  if (elsewhere.length > 0 && !object.metadata.namespace) return
  if (unknown.length > 0) return { againInMs: UNKNOWN_KIND_MS }
  if (solid.length > 0) return keepOnly(world, object, solid)
  const dependents = everything.dependentsOf(object.metadata.uid!)
  if (waiting.length === 0 || dependents.length === 0) return remove(world, object, policyOf(object))
  // In a circle everybody would wait for everybody.
  const isCircle = dependents.some(isWaitingForDependents)
  if (isCircle && waiting.some(({ blockOwnerDeletion }) => blockOwnerDeletion)) unblock(world, object)
  remove(world, object, "Foreground")
}

type Policy = "Background" | "Foreground" | "Orphan"

function policyOf({ metadata: { finalizers = [] } }: KubeObject): Policy {
  if (finalizers.includes(ORPHAN)) return "Orphan"
  return finalizers.includes(FOREGROUND) ? "Foreground" : "Background"
}

const remove = ({ cluster }: World, object: KubeObject, propagationPolicy: Policy): void =>
  cluster.delete(refOf(object), { uid: object.metadata.uid!, propagationPolicy })

/** Owners that are gone, and those that wait for their dependents, are forgotten where another one remains. */
function keepOnly(world: World, object: KubeObject, solid: OwnerReference[]): void {
  if (solid.length < ownersOf(object).length) patchSeen(world, object, { ownerReferences: solid })
}

function unblock(world: World, object: KubeObject): void {
  const ownerReferences = ownersOf(object).map((owner) => ({ ...owner, blockOwnerDeletion: false }))
  patchSeen(world, object, { ownerReferences })
}

function end(world: World, everything: Everything, object: KubeObject, wake: (uid: string) => void): void {
  const uid = object.metadata.uid!
  const { finalizers = [] } = object.metadata
  if (finalizers.includes(ORPHAN)) {
    for (const dependent of everything.dependentsOf(uid)) letGo(world, dependent, uid)
    withoutFinalizer(world, object, ORPHAN)
  } else if (finalizers.includes(FOREGROUND)) {
    const dependents = everything.dependentsOf(uid)
    for (const dependent of dependents) if (!isEnding(dependent)) wake(dependent.metadata.uid!)
    const isBlocked = dependents.some((dependent) =>
      ownersOf(dependent).some((owner) => owner.uid === uid && owner.blockOwnerDeletion),
    )
    if (!isBlocked) withoutFinalizer(world, object, FOREGROUND)
  }
}

function letGo(world: World, dependent: KubeObject, ownerUid: string): void {
  const others = ownersOf(dependent).filter(({ uid }) => uid !== ownerUid)
  patchSeen(world, dependent, { ownerReferences: others.length > 0 ? others : null })
}

function withoutFinalizer(world: World, object: KubeObject, finalizer: string): void {
  const others = object.metadata.finalizers!.filter((name) => name !== finalizer)
  patchSeen(world, object, { finalizers: others.length > 0 ? others : null })
}

function tellElsewhere({ tell }: World, object: KubeObject, { apiVersion, kind, name, uid }: OwnerReference): void {
  const { namespace = "" } = object.metadata
  const owner = `[${apiVersion}/${kind}, namespace: ${namespace}, name: ${name}, uid: ${uid}]`
  const message = `ownerRef ${owner} does not exist in namespace "${namespace}"`
  tell(object, { by, type: "Warning", reason: "OwnerRefInvalidNamespace", message })
}
