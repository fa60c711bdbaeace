import type { KubeObject } from "#api/objects.ts"

const UID = "controller-uid"
const NAME = "job-name"
const PREFIX = "batch.kubernetes.io/"

export const generatedLabels = ({ metadata }: KubeObject): Record<string, string> => ({
  [NAME]: metadata.name,
  [PREFIX + NAME]: metadata.name,
  [UID]: metadata.uid!,
  [PREFIX + UID]: metadata.uid!,
})

/** So that a job never takes the pods of another one. */
export function generateSelector(object: KubeObject): void {
  const { metadata, spec } = object
  const labels = (spec.template.metadata.labels ??= {})
  for (const [key, value] of Object.entries(generatedLabels(object))) labels[key] ??= value
  metadata.labels ??= labels
  spec.selector ??= {}
  spec.selector.matchLabels ??= {}
  spec.selector.matchLabels[PREFIX + UID] ??= metadata.uid
}
