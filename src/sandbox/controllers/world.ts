import { isDeepStrictEqual } from "node:util"
import { type KubeObject, type OwnerReference, refOf } from "#api/objects.ts"
import { ApiError } from "#kube/contract.ts"
import { type Clock, type Cluster, timeText } from "../contract.ts"
import { isEnding, namespaces } from "./kinds.ts"
import type { Labelled } from "./lookup.ts"
import type { OnError } from "./loop.ts"
import type { Tell } from "./events.ts"

/** What the controllers share. */
export interface World {
  cluster: Cluster
  clock: Clock
  pods: Labelled
  /** Writes an Event. */
  tell: Tell
  onError: OnError
}

export const nowText = ({ clock }: Pick<World, "clock">): string => timeText(clock.now())

/** Writes the status where it differs, and gives the object as it is after that. */
export function writeStatus({ cluster }: Pick<World, "cluster">, object: KubeObject, status: object): KubeObject {
  if (isDeepStrictEqual(object["status"] ?? {}, status)) return object
  return cluster.update({ ...object, status }, "status")
}

/** Changes an object that nobody else has changed since. */
export const patchSeen = (
  { cluster }: Pick<World, "cluster">,
  object: KubeObject,
  metadata: object,
  rest: object = {},
): KubeObject =>
  cluster.patch(refOf(object), {
    ...rest,
    metadata: { ...metadata, resourceVersion: object.metadata.resourceVersion },
  })

export function controlledBy({ apiVersion, kind, metadata }: KubeObject): OwnerReference {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid!, controller: true, blockOwnerDeletion: true }
}

/** Creating is refused in a namespace that goes away, and nothing is missing then. */
export function isOfEndingNamespace({ cluster }: Pick<World, "cluster">, error: unknown, namespace: string): boolean {
  if (!(error instanceof ApiError) || (error.status !== 403 && error.status !== 404)) return false
  const found = cluster.get({ ...namespaces, name: namespace })
  return !found || isEnding(found)
}

/** Drops zeros, as Kubernetes does where its fields may be left out. */
export const withoutZeros = (counts: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0))
