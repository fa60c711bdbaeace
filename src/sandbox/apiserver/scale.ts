import type { KubeObject } from "#api/objects.ts"
import { type LabelSelector, selectorText } from "../kinds/label-selector.ts"
import { schemaOf } from "../kinds/schemas.ts"
import { jsonPath } from "../schema/json-path.ts"
import { decoded, type Decoding } from "./decoding.ts"
import { invalid, Refusal } from "./refusal.ts"
import type { Resource, ScalePaths } from "./resource.ts"

/** Scales are decoded and patched as objects of a kind of their own. */
export const scaleKind: Resource = {
  group: "autoscaling",
  version: "v1",
  kind: "Scale",
  plural: "scales",
  singular: "scale",
  shortNames: [],
  categories: [],
  namespaced: true,
  schema: schemaOf("autoscaling", "v1", "Scale"),
  isCustom: false,
  hasStatus: true,
  columns: [],
  rules: {},
}

/** How an object shows its number of replicas, for whoever scales without knowing the kind. */
export function scaleOf(object: KubeObject, paths: ScalePaths): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const replicas = valueAt(object, paths.specReplicas)
  const selector = textOf(paths.selector ? valueAt(object, paths.selector) : undefined)
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas ? { replicas: Number(replicas) } : {},
    status: {
      replicas: Number(valueAt(object, paths.statusReplicas) ?? 0),
      ...(selector ? { selector } : {}),
    },
  }
}

/** The same for a reader, who has to be told where a custom object does not say how many it wants. */
export function readScale(object: KubeObject, paths: ScalePaths, { isCustom }: Resource): KubeObject {
  if (isCustom && valueAt(object, paths.specReplicas) === undefined) {
    const why = `the spec replicas field ${JSON.stringify(paths.specReplicas)} does not exist`
    throw new Refusal(500, "InternalError", `Internal error occurred: ${why}`, { causes: [{ message: why }] })
  }
  return scaleOf(object, paths)
}

/** The object with the number of replicas that a Scale asks for. */
export function scaledTo(
  object: KubeObject,
  raw: unknown,
  paths: ScalePaths,
  { isCustom }: Resource,
  decoding: Decoding = {},
): KubeObject {
  const scale = decoded(scaleKind, raw, decoding)
  const replicas: number = scale["spec"]?.replicas ?? 0
  // Custom kinds check it themselves.
  if (replicas < 0 && !isCustom) {
    throw invalid(scaleKind, object.metadata.name, [
      { field: "spec.replicas", type: "Invalid value", value: replicas, detail: "must be greater than or equal to 0" },
    ])
  }
  const changed = structuredClone(object)
  const fields = paths.specReplicas.split(".").filter(Boolean)
  let inside: Record<string, unknown> = changed
  for (const field of fields.slice(0, -1)) inside = (inside[field] ??= {}) as Record<string, unknown>
  inside[fields.at(-1)!] = replicas
  const { resourceVersion } = scale.metadata
  if (resourceVersion) changed.metadata.resourceVersion = resourceVersion
  return changed
}

const valueAt = (object: KubeObject, path: string): unknown => jsonPath(path)(object)[0]

/** Custom kinds have it as text, and replication controllers as plain labels. */
function textOf(selector: unknown): string {
  if (typeof selector === "string") return selector
  if (typeof selector !== "object" || selector === null) return ""
  const isPlain = !("matchLabels" in selector) && !("matchExpressions" in selector)
  return selectorText(isPlain ? { matchLabels: selector as Record<string, string> } : (selector as LabelSelector))
}
