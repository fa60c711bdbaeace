import type { Container, ContainerPort, PodSpec, PodStatus } from "kubernetes-types/core/v1.js"
import type { KubeObject, ObjectRef } from "#api/objects.ts"

export type Pod = KubeObject & { spec: PodSpec; status?: PodStatus }

export const podKind = { apiVersion: "v1", kind: "Pod" }

/** Names a pod in the calls of this folder: `namespace/name`. */
export const podKeyOf = ({ metadata }: KubeObject): string => `${metadata.namespace}/${metadata.name}`

/** As the kubelet writes a pod into messages. */
export const podText = ({ metadata }: KubeObject): string =>
  `${metadata.name}_${metadata.namespace}(${metadata.uid ?? ""})`

export const podRef = ({ metadata }: KubeObject): ObjectRef => ({
  ...podKind,
  namespace: metadata.namespace,
  name: metadata.name,
})

/** An init container that keeps running beside the others. */
export const isSidecar = (container: Container): boolean => container.restartPolicy === "Always"

export const portsOf = (container: Container): ContainerPort[] =>
  (container.ports ?? []).filter(({ protocol }) => (protocol ?? "TCP") === "TCP")

/** Every port on which one of its containers says that it listens, each once. */
export function allPorts({ spec }: Pod): number[] {
  const containers = [...(spec.initContainers ?? []), ...spec.containers]
  return [...new Set(containers.flatMap(portsOf).map(({ containerPort }) => containerPort))]
}
