import { isDeepStrictEqual } from "node:util"
import type { KubeObject } from "#api/objects.ts"
import type { Rules } from "../../apiserver/resource.ts"
import { invalid, required, unsupported } from "../../schema/problem.ts"
import type { FieldProblem } from "../../schema/schema.ts"
import { isZeroPortion, notAboveAll, notNegative, portionProblems } from "../checks.ts"
import { age, count, name, text } from "../columns.ts"
import { builtInKind } from "../kind.ts"
import { labelsText, selectorProblems } from "../label-selector.ts"
import { podSpecDefaults } from "../pods/pod-defaults.ts"
import { selectorColumn, templateColumns } from "./workload-columns.ts"
import {
  emptySelectorProblems,
  fixedSelectorProblems,
  lastingTemplateProblems,
  unselectedProblems,
} from "./workload-problems.ts"

type Fields = KubeObject["spec"]

/** How often the template has changed; older clients read it. */
const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"

const rules: Rules = {
  defaults({ spec }) {
    podSpecDefaults(spec.template.spec)
    spec.revisionHistoryLimit ??= 10
    spec.updateStrategy.type ??= "RollingUpdate"
    if (spec.updateStrategy.type !== "RollingUpdate") return
    spec.updateStrategy.rollingUpdate = { maxUnavailable: 1, maxSurge: 0, ...spec.updateStrategy.rollingUpdate }
  },
  beforeCreate: (object) => setTemplateGeneration(object, 1),
  beforeUpdate(object, old) {
    const before = Number(old.metadata.annotations?.[TEMPLATE_GENERATION] ?? 1)
    const isSame = isDeepStrictEqual(object["spec"].template, old["spec"].template)
    setTemplateGeneration(object, before + (isSame ? 0 : 1))
  },
  problems: ({ spec }, old) => [
    ...fixedSelectorProblems(spec, old?.["spec"]),
    ...selectionProblems(spec),
    ...lastingTemplateProblems(spec, "DaemonSet"),
    ...notNegative("spec.minReadySeconds", spec.minReadySeconds),
    ...strategyProblems(spec.updateStrategy),
    ...notNegative("spec.revisionHistoryLimit", spec.revisionHistoryLimit),
  ],
}

function selectionProblems(spec: Fields): FieldProblem[] {
  const unreadable = selectorProblems("spec.selector", spec.selector)
  if (unreadable.length > 0) return unreadable
  return [...emptySelectorProblems(spec.selector, "daemonset"), ...unselectedProblems(spec)]
}

function setTemplateGeneration({ metadata }: KubeObject, generation: number): void {
  metadata.annotations = { ...metadata.annotations, [TEMPLATE_GENERATION]: String(generation) }
}

function strategyProblems({ type, rollingUpdate }: Fields): FieldProblem[] {
  const path = "spec.updateStrategy"
  if (type === "OnDelete") return []
  if (type !== "RollingUpdate")
    return [unsupported(path, { Type: type, RollingUpdate: null }, ["RollingUpdate", "OnDelete"])]
  const { maxUnavailable, maxSurge } = rollingUpdate
  const [unavailable, surge] = [`${path}.rollingUpdate.maxUnavailable`, `${path}.rollingUpdate.maxSurge`]
  return [
    ...portionProblems(unavailable, maxUnavailable),
    ...portionProblems(surge, maxSurge),
    ...notAboveAll(unavailable, maxUnavailable),
    ...notAboveAll(surge, maxSurge),
    ...(!isZeroPortion(maxUnavailable) && !isZeroPortion(maxSurge)
      ? [invalid(surge, maxSurge, "may not be set when maxUnavailable is non-zero")]
      : []),
    ...(isZeroPortion(maxUnavailable) && isZeroPortion(maxSurge)
      ? [required(unavailable, "cannot be 0 when maxSurge is 0")]
      : []),
  ]
}

export const daemonSets = () => [
  builtInKind({
    group: "apps",
    version: "v1",
    kind: "DaemonSet",
    plural: "daemonsets",
    shortNames: ["ds"],
    categories: ["all"],
    columns: [
      name,
      count("Desired", "How many nodes should run a pod.", ({ status }) => status?.desiredNumberScheduled),
      count("Current", "How many nodes run a pod.", ({ status }) => status?.currentNumberScheduled),
      count("Ready", "How many pods are ready.", ({ status }) => status?.numberReady),
      count("Up-to-date", "How many pods have the latest template.", ({ status }) => status?.updatedNumberScheduled),
      count("Available", "How many pods have been ready for long enough.", ({ status }) => status?.numberAvailable),
      text("Node Selector", "The labels of the nodes that run a pod.", ({ spec }) =>
        labelsText(spec.template.spec.nodeSelector),
      ),
      age,
      ...templateColumns,
      selectorColumn,
    ],
    rules,
  }),
]
