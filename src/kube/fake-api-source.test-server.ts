import type { Pool } from "undici"
import { type Dispatcher } from "undici"
import type { KubeObject } from "#api/objects.ts"
import { ApiError } from "./contract.ts"
import { collectionPath, pathOf } from "./kinds.ts"
import type { Collection, ReadOptions, WatchSource } from "./list-watch.ts"

/** The shortest honest client for the fake API. A watch that is silent for `idleMs` fails. */
export function createTestSource(pool: Pool, collection: Collection, idleMs = 90_000): WatchSource {
  const read = async (
    path: string,
    as: string,
    { metadataOnly, signal }: ReadOptions,
  ): Promise<Dispatcher.ResponseData> => {
    const accept = metadataOnly ? `application/json;as=${as};g=meta.k8s.io;v=v1` : "application/json"
    const answer = await pool.request({ method: "GET", path, headers: { accept }, signal, bodyTimeout: idleMs })
    if (answer.statusCode === 200) return answer
    const status = (await answer.body.json()) as { message: string; reason: string }
    const seconds = Number(answer.headers["retry-after"] ?? 0)
    throw Object.assign(new ApiError(status.message, answer.statusCode, status.reason), {
      retryAfterMs: seconds * 1000,
    })
  }
  const path = collectionPath(collection.apiVersion, collection.kind, collection.namespace)
  return {
    async list(query, options) {
      const answer = await read(`${path}?${query}`, "PartialObjectMetadataList", options)
      const { items, metadata } = (await answer.body.json()) as {
        items: KubeObject[]
        metadata: { resourceVersion: string }
      }
      return { items, resourceVersion: metadata.resourceVersion }
    },
    async watch(query, options, onLine) {
      const answer = await read(`${path}?${query}`, "PartialObjectMetadata", options)
      let rest = ""
      for await (const chunk of answer.body.setEncoding("utf8")) {
        const lines = (rest + (chunk as string)).split("\n")
        rest = lines.pop() ?? ""
        for (const line of lines) onLine(line)
      }
    },
    async get(ref, options) {
      try {
        const answer = await read(pathOf(ref), "PartialObjectMetadata", options)
        return (await answer.body.json()) as KubeObject
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return undefined
        throw error
      }
    },
  }
}
