import type { KubeObject } from "#api/objects.ts"
import type { KubeClient } from "./client.ts"
import { collectionPath, pathOf } from "./kinds.ts"
import type { Collection, ReadOptions, WatchSource } from "./list-watch.ts"

// A server that does not know the first answers with the second.
const partial = (kind: string) => `application/json;as=${kind};g=meta.k8s.io;v=v1,application/json`

/** Lists and watches of one client. */
export const watchSourceOf =
  (client: KubeClient) =>
  ({ apiVersion, kind, namespace }: Collection): WatchSource => {
    const pathWith = (query: string) => `${collectionPath(apiVersion, kind, namespace)}${query && `?${query}`}`
    const reading = ({ metadataOnly, signal }: ReadOptions, partialKind: string) => ({
      signal,
      ...(metadataOnly && { accept: partial(partialKind) }),
    })
    return {
      async list(query, options) {
        const list = await client.raw("GET", pathWith(query), undefined, reading(options, "PartialObjectMetadataList"))
        const { items, metadata } = list as { items?: KubeObject[]; metadata: { resourceVersion: string } }
        return { items: items ?? [], resourceVersion: metadata.resourceVersion }
      },
      watch: async (query, options, onLine) =>
        client.watch(pathWith(query), { ...reading(options, "PartialObjectMetadata"), onLine }),
      async get(ref, options) {
        if (!options.metadataOnly) return client.get(ref, options)
        try {
          const found = await client.raw("GET", pathOf(ref), undefined, reading(options, "PartialObjectMetadata"))
          return found as KubeObject
        } catch (error) {
          if ((error as { status?: number }).status === 404) return undefined
          throw error
        }
      },
    }
  }
