import type { ObjectRef } from "#api/objects.ts"
import { type Cluster, clusterOf, type Clusters } from "./clusters.ts"

/** Who is woken for what, over both clusters. */
export interface Following {
  /** Resolves when all of it is known. The references are only asked for when the signature is not what it was. */
  follow(key: string, signature: string, refs: () => ObjectRef[]): Promise<void>
  end(key: string): void
}

export function createFollowing(clusters: Clusters): Following {
  const before = new Map<string, string>()
  const all: Cluster[] = clusters.main === clusters.mesh ? [clusters.main] : [clusters.main, clusters.mesh]

  return {
    async follow(key, signature, refs) {
      if (before.get(key) === signature) return
      const wanted = refs()
      const inside = (cluster: Cluster) => wanted.filter((ref) => clusterOf(clusters, ref) === cluster)
      await Promise.all(all.map((cluster) => cluster.caches.follow(key, inside(cluster))))
      before.set(key, signature)
    },
    end(key) {
      before.delete(key)
      for (const { caches } of all) caches.unfollow(key)
    },
  }
}
