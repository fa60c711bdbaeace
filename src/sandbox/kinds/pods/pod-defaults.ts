import type { KubeObject } from "#api/objects.ts"
import { milliQuantity } from "../quantity.ts"

type Fields = KubeObject["spec"]

/** What the server adds to the pods of every template. */
export function podSpecDefaults(spec: Fields): void {
  spec.dnsPolicy ??= "ClusterFirst"
  spec.restartPolicy ??= "Always"
  spec.securityContext ??= {}
  spec.terminationGracePeriodSeconds ??= 30
  spec.schedulerName ??= "default-scheduler"
  // The older name of the field lives on beside the other.
  spec.serviceAccountName ??= spec.serviceAccount
  spec.serviceAccount = spec.serviceAccountName
  if (spec.serviceAccountName === undefined) {
    delete spec.serviceAccountName
    delete spec.serviceAccount
  }
  for (const container of containersOf(spec)) containerDefaults(container)
  for (const volume of spec.volumes ?? []) volumeDefaults(volume)
}

const containersOf = ({ initContainers = [], containers, ephemeralContainers = [] }: Fields): Fields[] => [
  ...initContainers,
  ...(containers ?? []),
  ...ephemeralContainers,
]

function containerDefaults(container: Fields): void {
  container.imagePullPolicy ??= pullPolicyOf(container.image ?? "")
  container.terminationMessagePath ??= "/dev/termination-log"
  container.terminationMessagePolicy ??= "File"
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) {
    if (probe) probeDefaults(probe)
  }
  for (const handler of [container.lifecycle?.postStart, container.lifecycle?.preStop])
    requestDefaults(handler?.httpGet)
  for (const { valueFrom } of container.env ?? []) fieldDefaults(valueFrom?.fieldRef)
  for (const amounts of [container.resources?.limits, container.resources?.requests]) amountDefaults(amounts)
}

/** What may be another image tomorrow is asked for every time. */
function pullPolicyOf(image: string): "Always" | "IfNotPresent" {
  const [named = "", digest] = image.split("@")
  const [, tag] = named.slice(named.lastIndexOf("/") + 1).split(":")
  const isLatest = tag === "latest" || (!tag && !digest)
  return isLatest ? "Always" : "IfNotPresent"
}

function probeDefaults(probe: Fields): void {
  requestDefaults(probe.httpGet)
  probe.timeoutSeconds ??= 1
  probe.periodSeconds ??= 10
  probe.successThreshold ??= 1
  probe.failureThreshold ??= 3
}

function requestDefaults(request: Fields): void {
  if (!request) return
  request.path ??= "/"
  request.scheme ??= "HTTP"
}

function fieldDefaults(field: Fields): void {
  if (field) field.apiVersion ??= "v1"
}

export function amountDefaults(amounts: Record<string, string> | undefined): void {
  for (const [name, amount] of Object.entries(amounts ?? {})) amounts![name] = milliQuantity(amount)
}

const READABLE = 0o644

function volumeDefaults(volume: Fields): void {
  const { name: _, ...source } = volume
  if (Object.keys(source).length === 0) volume.emptyDir = {}
  for (const files of [volume.secret, volume.configMap, volume.downwardAPI, volume.projected]) {
    if (files) files.defaultMode ??= READABLE
  }
  itemDefaults(volume.downwardAPI)
  for (const { downwardAPI, serviceAccountToken } of volume.projected?.sources ?? []) {
    itemDefaults(downwardAPI)
    if (serviceAccountToken) serviceAccountToken.expirationSeconds ??= 3600
  }
  if (volume.hostPath) volume.hostPath.type ??= ""
  if (volume.image) volume.image.pullPolicy ??= pullPolicyOf(volume.image.reference ?? "")
  if (volume.ephemeral?.volumeClaimTemplate) volume.ephemeral.volumeClaimTemplate.spec.volumeMode ??= "Filesystem"
}

function itemDefaults(source: Fields): void {
  for (const { fieldRef } of source?.items ?? []) fieldDefaults(fieldRef)
}

/** What only pods themselves get, not the templates they come from. */
export function podDefaults({ spec, status }: KubeObject): void {
  podSpecDefaults(spec)
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    requestsFromLimits(container.resources)
    if (spec.hostNetwork) for (const port of container.ports ?? []) port.hostPort ??= port.containerPort
  }
  spec.enableServiceLinks ??= true
  if (status) samePodAddresses(status)
}

function requestsFromLimits(resources: Fields): void {
  if (!resources?.limits) return
  resources.requests = { ...resources.limits, ...resources.requests }
}

/** One address and a list of addresses, of which it is the first. */
function samePodAddresses(status: Fields): void {
  const first = status.podIPs?.[0]?.ip
  if (status.podIP && status.podIP !== first) status.podIPs = [{ ip: status.podIP }]
  else if (first) status.podIP = first
}
