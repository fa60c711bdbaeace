import { controllerOf, type KubeObject } from "#api/objects.ts"
import { ApiError } from "#kube/contract.ts"
import { selects } from "../kinds/label-selector.ts"
import { isEnding } from "./kinds.ts"
import type { Children, Selectors } from "./lookup.ts"
import { placeOf } from "./loop.ts"
import { isOver } from "./pods.ts"
import { controlledBy, patchSeen, type World } from "./world.ts"

/**
 * The children of a workload, after it took in those that it selects and nobody controls, and let go of those that it no
 * longer selects.
 */
export function claimed(
  world: Pick<World, "cluster">,
  owner: KubeObject,
  children: Children,
  finalizer?: string,
): KubeObject[] {
  const selector = owner["spec"].selector
  const own = children.controlledBy(owner)
  const kept = own.filter((child) => selects(selector, child.metadata.labels ?? {}))
  if (isEnding(owner)) return kept
  for (const child of own) if (!kept.includes(child)) release(world, owner, child)
  const adoptable = children
    .orphansIn(owner.metadata.namespace!)
    .filter((child) => !isEnding(child) && !isOver(child) && selects(selector, child.metadata.labels ?? {}))
  return [...kept, ...adoptable.flatMap((child) => adopt(world, owner, child, finalizer))]
}

function adopt(world: Pick<World, "cluster">, owner: KubeObject, child: KubeObject, finalizer?: string): KubeObject[] {
  const { ownerReferences = [], finalizers = [] } = child.metadata
  return unlessGone(() =>
    patchSeen(world, child, {
      ownerReferences: [...ownerReferences, controlledBy(owner)],
      ...(finalizer ? { finalizers: [...finalizers, finalizer] } : {}),
    }),
  )
}

function release(world: Pick<World, "cluster">, owner: KubeObject, child: KubeObject): void {
  const others = child.metadata.ownerReferences!.filter(({ uid }) => uid !== owner.metadata.uid)
  unlessGone(() => patchSeen(world, child, { ownerReferences: others.length > 0 ? others : null }))
}

function unlessGone(write: () => KubeObject): KubeObject[] {
  try {
    return [write()]
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return []
    throw error
  }
}

/** Whom a change of a child concerns: who controls it or, when nobody does, who would like to. */
export function parentsOf(child: KubeObject, kind: string, parents: Selectors): string[] {
  const owner = controllerOf(child)
  if (!owner) return parents.selecting(child).map(placeOf)
  return owner.kind === kind ? [`${child.metadata.namespace ?? ""}/${owner.name}`] : []
}
