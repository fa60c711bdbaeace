import type { KubeObject } from "#api/objects.ts"
import { isFields } from "../schema/fields.ts"
import { jsonText } from "../schema/json.ts"
import { isWellTyped } from "./config-problems.ts"
import { differences } from "./differences.ts"
import { difference, type FieldSet, union } from "./field-set.ts"
import type { FieldType } from "./field-type.ts"
import { goJson } from "./go-text.ts"
import { fieldsOf } from "./owned-fields.ts"

const ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration"
const MOST_BYTES = 256 * 1024

/** What was last applied on the client's side and is still as it was then. */
export function appliedByClient(live: KubeObject, type: FieldType): FieldSet | undefined {
  const config = parsed(live.metadata.annotations?.[ANNOTATION])
  if (!isFields(config) || config["apiVersion"] !== live.apiVersion || !isWellTyped(config, type)) return undefined
  const { added, modified, removed } = differences(config, live, type)
  return difference(fieldsOf(config, type), union(union(added, modified), removed))
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "null")
  } catch {
    return undefined
  }
}

/** Whoever goes back to applying on the client's side finds there what was applied here. */
export function withLastApplied(object: KubeObject, config: KubeObject): KubeObject {
  const { annotations } = object.metadata
  if (!annotations?.[ANNOTATION]) return object
  const { [ANNOTATION]: _, ...others } = annotations
  const written = { ...others, [ANNOTATION]: `${goJson(jsonText(withoutAnnotation(config)))}\n` }
  return { ...object, metadata: { ...object.metadata, annotations: bytesOf(written) > MOST_BYTES ? others : written } }
}

function withoutAnnotation(config: KubeObject): KubeObject {
  const { annotations, ...metadata } = config.metadata
  if (!annotations) return config
  const { [ANNOTATION]: _, ...others } = annotations
  return { ...config, metadata: { ...metadata, annotations: others } }
}

const bytesOf = (annotations: Record<string, string>): number =>
  Object.entries(annotations).reduce((sum, [name, text]) => sum + Buffer.byteLength(name) + Buffer.byteLength(text), 0)
