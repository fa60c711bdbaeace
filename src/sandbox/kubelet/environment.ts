import type { Container, EnvFromSource, EnvVarSource } from "kubernetes-types/core/v1.js"
import type { KubeObject } from "#api/objects.ts"
import { expand } from "./expand.ts"
import { fieldOf, resourceOf, type Whereabouts } from "./fields.ts"
import { tagOf } from "./images.ts"
import { type Pod, portsOf } from "./pod.ts"

/** A ConfigMap or Secret of the pod's namespace. */
export type Config = (kind: "ConfigMap" | "Secret", name: string) => KubeObject | undefined

export interface Surroundings {
  pod: Pod
  container: Container
  where: Whereabouts
  /** Where the pod answers for a container port. */
  realPort(containerPort: number): number
  /** The container's working folder. */
  folder: string
  /** From volume to folder, for those it mounts. */
  volumes: Readonly<Record<string, string>>
  config: Config
}

/**
 * The environment of a container's program. Besides what the pod asks for, programs get:
 * `HOST` and `PORT`, where they are to listen (`PORTS` when there are more, separated by commas); `POD_NAME`, `POD_NAMESPACE`,
 * `POD_IP`, `NODE_NAME`, `HOSTNAME`, `CONTAINER_NAME`, `IMAGE` and `IMAGE_TAG`; `VOLUME_<NAME>`, the folder of each volume; and
 * `HOME`, the container's own folder, where they start and below which its mounts are.
 */
export function environmentOf(around: Surroundings): Record<string, string> {
  const { pod, container, config } = around
  const env: Record<string, string> = given(around)
  for (const source of container.envFrom ?? []) Object.assign(env, allOf(source, config))
  for (const { name, value, valueFrom } of container.env ?? []) {
    const text = value ? expand(value, env) : valueFrom ? sourced(valueFrom, around, pod) : ""
    if (text !== undefined) env[name] = text
  }
  // Where to listen is ours to say, or replicas would meet on one port.
  env["HOST"] = around.where.podIP
  const port = env["PORT"] ?? ""
  if (/^\d+$/.test(port)) env["PORT"] = String(around.realPort(Number(port)))
  return env
}

function given({ pod, container, where, realPort, folder, volumes }: Surroundings): Record<string, string> {
  const { name, namespace = "" } = pod.metadata
  const ports = portsOf(container).map(({ containerPort }) => containerPort)
  const env: Record<string, string> = {
    PATH: process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
    HOME: folder,
    HOSTNAME: pod.spec.hostname ?? name,
    POD_NAME: name,
    POD_NAMESPACE: namespace,
    POD_IP: where.podIP,
    NODE_NAME: where.nodeName,
    CONTAINER_NAME: container.name,
    IMAGE: container.image ?? "",
    IMAGE_TAG: tagOf(container.image ?? ""),
  }
  // Real once it is known that the pod does not say otherwise.
  if (ports[0] !== undefined) env["PORT"] = String(ports[0])
  if (ports.length > 1) env["PORTS"] = ports.map(realPort).join(",")
  for (const [volume, path] of Object.entries(volumes)) env[`VOLUME_${variableOf(volume)}`] = path
  return env
}

const variableOf = (name: string): string => name.toUpperCase().replace(/[^A-Z0-9]/g, "_")

function allOf({ prefix = "", configMapRef, secretRef }: EnvFromSource, config: Config): Record<string, string> {
  const ref = configMapRef ?? secretRef
  if (!ref?.name) return {}
  const data = dataOf(config, configMapRef ? "ConfigMap" : "Secret", ref.name, ref.optional)
  return Object.fromEntries(Object.entries(data ?? {}).map(([key, value]) => [prefix + key, value]))
}

/** Undefined where something optional is missing. */
function sourced(source: EnvVarSource, { where, container, config }: Surroundings, pod: Pod): string | undefined {
  if (source.fieldRef) return fieldOf(pod, source.fieldRef, where)
  if (source.resourceFieldRef)
    return resourceOf(containerFor(pod, source.resourceFieldRef.containerName) ?? container, source.resourceFieldRef)
  const ref = source.configMapKeyRef ?? source.secretKeyRef
  if (!ref?.name) throw new Error("the sandbox does not know this source of an environment variable")
  const kind = source.configMapKeyRef ? "ConfigMap" : "Secret"
  const data = dataOf(config, kind, ref.name, ref.optional)
  if (!data) return undefined
  const value = data[ref.key]
  if (value === undefined && !ref.optional)
    throw new Error(`couldn't find key ${ref.key} in ${kind} ${pod.metadata.namespace}/${ref.name}`)
  return value
}

export const containerFor = ({ spec }: Pod, name: string | undefined): Container | undefined =>
  [...spec.containers, ...(spec.initContainers ?? [])].find((container) => container.name === name)

function dataOf(config: Config, kind: "ConfigMap" | "Secret", name: string, optional = false) {
  const found = config(kind, name)
  if (!found && !optional) throw notFound(kind, name)
  const data = found?.["data"] as Record<string, string> | undefined
  if (!found || kind === "ConfigMap") return found && (data ?? {})
  return Object.fromEntries(
    Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
  )
}

export const notFound = (kind: "ConfigMap" | "Secret", name: string): Error =>
  new Error(`${kind.toLowerCase()} "${name}" not found`)
