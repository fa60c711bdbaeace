import type { Canary } from "#api/canary.ts"
import type { KubeObject, ObjectRef } from "#api/objects.ts"
import { deadlineSeconds, includedKeys, namespaceOf, ownerOf, primaryName, targetName } from "#api/release.ts"
import type { Wanted } from "#kube/contract.ts"
import { configUsesOf } from "./config-references.ts"
import type { Copy, Readiness, Target, TargetSettings } from "./contract.ts"
import {
  everyKey,
  primarySelector,
  primaryTemplate,
  samePodTemplates,
  selectorOf,
  spreadAsPrimary,
} from "./pod-template.ts"
import { discoveredPorts } from "./ports.ts"
import { deploymentReadiness } from "./readiness.ts"
import { revisionOf } from "./revision.ts"

export const deployment: Target = {
  serves: (canary) => canary.spec.targetRef.kind === "Deployment",
  ref: (canary) => deploymentRef(canary, targetName(canary)),
  primaryRef: (canary) => deploymentRef(canary, primaryName(canary)),
  selector: (_canary, target, settings) => selectorOf(target, settings.selectorLabels),
  ports: (canary, target) => discoveredPorts(canary, target.spec.template.spec.containers),
  revision: (target) => revisionOf(target.spec.template),
  configUses: (target) => configUsesOf(target.spec.template.spec),
  primary,
  promoted,
  samePods: (_canary, copy, settings) => samePodTemplates(templateOf(copy, settings), copy.primary.spec.template),
  readiness,
  isAtZero: (target) => target.spec.replicas === 0,
  toZero: () => ({ spec: { replicas: 0 } }),
  fromZero: (_target, replicas) => ({ spec: { replicas } }),
  replicas,
}

// The kind has one API version left, whatever older one the canary still names.
const deploymentRef = (canary: Canary, name: string): ObjectRef => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  namespace: namespaceOf(canary),
  name,
})

const rolloutFields = ["progressDeadlineSeconds", "minReadySeconds", "revisionHistoryLimit", "strategy"]

function primary(canary: Canary, copy: Copy, settings: TargetSettings): KubeObject {
  const { metadata, spec } = copy.target
  const { label, value } = primarySelector(selectorOf(copy.target, settings.selectorLabels))
  const copied = rolloutFields.filter((field) => spec[field] !== undefined).map((field) => [field, spec[field]])
  const { namespace, name, ...type } = deploymentRef(canary, primaryName(canary))
  return {
    ...type,
    metadata: {
      name,
      namespace,
      labels: { ...includedKeys(metadata.labels, settings.includeLabelPrefixes), [label]: value },
      annotations: includedKeys(metadata.annotations, everyKey),
      ownerReferences: [ownerOf(canary)],
    },
    spec: {
      ...Object.fromEntries(copied),
      replicas: ownReplicas(copy.target) || 1,
      selector: { matchLabels: { [label]: value } },
      template: templateOf(copy, settings),
    },
  }
}

function promoted(canary: Canary, copy: Copy, settings: TargetSettings): Wanted {
  const object = primary(canary, copy, settings)
  const annotations = includedKeys(copy.target.metadata.annotations, settings.includeLabelPrefixes)
  // A target at zero says nothing about how many pods serve; with an autoscaler the number is the autoscaler's.
  const owned = canary.spec.autoscalerRef || ownReplicas(copy.target) === 0 ? [] : ["replicas"]
  return {
    object: { ...object, metadata: { ...object.metadata, annotations } },
    owned: [...rolloutFields, "template", ...owned].map((field) => ["spec", field]),
    labels: "replace",
    annotations: "replace",
    keepAnnotations: ["deployment.kubernetes.io/revision"],
  }
}

function templateOf(copy: Copy, settings: TargetSettings) {
  const { target } = copy
  const template = primaryTemplate(copy, primarySelector(selectorOf(target, settings.selectorLabels)))
  return { ...template, spec: spreadAsPrimary(template.spec!, target.metadata.name, settings.selectorLabels) }
}

function readiness(canary: Canary, workload: KubeObject, role: "primary" | "canary", nowMs: number): Readiness {
  const { primaryReadyThreshold = 100, canaryReadyThreshold = 100 } = canary.spec.analysis
  const readyThreshold = role === "primary" ? primaryReadyThreshold : canaryReadyThreshold
  const found = deploymentReadiness(workload, { readyThreshold, deadlineSeconds: deadlineSeconds(canary) }, nowMs)
  if (found.ready) return found
  const who = role === "primary" ? primaryName(canary) : `canary deployment ${targetName(canary)}`
  return { ...found, why: `${who}.${namespaceOf(canary)} not ready: ${found.why}` }
}

const ownReplicas = (workload: KubeObject): number => workload.spec.replicas ?? 1

function replicas(target: KubeObject, primary: KubeObject | undefined, scalerMinimum: number | undefined): number {
  const usual = scalerMinimum ?? (primary ? ownReplicas(primary) : 0)
  return ownReplicas(target) || usual || 1
}
