import type { ObjectRef } from "#api/objects.ts"
import { type Cluster, clusterOf, type Clusters } from "./clusters.ts"

/** Who is woken for what, over both clusters. */
export interface Following {
  /** Resolves when all of it is known. The references are only asked for when the signature is not what it was. */
  follow(key: string, signature: string, refs: () => ObjectRef[]): Promise<void>
  end(key: string): void
}

export function createFollowing(clusters: Clusters): Following {
  const following = new Map<string, { signature: string; known: Promise<unknown> }>()
  const all: Cluster[] = clusters.main === clusters.mesh ? [clusters.main] : [clusters.main, clusters.mesh]

  const followAnew = (key: string, wanted: ObjectRef[]): Promise<unknown> => {
    const inside = (cluster: Cluster) => wanted.filter((ref) => clusterOf(clusters, ref) === cluster)
    return Promise.all(all.map((cluster) => cluster.caches.follow(key, inside(cluster))))
  }

  return {
    async follow(key, signature, refs) {
      const before = following.get(key)
      const now = before?.signature === signature ? before : { signature, known: followAnew(key, refs()) }
      following.set(key, now)
      try {
        await now.known
      } catch (error) {
        if (following.get(key) === now) following.delete(key)
        throw error
      }
    },
    end(key) {
      following.delete(key)
      for (const { caches } of all) caches.unfollow(key)
    },
  }
}
