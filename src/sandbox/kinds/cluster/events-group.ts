import { isDeepStrictEqual } from "node:util"
import type { KubeObject } from "#api/objects.ts"
import type { Resource, Rules } from "../../apiserver/resource.ts"
import { invalid, required } from "../../schema/problem.ts"
import type { FieldProblem } from "../../schema/schema.ts"
import { otherVersion } from "../other-version.ts"

/** How fields are called in the core group, and in `events.k8s.io`. */
const names: readonly (readonly [core: string, own: string])[] = [
  ["involvedObject", "regarding"],
  ["message", "note"],
  ["reportingComponent", "reportingController"],
  ["source", "deprecatedSource"],
  ["firstTimestamp", "deprecatedFirstTimestamp"],
  ["lastTimestamp", "deprecatedLastTimestamp"],
  ["count", "deprecatedCount"],
]
const ownNames = new Map(names)
const coreNames = new Map(names.map(([core, own]) => [own, core]))

const renamed = (event: KubeObject, by: ReadonlyMap<string, string>): KubeObject =>
  Object.fromEntries(Object.entries(event).map(([field, value]) => [by.get(field) ?? field, value])) as KubeObject

const asCore = (event: KubeObject): KubeObject => renamed(event, coreNames)

/** What the core group forgives. */
function problems(event: KubeObject, old: KubeObject | undefined): FieldProblem[] {
  const core = asCore(event)
  return old ? changeProblems(core, asCore(old)) : [...seriesProblems(core), ...formProblems(core)]
}

function formProblems(event: KubeObject): FieldProblem[] {
  const { eventTime, type = "", source } = event
  const old = ["firstTimestamp", "lastTimestamp", "count"].filter((field) => event[field])
  if (source?.component || source?.host) old.push("source")
  return [
    ...(eventTime ? [] : [required("eventTime")]),
    ...(type === "Normal" || type === "Warning" ? [] : [invalid("type", "", `has invalid value: ${type}`)]),
    ...old.map((field) => invalid(field, "", "needs to be unset")),
  ]
}

function seriesProblems({ series }: KubeObject): FieldProblem[] {
  if (!series) return []
  return [
    ...(series.count >= 2 ? [] : [invalid("series.count", "", "should be at least 2")]),
    ...(series.lastObservedTime ? [] : [required("series.lastObservedTime")]),
  ]
}

const fixed: readonly string[] = [
  "involvedObject",
  "reason",
  "message",
  "source",
  "firstTimestamp",
  "lastTimestamp",
  "count",
  "type",
  "eventTime",
  "action",
  "related",
  "reportingComponent",
  "reportingInstance",
]

function changeProblems(event: KubeObject, old: KubeObject): FieldProblem[] {
  const isChanged = (field: string): boolean => !isDeepStrictEqual(event[field], old[field])
  const changed = fixed.filter(isChanged)
  return [
    ...(isChanged("series") ? seriesProblems(event) : []),
    ...changed.map((field) => invalid(ownLabel(field), event[field], "field is immutable")),
  ]
}

const ownLabel = (label: string): string => (label === "reportingComponent" ? "reportingController" : label)

const fieldLabels =
  (core: Rules): Rules["fieldLabels"] =>
  (event) => {
    const { source: _, ...labels } = core.fieldLabels!(asCore(event))
    const own = Object.entries(labels).map(([label, value]) => [
      ownLabel(label.replace(/^involvedObject\./, "regarding.")),
      value,
    ])
    return Object.fromEntries(own)
  }

/** Events as the newer group shows them. */
export const eventsOfGroup = (core: Resource): Resource =>
  otherVersion(core, {
    group: "events.k8s.io",
    version: "v1",
    fromStored: (event) => renamed(event, ownNames),
    toStored: asCore,
    rules: { problems, fieldLabels: fieldLabels(core.rules) },
  })
