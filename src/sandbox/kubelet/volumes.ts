import type {
  ConfigMapProjection,
  DownwardAPIVolumeFile,
  KeyToPath,
  SecretProjection,
  Volume,
  VolumeProjection,
} from "kubernetes-types/core/v1.js"
import { type Config, containerFor, notFound } from "./environment.ts"
import { fieldOf, resourceOf, type Whereabouts } from "./fields.ts"
import type { Pod } from "./pod.ts"

export interface File {
  content: Buffer
  mode: number
}

/** From path inside the volume to file. */
export type Files = Map<string, File>

const USUAL_MODE = 0o644

/** What is in a volume; undefined for one that starts empty and is the programs' own. */
export function filesOf(volume: Volume, around: { pod: Pod; where: Whereabouts; config: Config }): Files | undefined {
  const { configMap, secret, downwardAPI, projected, emptyDir } = volume
  if (emptyDir) return undefined
  if (configMap) return projectedFiles([{ configMap }], configMap.defaultMode, around)
  if (secret) {
    const { secretName: name, items, optional, defaultMode } = secret
    return projectedFiles([{ secret: { name, items, optional } }], defaultMode, around)
  }
  if (downwardAPI) return projectedFiles([{ downwardAPI }], downwardAPI.defaultMode, around)
  if (projected) return projectedFiles(projected.sources ?? [], projected.defaultMode, around)
  const [type = "no"] = Object.keys(volume).filter((key) => key !== "name")
  throw new Error(`the sandbox has no ${type} volumes; it knows configMap, secret, downwardAPI, projected and emptyDir`)
}

function projectedFiles(
  sources: VolumeProjection[],
  mode = USUAL_MODE,
  around: { pod: Pod; where: Whereabouts; config: Config },
): Files {
  const files: Files = new Map()
  for (const { configMap, secret, downwardAPI } of sources) {
    if (configMap) addConfig(files, "ConfigMap", configMap, mode, around.config)
    if (secret) addConfig(files, "Secret", secret, mode, around.config)
    for (const item of downwardAPI?.items ?? []) {
      files.set(item.path, { content: Buffer.from(described(item, around)), mode: item.mode ?? mode })
    }
  }
  return files
}

function addConfig(
  files: Files,
  kind: "ConfigMap" | "Secret",
  { name = "", items, optional }: ConfigMapProjection | SecretProjection,
  mode: number,
  config: Config,
): void {
  const found = config(kind, name)
  if (!found) {
    if (optional) return
    throw notFound(kind, name)
  }
  const content = contentOf(kind, found["data"], found["binaryData"])
  for (const item of items ?? allItems(content)) {
    const bytes = content.get(item.key)
    if (bytes) files.set(item.path, { content: bytes, mode: item.mode ?? mode })
    else if (!optional) throw new Error(`${kind.toLowerCase()} references non-existent config key: ${item.key}`)
  }
}

const allItems = (content: Map<string, Buffer>): KeyToPath[] => [...content.keys()].map((key) => ({ key, path: key }))

function contentOf(
  kind: "ConfigMap" | "Secret",
  data: Record<string, string> = {},
  binaryData: Record<string, string> = {},
): Map<string, Buffer> {
  const encoding = kind === "Secret" ? "base64" : "utf8"
  return new Map([
    ...Object.entries(data).map(([key, value]) => [key, Buffer.from(value, encoding)] as const),
    ...Object.entries(binaryData).map(([key, value]) => [key, Buffer.from(value, "base64")] as const),
  ])
}

function described(
  { fieldRef, resourceFieldRef }: DownwardAPIVolumeFile,
  { pod, where }: { pod: Pod; where: Whereabouts },
): string {
  if (fieldRef) return fieldOf(pod, fieldRef, where)
  const container = resourceFieldRef && containerFor(pod, resourceFieldRef.containerName)
  if (!container) throw new Error("a resourceFieldRef in a volume must name one of the pod's containers")
  return resourceOf(container, resourceFieldRef)
}
