import type { KubeObject } from "#api/objects.ts"
import type { Rules } from "../../apiserver/resource.ts"
import { invalid, required, unsupported } from "../../schema/problem.ts"
import type { FieldProblem } from "../../schema/schema.ts"
import { sinceText } from "../age.ts"
import { notNegative, oneOf } from "../checks.ts"
import { age, containerColumns, count, name, text, wide } from "../columns.ts"
import { builtInKind } from "../kind.ts"
import { selectorText } from "../label-selector.ts"
import { podSpecDefaults } from "../pods/pod-defaults.ts"
import { jobSpecProblems } from "./job-problems.ts"
import { scheduleProblem } from "./schedule.ts"

type Fields = KubeObject["spec"]

const cronJob: Rules = {
  defaults({ spec }) {
    podSpecDefaults(spec.jobTemplate.spec.template.spec)
    spec.concurrencyPolicy ??= "Allow"
    spec.suspend ??= false
    spec.successfulJobsHistoryLimit ??= 3
    spec.failedJobsHistoryLimit ??= 1
  },
  problems: ({ metadata, spec }, old) => [
    ...scheduleProblems(spec),
    ...notNegative("spec.startingDeadlineSeconds", spec.startingDeadlineSeconds),
    ...timeZoneProblems(spec.timeZone),
    ...oneOf("spec.concurrencyPolicy", spec.concurrencyPolicy, ["Allow", "Forbid", "Replace"]),
    ...jobSpecProblems(spec.jobTemplate.spec, "spec.jobTemplate.spec"),
    ...templateSelectorProblems(spec.jobTemplate.spec),
    ...notNegative("spec.successfulJobsHistoryLimit", spec.successfulJobsHistoryLimit),
    ...notNegative("spec.failedJobsHistoryLimit", spec.failedJobsHistoryLimit),
    // Its jobs have longer names.
    ...(!old && metadata.name.length > 52
      ? [invalid("metadata.name", metadata.name, "must be no more than 52 characters")]
      : []),
  ],
}

function scheduleProblems({ schedule }: Fields): FieldProblem[] {
  if (!schedule) return [required("spec.schedule")]
  const problem = scheduleProblem(schedule)
  return problem ? [invalid("spec.schedule", schedule, problem)] : []
}

function timeZoneProblems(timeZone: string | undefined): FieldProblem[] {
  if (timeZone === undefined) return []
  const path = "spec.timeZone"
  if (timeZone === "") return [invalid(path, timeZone, "timeZone must be nil or non-empty string")]
  try {
    new Intl.DateTimeFormat("en", { timeZone })
    return []
  } catch {
    return [invalid(path, timeZone, `unknown time zone ${timeZone}`)]
  }
}

function templateSelectorProblems({ selector, manualSelector }: Fields): FieldProblem[] {
  const path = "spec.jobTemplate.spec"
  return [
    ...(selector ? [invalid(`${path}.selector`, selector, "`selector` will be auto-generated")] : []),
    ...(manualSelector ? [unsupported(`${path}.manualSelector`, manualSelector, ["nil", "false"])] : []),
  ]
}

export const cronJobs = () => [
  builtInKind({
    group: "batch",
    version: "v1",
    kind: "CronJob",
    plural: "cronjobs",
    shortNames: ["cj"],
    categories: ["all"],
    columns: [
      name,
      text("Schedule", "When jobs are made.", ({ spec }) => spec.schedule),
      text("Timezone", "Where the clock of the schedule hangs.", ({ spec }) => spec.timeZone ?? "<none>"),
      {
        ...text("Suspend", "Whether no jobs are made.", ({ spec }) => (spec.suspend ? "True" : "False")),
        type: "boolean",
      },
      count("Active", "How many jobs run.", ({ status }) => status?.active?.length),
      text("Last Schedule", "How long ago the last job was made.", ({ status }, nowMs) =>
        status?.lastScheduleTime ? sinceText(status.lastScheduleTime, nowMs) : "<none>",
      ),
      age,
      ...containerColumns(({ spec }) => spec.jobTemplate.spec.template.spec.containers),
      wide(
        text(
          "Selector",
          "Which pods belong to it.",
          ({ spec }) => selectorText(spec.jobTemplate.spec.selector) || "<none>",
        ),
      ),
    ],
    rules: cronJob,
  }),
]
