import { keyOf, type KubeObject, type ObjectRef } from "#api/objects.ts"
import { isTracked, checksumOf } from "#targets/configs.ts"
import type { ConfigUse, TrackedConfig } from "#targets/contract.ts"
import type { Cluster } from "./clusters.ts"

/** Reads the checksums of ConfigMaps and Secrets. Only a config that has changed is fetched; its content is not kept. */
export interface ConfigReader {
  /** Throws when a required config cannot be read. */
  tracked(namespace: string, uses: ConfigUse[]): Promise<TrackedConfig[]>
}

export const configRef = (namespace: string, use: Pick<ConfigUse, "kind" | "name">): ObjectRef => ({
  apiVersion: "v1",
  kind: use.kind,
  namespace,
  name: use.name,
})

export const configKey = ({ kind, name }: Pick<ConfigUse, "kind" | "name">): string => `${kind.toLowerCase()}/${name}`

interface Known {
  resourceVersion: string | undefined
  checksum: string | undefined
}

export function createConfigReader({ api, caches }: Cluster): ConfigReader {
  const known = new Map<string, Known>()

  async function checksum(ref: ObjectRef, optional: boolean): Promise<string | undefined> {
    const key = keyOf(ref)
    const seen = caches.get(ref)
    if (!seen) {
      known.delete(key)
      if (optional) return undefined
      throw new Error(missing(ref))
    }
    const before = known.get(key)
    if (before && before.resourceVersion === seen.metadata.resourceVersion) return before.checksum
    const config = await api.get(ref)
    if (!config) {
      if (optional) return undefined
      throw new Error(missing(ref))
    }
    const now = { resourceVersion: config.metadata.resourceVersion, checksum: sumOf(config) }
    known.set(key, now)
    return now.checksum
  }

  return {
    tracked: async (namespace, uses) => {
      const sums = await Promise.all(uses.map((use) => checksum(configRef(namespace, use), use.optional)))
      return uses.flatMap(({ kind, name }, index) => {
        const sum = sums[index]
        return sum === undefined ? [] : [{ kind, name, checksum: sum }]
      })
    },
  }
}

const sumOf = (config: KubeObject): string | undefined =>
  isTracked(config) ? checksumOf(config["data"], config["binaryData"]) : undefined

const missing = ({ kind, name, namespace }: ObjectRef): string =>
  `GetTargetConfigs failed: ${kind.toLowerCase()} ${name}.${namespace} get query error: ${kind.toLowerCase()}s "${name}" not found`
