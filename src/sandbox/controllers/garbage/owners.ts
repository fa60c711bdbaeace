import type { KubeObject, OwnerReference } from "#api/objects.ts"
import { groupKindOf, isEnding } from "../kinds.ts"
import type { Everything } from "./everything.ts"

export const FOREGROUND = "foregroundDeletion"
export const ORPHAN = "orphan"

/** It is being deleted and goes last. */
export const isWaitingForDependents = (object: KubeObject): boolean =>
  isEnding(object) && Boolean(object.metadata.finalizers?.includes(FOREGROUND))

/** The owners an object names, by what has become of them. */
export interface Owners {
  solid: OwnerReference[]
  gone: OwnerReference[]
  /** They are being deleted and go after this object. */
  waiting: OwnerReference[]
  /** Nobody can say whether they exist. */
  unknown: OwnerReference[]
  /** Those that are, if anywhere, where they cannot own this object. */
  elsewhere: OwnerReference[]
}

export function sortOwners(
  object: KubeObject,
  everything: Pick<Everything, "byUid" | "isKnown" | "isNamespaced">,
): Owners {
  const owners: Owners = { solid: [], gone: [], waiting: [], unknown: [], elsewhere: [] }
  for (const reference of object.metadata.ownerReferences ?? []) {
    const owner = everything.byUid(reference.uid)
    const isIt = owner && owner.metadata.name === reference.name && groupKindOf(owner) === groupKindOf(reference)
    if (!object.metadata.namespace && everything.isNamespaced(reference)) owners.elsewhere.push(reference)
    else if (!isIt) owners[everything.isKnown(reference) ? "gone" : "unknown"].push(reference)
    else if (!mayOwn(owner, object)) {
      owners.elsewhere.push(reference)
      owners.gone.push(reference)
    } else owners[isWaitingForDependents(owner) ? "waiting" : "solid"].push(reference)
  }
  return owners
}

/** Whoever has a namespace can own only there. */
const mayOwn = (owner: KubeObject, object: KubeObject): boolean =>
  owner.metadata.namespace === undefined || owner.metadata.namespace === object.metadata.namespace
