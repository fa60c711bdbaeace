import { isDeepStrictEqual } from "node:util"
import { type KubeObject, refOf } from "#api/objects.ts"
import { ApiError } from "#kube/contract.ts"
import { claimed } from "./claim.ts"
import { controllerRevisions, isEnding } from "./kinds.ts"
import type { Children } from "./lookup.ts"
import { templateHash } from "./template-hash.ts"
import { controlledBy, patchSeen, type World } from "./world.ts"

/** The label by which pods and revisions tell which template they are of. */
export const REVISION_HASH = "controller-revision-hash"

/** The templates a workload has had, as ControllerRevisions. */
export interface Revisions {
  current: KubeObject
  old: KubeObject[]
}

/** Keeps the present template as the newest revision. */
export function revisionsOf(world: World, owner: KubeObject, children: Children): Revisions {
  const data = { spec: { template: { ...owner["spec"].template, $patch: "replace" } } }
  const all = claimed(world, owner, children)
  const found = all.find((revision) => isDeepStrictEqual(revision["data"], data))
  const old = all.filter((revision) => revision !== found)
  const number = Math.max(0, ...old.map(numberOf)) + 1
  if (!found) return { current: create(world, owner, data, number), old }
  if (numberOf(found) >= number || isEnding(owner)) return { current: found, old }
  return { current: patchSeen(world, found, {}, { revision: number }), old }
}

const numberOf = (revision: KubeObject): number => revision["revision"] ?? 0

/** Of a revision, as its pods have it. */
export const hashOf = ({ metadata }: KubeObject): string => metadata.labels?.[REVISION_HASH] ?? metadata.name

function create(world: World, owner: KubeObject, data: object, revision: number): KubeObject {
  const hash = templateHash(owner["spec"].template, owner["status"]?.collisionCount)
  const { name, namespace } = owner.metadata
  const labels = { ...owner["spec"].template.metadata?.labels, [REVISION_HASH]: hash }
  try {
    return world.cluster.create({
      ...controllerRevisions,
      metadata: { name: `${name}-${hash}`, namespace: namespace!, labels, ownerReferences: [controlledBy(owner)] },
      data,
      revision,
    })
  } catch (error) {
    if (error instanceof ApiError && error.reason === "AlreadyExists") {
      // With another count of collisions the next one is named differently.
      const collisionCount = (owner["status"]?.collisionCount ?? 0) + 1
      world.cluster.patch(refOf(owner), { status: { collisionCount } }, "status")
    }
    throw error
  }
}

/** Deletes the oldest revisions that no pod is of. */
export function forgetRevisions(
  world: World,
  old: readonly KubeObject[],
  pods: readonly KubeObject[],
  limit = 10,
): void {
  const used = new Set(pods.map(({ metadata }) => metadata.labels?.[REVISION_HASH]))
  const tooMany = old.toSorted((one, other) => numberOf(one) - numberOf(other))
  const unused = tooMany.filter((revision) => !used.has(hashOf(revision)) && !used.has(revision.metadata.name))
  for (const revision of unused.slice(0, Math.max(0, old.length - limit))) world.cluster.delete(refOf(revision))
}
