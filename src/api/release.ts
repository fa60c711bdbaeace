import type { Analysis, Canary } from "./canary.ts"
import { parseDurationMs } from "./duration.ts"
import { API_VERSION } from "./canary.ts"
import type { ObjectRef, OwnerReference } from "./objects.ts"

/** Names of the three Services and of everything derived from them. */
export interface Names {
  apex: string
  primary: string
  canary: string
}
export function namesOf(canary: Canary): Names {
  const apex = canary.spec.service?.name || canary.spec.targetRef.name
  return { apex, primary: `${apex}-primary`, canary: `${apex}-canary` }
}

export const targetName = (canary: Canary): string => canary.spec.targetRef.name
export const primaryName = (canary: Canary): string => `${canary.spec.targetRef.name}-primary`
export const namespaceOf = (canary: Canary): string => canary.metadata.namespace
export const fullName = (canary: Canary): string => `${canary.metadata.name}.${canary.metadata.namespace}`
export const canaryRef = (canary: Canary): ObjectRef => ({
  apiVersion: API_VERSION,
  kind: "Canary",
  namespace: canary.metadata.namespace,
  name: canary.metadata.name,
})

export const ownerOf = (canary: Canary): OwnerReference => ({
  apiVersion: API_VERSION,
  kind: "Canary",
  name: canary.metadata.name,
  uid: canary.metadata.uid ?? "",
  controller: true,
  blockOwnerDeletion: true,
})

export type Strategy = "canary" | "blue-green" | "ab-testing"
export function strategyOf(analysis: Analysis): Strategy {
  if ((analysis.iterations ?? 0) <= 0) return "canary"
  return (analysis.match?.length ?? 0) > 0 ? "ab-testing" : "blue-green"
}

const MINIMUM_INTERVAL_MS = 10_000
const DEFAULT_INTERVAL_MS = 60_000
export function intervalMs(analysis: Analysis): number {
  const parsed = parseDurationMs(analysis.interval ?? "") ?? DEFAULT_INTERVAL_MS
  return Math.max(parsed, MINIMUM_INTERVAL_MS)
}

export const thresholdOf = (analysis: Analysis): number => ((analysis.threshold ?? 0) > 0 ? analysis.threshold! : 1)
export const deadlineSeconds = (canary: Canary): number => canary.spec.progressDeadlineSeconds ?? 600

export function maxWeightOf(analysis: Analysis): number {
  const last = analysis.stepWeights?.at(-1)
  if (last !== undefined) return Math.min(100, last)
  return (analysis.maxWeight ?? 0) > 0 ? analysis.maxWeight! : 100
}

/** Keys that tell Flux to leave an object alone. */
export const fluxOff = {
  "kustomize.toolkit.fluxcd.io/reconcile": "disabled",
  "helm.toolkit.fluxcd.io/driftDetection": "disabled",
} as const
const isToolkitKey = (key: string): boolean => key.includes("toolkit.fluxcd.io")
export const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
export const ORIGINAL_CONFIG = "flagger.kubernetes.io/original-configuration"

/** The part of `labels` or `annotations` that `-include-label-prefix` lets through. */
export function includedKeys(
  all: Record<string, string> | undefined,
  prefixes: readonly string[],
): Record<string, string> {
  const wanted = (key: string) =>
    !isToolkitKey(key) && prefixes.some((prefix) => prefix === "*" || key.startsWith(prefix))
  return Object.fromEntries(Object.entries(all ?? {}).filter(([key]) => wanted(key)))
}
