import type { KubeObject } from "#api/objects.ts"
import { isEnding } from "./kinds.ts"

export interface Condition {
  type: string
  status: string
  reason?: string
  message?: string
  lastTransitionTime?: string
  lastUpdateTime?: string
}

export const conditionOf = (object: KubeObject, type: string): Condition | undefined =>
  (object["status"]?.conditions as Condition[] | undefined)?.find((condition) => condition.type === type)

export const isReady = (pod: KubeObject): boolean => conditionOf(pod, "Ready")?.status === "True"

/** It has ended, well or badly, and starts no more. */
export const isOver = (pod: KubeObject): boolean =>
  pod["status"]?.phase === "Succeeded" || pod["status"]?.phase === "Failed"

/** It runs or will run. */
export const isActive = (pod: KubeObject): boolean => !isOver(pod) && !isEnding(pod)

export const isTerminating = (pod: KubeObject): boolean => !isOver(pod) && isEnding(pod)

/** Since when it is ready; undefined when it is not, or when nobody noted it. */
export function readySince(pod: KubeObject): number | undefined {
  const condition = conditionOf(pod, "Ready")
  if (condition?.status !== "True" || !condition.lastTransitionTime) return undefined
  return Date.parse(condition.lastTransitionTime)
}

export function isAvailable(pod: KubeObject, minReadySeconds: number, nowMs: number): boolean {
  return isReady(pod) && availableInMs(pod, minReadySeconds, nowMs) === 0
}

/** How long a ready pod has to stay so until it counts. */
function availableInMs(pod: KubeObject, minReadySeconds: number, nowMs: number): number {
  if (minReadySeconds === 0) return 0
  const since = readySince(pod)
  return since === undefined ? minReadySeconds * 1000 : Math.max(0, since + minReadySeconds * 1000 - nowMs)
}

/** When the next of these pods counts as available; undefined when there is none to wait for. */
export function nextAvailable(pods: readonly KubeObject[], minReadySeconds: number, nowMs: number) {
  const waits = pods.filter(isReady).map((pod) => availableInMs(pod, minReadySeconds, nowMs))
  const ahead = waits.filter((ms) => ms > 0)
  return ahead.length > 0 ? { againInMs: Math.min(...ahead) } : undefined
}

export const createdAt = (object: KubeObject): number => Date.parse(object.metadata.creationTimestamp ?? "") || 0

/** The oldest first; by name where they are of one second. */
export const byAge = (one: KubeObject, other: KubeObject): number =>
  createdAt(one) - createdAt(other) || (one.metadata.name < other.metadata.name ? -1 : 1)
