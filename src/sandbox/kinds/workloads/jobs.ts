import type { KubeObject } from "#api/objects.ts"
import type { Rules } from "../../apiserver/resource.ts"
import { humanDuration } from "../age.ts"
import { age, conditionIsTrue, name, text } from "../columns.ts"
import { builtInKind } from "../kind.ts"
import { podSpecDefaults } from "../pods/pod-defaults.ts"
import { generateSelector } from "./job-labels.ts"
import { generatedProblems, jobSpecProblems, selectionProblems, updateProblems } from "./job-problems.ts"
import { selectorColumn, templateColumns } from "./workload-columns.ts"

const job: Rules = {
  defaults(object) {
    const { metadata, spec } = object
    podSpecDefaults(spec.template.spec)
    if (spec.parallelism === undefined) spec.completions ??= 1
    spec.parallelism ??= 1
    spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : 2 ** 31 - 1
    spec.completionMode ??= "NonIndexed"
    spec.suspend ??= false
    spec.podReplacementPolicy ??= spec.podFailurePolicy ? "Failed" : "TerminatingOrFailed"
    spec.manualSelector ??= false
    // The very labels of the template: what is added to them later stands here too.
    metadata.labels ??= spec.template.metadata.labels
    if (!metadata.labels) delete metadata.labels
  },
  beforeCreate(object) {
    if (!object["spec"].manualSelector) generateSelector(object)
  },
  problems: (object, old) => [
    ...generatedProblems(object),
    ...jobSpecProblems(object["spec"], "spec"),
    ...selectionProblems(object["spec"]),
    ...(old ? updateProblems(object["spec"], old["spec"]) : []),
  ],
  fieldLabels: ({ status }) => ({ "status.successful": String(status?.succeeded ?? 0) }),
}

function completionsText({ spec, status }: KubeObject): string {
  const succeeded = status?.succeeded ?? 0
  if (spec.completions !== undefined) return `${succeeded}/${spec.completions}`
  return spec.parallelism > 1 ? `${succeeded}/1 of ${spec.parallelism}` : `${succeeded}/1`
}

function durationText({ status }: KubeObject, nowMs: number): string {
  if (!status?.startTime) return ""
  const end = status.completionTime ? Date.parse(status.completionTime) : nowMs
  return humanDuration(end - Date.parse(status.startTime))
}

function jobWord({ metadata, status }: KubeObject): string {
  const has = (type: string) => conditionIsTrue(status?.conditions, type)
  if (has("Complete")) return "Complete"
  if (has("Failed")) return "Failed"
  if (metadata.deletionTimestamp) return "Terminating"
  if (has("Suspended")) return "Suspended"
  if (has("FailureTarget")) return "FailureTarget"
  return has("SuccessCriteriaMet") ? "SuccessCriteriaMet" : "Running"
}

export const jobs = () => [
  builtInKind({
    group: "batch",
    version: "v1",
    kind: "Job",
    plural: "jobs",
    categories: ["all"],
    columns: [
      name,
      text("Status", "How far it is.", jobWord),
      text("Completions", "How many pods have ended well, of how many.", completionsText),
      text("Duration", "How long it took, or has taken so far.", durationText),
      age,
      ...templateColumns,
      selectorColumn,
    ],
    rules: job,
  }),
]
