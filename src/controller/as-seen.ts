import type { KubeObject, ObjectRef } from "#api/objects.ts"
import { ApiError, isConflict } from "#kube/contract.ts"
import type { Cluster } from "./clusters.ts"

/** What was decided on is no longer what is there: look again. */
export class Outrun extends Error {
  override readonly name = "Outrun"
}

/** Writes only if the object is still the one that was seen. When it is not, the caches learn what it is by now. */
export async function asSeen(
  { api, caches }: Cluster,
  ref: ObjectRef,
  write: () => Promise<KubeObject>,
  signal: AbortSignal,
): Promise<void> {
  try {
    caches.wrote(await write())
  } catch (error) {
    const isGone = error instanceof ApiError && error.status === 404
    if (!isConflict(error) && !isGone) throw error
    const live = await api.get(ref, { signal })
    if (live) caches.wrote(live)
    else caches.gone(ref)
    throw new Outrun(`${ref.kind} ${ref.name} changed at that moment`, { cause: error })
  }
}
