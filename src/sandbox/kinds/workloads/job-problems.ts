import { isDeepStrictEqual } from "node:util"
import type { KubeObject } from "#api/objects.ts"
import { invalid, required } from "../../schema/problem.ts"
import type { FieldProblem } from "../../schema/schema.ts"
import { immutable, notNegative, oneOf } from "../checks.ts"
import { selectorProblems, selects } from "../label-selector.ts"
import { templateProblems } from "../pods/pod-problems.ts"
import { generatedLabels } from "./job-labels.ts"
import { fixedSelectorProblems, shownSelector, sorted, unselectedProblems } from "./workload-problems.ts"

type Fields = KubeObject["spec"]

export function generatedProblems(object: KubeObject): FieldProblem[] {
  const { spec } = object
  if (spec.manualSelector) return []
  const labels = spec.template.metadata.labels ?? {}
  const generated = generatedLabels(object)
  const wrong = Object.entries(generated).filter(([key, value]) => labels[key] !== value)
  const isOwn = !spec.selector || selects(spec.selector, generated)
  return [
    ...wrong.map(([key, value]) => {
      const path = `spec.template.metadata.labels[${key}]`
      const detail = `must be '${value}'`
      return key in labels ? invalid(path, sorted(labels), detail) : required(path, detail)
    }),
    ...(isOwn ? [] : [invalid("spec.selector", shownSelector(spec.selector), "`selector` not auto-generated")]),
  ]
}

const counts = [
  "parallelism",
  "completions",
  "activeDeadlineSeconds",
  "backoffLimit",
  "ttlSecondsAfterFinished",
  "backoffLimitPerIndex",
  "maxFailedIndexes",
]

export function jobSpecProblems(spec: Fields, path: string): FieldProblem[] {
  return [
    ...counts.flatMap((field) => notNegative(`${path}.${field}`, spec[field])),
    ...(spec.completionMode ? oneOf(`${path}.completionMode`, spec.completionMode, ["NonIndexed", "Indexed"]) : []),
    ...indexProblems(spec, path),
    ...replacementProblems(spec, path),
    ...templateProblems(spec.template, `${path}.template`),
    ...restartProblems(spec.template.spec, `${path}.template.spec.restartPolicy`),
  ]
}

function indexProblems(spec: Fields, path: string): FieldProblem[] {
  if (spec.completionMode === "Indexed") {
    return spec.completions === undefined ? [required(`${path}.completions`, "when completion mode is Indexed")] : []
  }
  return ["backoffLimitPerIndex", "maxFailedIndexes"]
    .filter((field) => spec[field] !== undefined)
    .map((field) => invalid(`${path}.${field}`, spec[field], "requires indexed completion mode"))
}

function replacementProblems({ podReplacementPolicy: policy, podFailurePolicy }: Fields, path: string): FieldProblem[] {
  if (!policy) return []
  return oneOf(
    `${path}.podReplacementPolicy`,
    policy,
    podFailurePolicy ? ["Failed"] : ["Failed", "TerminatingOrFailed"],
  )
}

function restartProblems({ restartPolicy }: Fields, path: string): FieldProblem[] {
  if (restartPolicy === "Always") return [required(path, 'valid values: "OnFailure", "Never"')]
  return oneOf(path, restartPolicy, ["OnFailure", "Never"])
}

export function selectionProblems(spec: Fields): FieldProblem[] {
  return [
    ...(spec.selector ? selectorProblems("spec.selector", spec.selector) : [required("spec.selector")]),
    ...unselectedProblems(spec),
  ]
}

const fixed = ["template", "completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"]

export function updateProblems(spec: Fields, old: Fields): FieldProblem[] {
  const isElastic =
    spec.completionMode === "Indexed" && spec.completions === spec.parallelism && old.completions === old.parallelism
  return [
    ...(isElastic ? [] : immutable("spec.completions", spec.completions, old.completions)),
    ...fixedSelectorProblems(spec, old),
    ...fixed.flatMap((field) => immutable(`spec.${field}`, spec[field], withFreePlacement(field, spec, old))),
  ]
}

/** As long as a suspended job has not started, where its pods may run can change. */
function withFreePlacement(field: string, spec: Fields, old: Fields): unknown {
  if (field !== "template" || !old.suspend) return old[field]
  const { nodeSelector, tolerations, affinity, schedulingGates } = spec.template.spec
  const placement = { nodeSelector, tolerations, affinity, schedulingGates }
  const own = Object.fromEntries(Object.entries(placement).filter(([, value]) => value !== undefined))
  const others = Object.entries(old.template.spec).filter(([name]) => !(name in placement))
  const template = { ...spec.template, spec: { ...Object.fromEntries(others), ...own } }
  return isDeepStrictEqual(template, spec.template) ? spec.template : old.template
}
