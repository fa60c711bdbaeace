import type { Container, PodSpec } from "kubernetes-types/core/v1.js"
import type { ConfigUse, TrackedConfig } from "./contract.ts"

/** A place in a pod spec that names a ConfigMap or Secret. */
interface Reference {
  kind: ConfigUse["kind"]
  at: { name?: string; secretName?: string; optional?: boolean }
  field: "name" | "secretName"
}

/** Every ConfigMap and Secret the pods refer to, once each: the last place that names one says whether it is optional. */
export function configUsesOf(pod: PodSpec): ConfigUse[] {
  const uses = new Map<string, ConfigUse>()
  for (const { kind, at, field } of referencesIn(pod)) {
    const name = at[field]
    if (name) uses.set(`${kind}/${name}`, { kind, name, optional: at.optional === true })
  }
  return [...uses.values()]
}

export const primaryConfigName = (name: string): string => `${name}-primary`

/** The same pods, reading the primary's copies of the tracked configs. */
export function withPrimaryConfigs(pod: PodSpec, configs: readonly TrackedConfig[]): PodSpec {
  const tracked = new Set(configs.map(({ kind, name }) => `${kind}/${name}`))
  const copy = structuredClone(pod)
  for (const { kind, at, field } of referencesIn(copy)) {
    const name = at[field]
    if (name && tracked.has(`${kind}/${name}`)) at[field] = primaryConfigName(name)
  }
  return copy
}

function referencesIn(pod: PodSpec): Reference[] {
  const containers = [...(pod.containers ?? []), ...(pod.initContainers ?? [])]
  return [...volumeReferences(pod), ...containers.flatMap(containerReferences)]
}

function volumeReferences(pod: PodSpec): Reference[] {
  return (pod.volumes ?? []).flatMap((volume) => [
    ...reference("ConfigMap", volume.configMap),
    ...reference("Secret", volume.secret, "secretName"),
    ...(volume.projected?.sources ?? []).flatMap((source) => [
      ...reference("ConfigMap", source.configMap),
      ...reference("Secret", source.secret),
    ]),
  ])
}

function containerReferences(container: Container): Reference[] {
  const single = (container.env ?? []).flatMap(({ valueFrom }) => [
    ...reference("ConfigMap", valueFrom?.configMapKeyRef),
    ...reference("Secret", valueFrom?.secretKeyRef),
  ])
  const whole = (container.envFrom ?? []).flatMap((from) => [
    ...reference("ConfigMap", from.configMapRef),
    ...reference("Secret", from.secretRef),
  ])
  return [...single, ...whole]
}

const reference = (
  kind: Reference["kind"],
  at: Reference["at"] | undefined,
  field: Reference["field"] = "name",
): Reference[] => (at ? [{ kind, at, field }] : [])
