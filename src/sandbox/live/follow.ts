import type { Canary } from "#api/canary.ts"
import { type KubeObject, keyOf, refOf } from "#api/objects.ts"
import { thresholdOf } from "#api/release.ts"
import type { Cluster } from "../contract.ts"
import type { ReleaseView } from "./screen.ts"

export interface Told {
  atMs: number
  text: string
  isWarning: boolean
  about: { namespace: string; name: string }
}

/** Every release as it stands, and what is told about it. */
export interface Following {
  releases(): ReleaseView[]
  stop(): void
}

export interface Listener {
  /** A phase or a weight has changed. */
  moved(release: ReleaseView, canary: Canary): void
  told(event: Told): void
}

const canaryKind = { apiVersion: "flagger.app/v1beta1", kind: "Canary" }
const deploymentKind = { apiVersion: "apps/v1", kind: "Deployment" }

export function followReleases(cluster: Cluster, listener: Listener): Following {
  const releases = new Map<string, ReleaseView>()
  const heard = new Map<string, number>()

  function seen(canary: Canary): void {
    const key = keyOf(refOf(canary))
    const view = viewOf(cluster, canary)
    const before = releases.get(key)
    releases.set(key, view)
    const isMoved = before?.phase !== view.phase || before.weights.canary !== view.weights.canary
    if (isMoved && view.phase) listener.moved(view, canary)
  }

  function hear({ metadata, message, type, count = 1, involvedObject, lastTimestamp }: KubeObject): void {
    if (involvedObject?.kind !== "Canary" || heard.get(metadata.name) === count) return
    heard.set(metadata.name, count)
    const { namespace, name } = involvedObject
    const atMs = Date.parse(lastTimestamp ?? metadata.creationTimestamp)
    listener.told({ atMs, text: message, isWarning: type === "Warning", about: { namespace, name } })
  }

  const stops = [
    cluster.watch(canaryKind, (type, object) => {
      if (type === "DELETED") releases.delete(keyOf(refOf(object)))
      else seen(object as Canary)
    }),
    cluster.watch(routeKind, (_, { metadata }) => {
      const canary = cluster.get({ ...canaryKind, namespace: metadata.namespace!, name: metadata.name })
      if (canary) seen(canary as Canary)
    }),
    cluster.watch({ apiVersion: "v1", kind: "Event" }, (type, object) => {
      if (type !== "DELETED") hear(object)
    }),
  ]
  return {
    releases: () => [...releases.values()],
    stop: () => {
      for (const stop of stops) stop()
    },
  }
}

const routeKind = { apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute" }

/** What users without special headers get, as the gateway has it. */
function weightOnCanary(cluster: Cluster, canary: Canary): number {
  const { namespace, name } = canary.metadata
  const route = cluster.get({ ...routeKind, namespace: namespace, name: canary.spec.service?.name ?? name })
  const backends: { name: string; weight?: number }[] = route?.["spec"].rules.at(-1)?.backendRefs ?? []
  return backends.find((backend) => backend.name.endsWith("-canary"))?.weight ?? 0
}

function viewOf(cluster: Cluster, canary: Canary): ReleaseView {
  const { name, namespace } = canary.metadata
  const { phase = "", failedChecks = 0 } = canary.status ?? {}
  const canaryWeight = weightOnCanary(cluster, canary)
  const target = canary.spec.targetRef.name
  const versionOf = (workload: string) =>
    shownVersion(cluster.get({ ...deploymentKind, namespace: namespace, name: workload }))
  return {
    name: `${name}.${namespace}`,
    phase,
    weights: { primary: 100 - canaryWeight, canary: canaryWeight },
    versions: { primary: versionOf(`${target}-primary`), canary: versionOf(target) },
    failedChecks,
    threshold: thresholdOf(canary.spec.analysis),
  }
}

/** The demo app says its version in its environment; anything else in the tag of its image. */
function shownVersion(deployment: KubeObject | undefined): string {
  const container = deployment?.["spec"].template.spec.containers[0]
  const said = container?.env?.find(({ name }: { name: string }) => name === "VERSION")?.value
  return said ?? container?.image.split(":").at(-1) ?? ""
}
