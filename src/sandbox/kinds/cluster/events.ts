import type { KubeObject } from "#api/objects.ts"
import type { Rules } from "../../apiserver/resource.ts"
import { invalid, required } from "../../schema/problem.ts"
import type { FieldProblem } from "../../schema/schema.ts"
import { sinceText } from "../age.ts"
import { textProblems } from "../checks.ts"
import { name, text, wide } from "../columns.ts"
import { builtInKind } from "../kind.ts"
import { qualifiedName } from "../text-rules.ts"
import { eventsOfGroup } from "./events-group.ts"

const rules: Rules = {
  generationCounts: null,
  problems: (event) => (event["eventTime"] ? newFormProblems(event) : namespaceProblems(event, ["default"])),
  fieldLabels: ({ involvedObject = {}, reason, reportingComponent, source, type }) => ({
    "involvedObject.kind": involvedObject.kind ?? "",
    "involvedObject.namespace": involvedObject.namespace ?? "",
    "involvedObject.name": involvedObject.name ?? "",
    "involvedObject.uid": involvedObject.uid ?? "",
    "involvedObject.apiVersion": involvedObject.apiVersion ?? "",
    "involvedObject.resourceVersion": involvedObject.resourceVersion ?? "",
    "involvedObject.fieldPath": involvedObject.fieldPath ?? "",
    reason: reason ?? "",
    reportingComponent: reportingComponent ?? "",
    // Events of the new form name who saw it elsewhere.
    source: source?.component || (reportingComponent ?? ""),
    type: type ?? "",
  }),
}

/** An event lives where its object lives; those of cluster-wide objects in one of these. */
function namespaceProblems({ metadata, involvedObject }: KubeObject, ofClusterWide: readonly string[]): FieldProblem[] {
  const { namespace = "" } = involvedObject
  const isRight = namespace ? namespace === metadata.namespace : ofClusterWide.includes(metadata.namespace ?? "")
  return isRight ? [] : [invalid("involvedObject.namespace", namespace, "does not match event.namespace")]
}

const longest: readonly [field: string, most: number][] = [
  ["reportingInstance", 128],
  ["action", 128],
  ["reason", 128],
]
const MOST_TEXT = 1024

function newFormProblems(event: KubeObject): FieldProblem[] {
  const { involvedObject, reportingComponent, message = "" } = event
  return [
    ...(involvedObject.namespace ? [] : namespaceProblems(event, ["default", "kube-system"])),
    ...(reportingComponent ? [] : [required("reportingComponent")]),
    ...textProblems("reportingComponent", reportingComponent, qualifiedName),
    ...longest.flatMap(([field, most]) => {
      if (!event[field]) return [required(field)]
      return event[field].length > most ? [invalid(field, "", `can have at most ${most} characters`)] : []
    }),
    ...(message.length > MOST_TEXT ? [invalid("message", "", `can have at most ${MOST_TEXT} characters`)] : []),
  ]
}

const firstSeen = ({ firstTimestamp, eventTime }: KubeObject, nowMs: number): string =>
  sinceText(firstTimestamp || eventTime, nowMs)

function lastSeen(event: KubeObject, nowMs: number): string {
  const { series, lastTimestamp } = event
  if (series) return sinceText(series.lastObservedTime, nowMs)
  return lastTimestamp ? sinceText(lastTimestamp, nowMs) : firstSeen(event, nowMs)
}

function sourceText({ source = {}, reportingComponent, reportingInstance }: KubeObject): string {
  const component = source.component || (reportingComponent ?? "")
  const instance = source.host || (reportingInstance ?? "")
  return instance ? `${component}, ${instance}` : component
}

const objectText = ({ involvedObject }: KubeObject): string =>
  [(involvedObject.kind ?? "").toLowerCase(), involvedObject.name].filter(Boolean).join("/")

const coreEvents = () =>
  builtInKind({
    group: "",
    version: "v1",
    kind: "Event",
    plural: "events",
    shortNames: ["ev"],
    columns: [
      text("Last Seen", "How long ago it last happened.", lastSeen),
      text("Type", "Normal or Warning.", ({ type }) => type ?? ""),
      text("Reason", "Why, in one word.", ({ reason }) => reason ?? ""),
      text("Object", "What it happened to.", objectText),
      wide(text("Subobject", "Which part of the object.", ({ involvedObject }) => involvedObject.fieldPath ?? "")),
      wide(text("Source", "Who saw it.", sourceText)),
      text("Message", "What happened.", ({ message = "" }) => message.trim()),
      wide(text("First Seen", "How long ago it first happened.", firstSeen)),
      wide(text("Count", "How often it happened.", ({ series, count }) => (series ? series.count : count || 1))),
      wide(name),
    ],
    rules,
  })

export const events = () => {
  const core = coreEvents()
  return [core, eventsOfGroup(core)]
}
