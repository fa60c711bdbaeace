import type { Analysis, Canary } from "#api/canary.ts"
import { deadlineSeconds, strategyOf, thresholdOf } from "#api/release.ts"
import type { Alert, AlertField, AlertText } from "./say.ts"

/** What an alert takes besides its text and its canary. */
export interface AlertCircumstances {
  cluster: string
  timeMs: number
  phase: string
  revision: string
}

export function alertFor(canary: Canary, { metadata, ...text }: AlertText, about: AlertCircumstances): Alert {
  const { name, namespace, uid = "" } = canary.metadata
  const { kind, name: target } = canary.spec.targetRef
  const fields = alertFields(canary, about.cluster, metadata ?? false)
  return { ...text, ...about, canary: name, namespace, uid, target: `${kind}/${target}`, fields }
}

/** The cluster's name, where it has one, and on demand how the canary is released. */
export function alertFields(canary: Canary, cluster: string, metadata: boolean): AlertField[] {
  const first = cluster ? [{ name: "Cluster", value: cluster }] : []
  if (!metadata) return first
  const { analysis, targetRef } = canary.spec
  return [
    ...first,
    { name: "Target", value: `${targetRef.kind}/${targetRef.name}.${canary.metadata.namespace}` },
    { name: "Failed checks threshold", value: `${thresholdOf(analysis)}` },
    { name: "Progress deadline", value: `${deadlineSeconds(canary)}s` },
    ...routing(analysis).map((value) => ({ name: "Traffic routing", value })),
  ]
}

function routing(analysis: Analysis): string[] {
  const { stepWeight = 0, stepWeights = [], maxWeight = 0 } = analysis
  const strategy = strategyOf(analysis)
  if (strategy === "ab-testing") return ["A/B Testing"]
  if (strategy === "blue-green") return ["Blue/Green"]
  if (stepWeight > 0) return [`Weight step: ${stepWeight} max: ${maxWeight}`]
  return stepWeights.length > 0 ? [`Weight steps: ${stepWeights.join(",")} max: ${maxWeight}`] : []
}
