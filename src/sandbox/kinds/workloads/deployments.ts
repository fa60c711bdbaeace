import type { KubeObject } from "#api/objects.ts"
import type { Rules, ScalePaths } from "../../apiserver/resource.ts"
import { forbidden, invalid, required, unsupported } from "../../schema/problem.ts"
import type { FieldProblem } from "../../schema/schema.ts"
import { isZeroPortion, notAboveAll, notNegative, portionProblems } from "../checks.ts"
import { age, name, text, wide } from "../columns.ts"
import { builtInKind } from "../kind.ts"
import { selectorText } from "../label-selector.ts"
import { podSpecDefaults } from "../pods/pod-defaults.ts"
import { labelsColumn, readyText, replicaColumns, selectorColumn, templateColumns } from "./workload-columns.ts"
import {
  fixedSelectorProblems,
  lastingTemplateProblems,
  unselectedProblems,
  workloadProblems,
} from "./workload-problems.ts"

type Fields = KubeObject["spec"]

const deployment: Rules = {
  defaults({ spec }) {
    podSpecDefaults(spec.template.spec)
    spec.replicas ??= 1
    spec.revisionHistoryLimit ??= 10
    spec.progressDeadlineSeconds ??= 600
    spec.strategy.type ??= "RollingUpdate"
    if (spec.strategy.type !== "RollingUpdate") return
    spec.strategy.rollingUpdate = { maxUnavailable: "25%", maxSurge: "25%", ...spec.strategy.rollingUpdate }
  },
  problems: ({ spec }, old) => [
    ...notNegative("spec.replicas", spec.replicas),
    ...workloadProblems(spec, words),
    ...strategyProblems(spec.strategy),
    ...notNegative("spec.minReadySeconds", spec.minReadySeconds),
    ...notNegative("spec.revisionHistoryLimit", spec.revisionHistoryLimit),
    ...deadlineProblems(spec),
    ...fixedSelectorProblems(spec, old?.["spec"]),
  ],
  // Annotations are copied to the replica sets.
  generationCounts: ["spec", "metadata.annotations"],
}

// Of replica sets the server says the same.
const words = { workload: "deployment", unreadable: "invalid label selector", kind: "ReplicaSet" }

function strategyProblems({ type, rollingUpdate }: Fields): FieldProblem[] {
  const path = "spec.strategy"
  if (type === "Recreate") {
    if (!rollingUpdate) return []
    return [forbidden(`${path}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")]
  }
  if (type !== "RollingUpdate")
    return [unsupported(path, { Type: type, RollingUpdate: null }, ["Recreate", "RollingUpdate"])]
  const { maxUnavailable, maxSurge } = rollingUpdate
  const most = `${path}.rollingUpdate.maxUnavailable`
  return [
    ...portionProblems(most, maxUnavailable),
    ...portionProblems(`${path}.rollingUpdate.maxSurge`, maxSurge),
    ...(isZeroPortion(maxUnavailable) && isZeroPortion(maxSurge)
      ? [invalid(most, maxUnavailable, "may not be 0 when `maxSurge` is 0")]
      : []),
    ...notAboveAll(most, maxUnavailable),
  ]
}

function deadlineProblems({ progressDeadlineSeconds: seconds, minReadySeconds = 0 }: Fields): FieldProblem[] {
  const path = "spec.progressDeadlineSeconds"
  return [
    ...notNegative(path, seconds),
    ...(seconds <= minReadySeconds ? [invalid(path, seconds, "must be greater than minReadySeconds")] : []),
  ]
}

const replicaSet: Rules = {
  defaults({ spec }) {
    podSpecDefaults(spec.template.spec)
    spec.replicas ??= 1
  },
  problems: ({ spec }, old) => [
    ...notNegative("spec.replicas", spec.replicas),
    ...notNegative("spec.minReadySeconds", spec.minReadySeconds),
    ...workloadProblems(spec, words),
    ...fixedSelectorProblems(spec, old?.["spec"]),
  ],
}

const replicationController: Rules = {
  defaults({ metadata, spec }) {
    if (spec.template) podSpecDefaults(spec.template.spec)
    spec.replicas ??= 1
    const labels = spec.template?.metadata.labels
    if (!labels) return
    spec.selector ??= { ...labels }
    metadata.labels ??= { ...labels }
  },
  problems: ({ spec }) => [
    ...notNegative("spec.minReadySeconds", spec.minReadySeconds),
    ...(spec.selector ? [] : [required("spec.selector")]),
    ...notNegative("spec.replicas", spec.replicas),
    ...(spec.template
      ? [
          ...unselectedProblems({ ...spec, selector: { matchLabels: spec.selector } }),
          ...lastingTemplateProblems(spec, "ReplicationController"),
        ]
      : [required("spec.template")]),
  ],
  fieldLabels: ({ status }) => ({ "status.replicas": String(status?.replicas ?? 0) }),
}

export const replicaScale: ScalePaths = {
  specReplicas: ".spec.replicas",
  statusReplicas: ".status.replicas",
  selector: ".spec.selector",
}

export const deployments = () => [
  builtInKind({
    group: "apps",
    version: "v1",
    kind: "Deployment",
    plural: "deployments",
    shortNames: ["deploy"],
    categories: ["all"],
    scale: replicaScale,
    columns: [
      name,
      text("Ready", "How many pods are ready, of how many.", readyText),
      text("Up-to-date", "How many pods have the latest template.", ({ status }) => status?.updatedReplicas ?? 0),
      text(
        "Available",
        "How many pods have been ready for long enough.",
        ({ status }) => status?.availableReplicas ?? 0,
      ),
      age,
      ...templateColumns,
      wide(text("Selector", "Which pods belong to it.", ({ spec }) => selectorText(spec.selector))),
    ],
    rules: deployment,
  }),
  builtInKind({
    group: "apps",
    version: "v1",
    kind: "ReplicaSet",
    plural: "replicasets",
    shortNames: ["rs"],
    categories: ["all"],
    scale: replicaScale,
    columns: [...replicaColumns, selectorColumn],
    rules: replicaSet,
  }),
  builtInKind({
    group: "",
    version: "v1",
    kind: "ReplicationController",
    plural: "replicationcontrollers",
    shortNames: ["rc"],
    categories: ["all"],
    scale: replicaScale,
    columns: [...replicaColumns, labelsColumn],
    rules: replicationController,
  }),
]
