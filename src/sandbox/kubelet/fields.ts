import { cpus, totalmem } from "node:os"
import type { Container, ObjectFieldSelector, ResourceFieldSelector } from "kubernetes-types/core/v1.js"
import { goQuote } from "#core/text/go-quote.ts"
import { parseQuantity } from "../kinds/quantity.ts"
import type { Pod } from "./pod.ts"

/** Where the pod is, as its own programs may ask for it. */
export interface Whereabouts {
  podIP: string
  hostIP: string
  nodeName: string
}

/** What the downward API answers for a field of a pod. */
export function fieldOf(
  pod: Pod,
  { fieldPath }: ObjectFieldSelector,
  { podIP, hostIP, nodeName }: Whereabouts,
): string {
  const { name, namespace = "", uid = "", labels = {}, annotations = {} } = pod.metadata
  const plain: Record<string, string> = {
    "metadata.name": name,
    "metadata.namespace": namespace,
    "metadata.uid": uid,
    "metadata.labels": linesOf(labels),
    "metadata.annotations": linesOf(annotations),
    "spec.nodeName": nodeName,
    "spec.serviceAccountName": pod.spec.serviceAccountName ?? "default",
    "status.hostIP": hostIP,
    "status.hostIPs": hostIP,
    "status.podIP": podIP,
    "status.podIPs": podIP,
  }
  const value = plain[fieldPath]
  if (value !== undefined) return value
  const [, map, key = ""] = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(fieldPath) ?? []
  if (map) return (map === "labels" ? labels : annotations)[key] ?? ""
  throw new Error(`unsupported fieldPath: ${fieldPath}`)
}

/** What the downward API answers for a request or limit, in whole units of the divisor. */
export function resourceOf({ resources }: Container, { resource, divisor }: ResourceFieldSelector): string {
  const [, list, name = ""] = /^(requests|limits)\.(.+)$/.exec(resource) ?? []
  if (!list) throw new Error(`unsupported container resource : ${resource}`)
  const set = resources?.[list as "requests" | "limits"]?.[name]
  const value = set === undefined ? ((list === "limits" ? nodeHas[name]?.() : undefined) ?? 0) : parseQuantity(set)
  // Rounded first, since 0.1 / 0.001 is a little more than 100.
  return String(Math.ceil(Number((value / (parseQuantity(divisor || 1) || 1)).toPrecision(15))))
}

/** A container without a limit may use all of the node. */
const nodeHas: Record<string, () => number> = { cpu: () => cpus().length, memory: totalmem }

const linesOf = (map: Record<string, string>): string =>
  Object.keys(map)
    .sort()
    .map((key) => `${key}=${goQuote(map[key]!)}`)
    .join("\n")
