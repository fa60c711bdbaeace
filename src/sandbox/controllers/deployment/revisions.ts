import { isDeepStrictEqual } from "node:util"
import type { KubeObject } from "#api/objects.ts"
import { byAge } from "../pods.ts"
import { templateHash } from "../template-hash.ts"
import { controlledBy } from "../world.ts"
import type { Limits } from "./sizes.ts"

const annotation = (name: string): string => `deployment.kubernetes.io/${name}`
export const REVISION = annotation("revision")
const HISTORY = annotation("revision-history")
const DESIRED_REPLICAS = annotation("desired-replicas")
const MAX_REPLICAS = annotation("max-replicas")
const HASH_LABEL = "pod-template-hash"
const LONGEST_HISTORY = 2000
const LONGEST_NAME = 253

const notCopied = new Set([
  REVISION,
  HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  "kubectl.kubernetes.io/last-applied-configuration",
  "deprecated.deployment.rollback.to",
])

/** The ReplicaSet of the present template, and all others, oldest first. */
export interface Lineage {
  latest: KubeObject | undefined
  old: KubeObject[]
}

export function lineageOf(deployment: KubeObject, sets: readonly KubeObject[]): Lineage {
  const template = withoutHash(deployment["spec"].template)
  const byCreation = sets.toSorted(byAge)
  const latest = byCreation.find((set) => isDeepStrictEqual(withoutHash(set["spec"].template), template))
  return { latest, old: byCreation.filter((set) => set !== latest) }
}

function withoutHash(template: KubeObject): object {
  const { [HASH_LABEL]: _hash, ...labels } = template.metadata?.labels ?? {}
  const { creationTimestamp: _unset, ...metadata } = template.metadata ?? {}
  return { ...template, metadata: { ...metadata, labels } }
}

export const revisionOf = (object: KubeObject): number => Number(object.metadata.annotations?.[REVISION]) || 0

export const nextRevision = (old: readonly KubeObject[]): number => Math.max(0, ...old.map(revisionOf)) + 1

export function newReplicaSet(
  deployment: KubeObject,
  old: readonly KubeObject[],
  size: number,
  limits: Limits,
): KubeObject {
  const { selector, template, minReadySeconds } = deployment["spec"]
  const hash = templateHash(template, deployment["status"]?.collisionCount)
  const { name, namespace } = deployment.metadata
  const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash }
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `${name.slice(0, LONGEST_NAME - hash.length - 1)}-${hash}`,
      namespace: namespace!,
      labels,
      annotations: {
        ...copied(deployment),
        [REVISION]: String(nextRevision(old)),
        ...sizeAnnotations(limits),
      },
      ownerReferences: [controlledBy(deployment)],
    },
    spec: {
      replicas: size,
      ...(minReadySeconds ? { minReadySeconds } : {}),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  }
}

/** Annotations that the ReplicaSet of the present template lacks; one that comes back gets a new revision and keeps its old ones. */
export function missingAnnotations(
  deployment: KubeObject,
  latest: KubeObject,
  old: readonly KubeObject[],
): Record<string, string> {
  const present = latest.metadata.annotations ?? {}
  const wanted = { ...copied(deployment), ...renewed(latest, nextRevision(old)) }
  return Object.fromEntries(Object.entries(wanted).filter(([key, value]) => present[key] !== value))
}

function renewed(latest: KubeObject, revision: number): Record<string, string> {
  const before = revisionOf(latest)
  if (before >= revision) return {}
  const history = latest.metadata.annotations?.[HISTORY]
  return { [REVISION]: String(revision), ...(before > 0 ? { [HISTORY]: appended(history, String(before)) } : {}) }
}

function appended(history: string | undefined, revision: string): string {
  const revisions = [...(history ? history.split(",") : []), revision]
  while (revisions.length > 1 && revisions.join(",").length > LONGEST_HISTORY) revisions.shift()
  return revisions.join(",")
}

const copied = ({ metadata }: KubeObject): Record<string, string> =>
  Object.fromEntries(Object.entries(metadata.annotations ?? {}).filter(([key]) => !notCopied.has(key)))

export const sizeAnnotations = ({ replicas, maxSurge }: Limits): Record<string, string> => ({
  [DESIRED_REPLICAS]: String(replicas),
  [MAX_REPLICAS]: String(replicas + maxSurge),
})

/** The size of the whole deployment when this ReplicaSet got its size. */
export const desiredBefore = ({ metadata }: KubeObject): number | undefined =>
  countIn(metadata.annotations?.[DESIRED_REPLICAS])
export const maxBefore = ({ metadata }: KubeObject): number | undefined => countIn(metadata.annotations?.[MAX_REPLICAS])

const countIn = (text: string | undefined): number | undefined =>
  text && /^\d+$/.test(text) ? Number(text) : undefined

/** Old ReplicaSets that nobody needs any more, those of the oldest revisions. */
export function expired(old: readonly KubeObject[], limit: number | undefined): KubeObject[] {
  if (limit === undefined) return []
  const living = old.filter(({ metadata }) => !metadata.deletionTimestamp)
  return living
    .toSorted((one, other) => revisionOf(one) - revisionOf(other) || byAge(one, other))
    .slice(0, Math.max(0, living.length - limit))
    .filter(isEmpty)
}

const isEmpty = ({ metadata, spec, status }: KubeObject): boolean =>
  spec.replicas === 0 &&
  (status?.replicas ?? 0) === 0 &&
  (metadata.generation ?? 0) <= (status?.observedGeneration ?? 0)
