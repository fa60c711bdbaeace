import { keyOf, type ObjectRef } from "#api/objects.ts"
import { clusterOf, type Cluster, type Clusters } from "./clusters.ts"

/** Who is woken for what, over both clusters. */
export interface Following {
  /** Resolves when all of it is known. Costs nothing while the references stay the same. */
  follow(key: string, refs: ObjectRef[]): Promise<void>
  end(key: string): void
}

export function createFollowing(clusters: Clusters): Following {
  const before = new Map<string, string>()
  const all: Cluster[] = clusters.main === clusters.mesh ? [clusters.main] : [clusters.main, clusters.mesh]

  return {
    async follow(key, refs) {
      const now = refs.map(keyOf).join()
      if (before.get(key) === now) return
      await Promise.all(
        all.map((cluster) =>
          cluster.caches.follow(
            key,
            refs.filter((ref) => clusterOf(clusters, ref) === cluster),
          ),
        ),
      )
      before.set(key, now)
    },
    end(key) {
      before.delete(key)
      for (const { caches } of all) caches.unfollow(key)
    },
  }
}
