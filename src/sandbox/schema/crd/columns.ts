import type { KubeObject } from "#api/objects.ts"
import type { Column } from "../../apiserver/resource.ts"
import { humanDuration } from "../../kinds/age.ts"
import type { ColumnSpec } from "./spec.ts"
import { isFields } from "../fields.ts"
import { goFloat } from "#core/text/go-number.ts"
import { jsonText } from "../json.ts"
import { jsonPath } from "../json-path.ts"

const age: ColumnSpec = {
  name: "Age",
  type: "date",
  description: createdText(),
  jsonPath: ".metadata.creationTimestamp",
}

/** What `kubectl get` prints of a custom resource, after its name. What follows a malformed path is left out, as the server does. */
export function columnsOf(specs: readonly ColumnSpec[] | undefined): Column[] {
  const columns: Column[] = []
  for (const spec of specs?.length ? specs : [age]) {
    const find = pathOf(spec)
    if (!find) break
    columns.push(columnOf(spec, find))
  }
  return columns
}

type Find = (value: unknown) => unknown[]

function pathOf({ jsonPath: path }: ColumnSpec): Find | undefined {
  try {
    return jsonPath(path)
  } catch {
    return undefined
  }
}

function columnOf({ name, type, format, description, priority = 0, jsonPath: path }: ColumnSpec, find: Find): Column {
  return {
    name,
    type,
    ...(format ? { format } : {}),
    description: description || `Custom resource definition column (in JSONPath format): ${path}`,
    priority,
    cell: (object: KubeObject, nowMs: number) => {
      const found = find(object)
      return found.length > 0 ? cellOf(type, found[0], nowMs) : undefined
    },
  }
}

function cellOf(type: Column["type"], value: unknown, nowMs: number): unknown {
  switch (type) {
    case "string":
      return textCell(value)
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : undefined
    case "number":
      return typeof value === "number" ? value : undefined
    case "boolean":
      return typeof value === "boolean" ? value : undefined
    case "date":
      return typeof value === "string" ? dateCell(value, nowMs) : undefined
  }
}

function textCell(value: unknown): string {
  if (value === null) return "<no value>"
  if (Array.isArray(value) || isFields(value)) return jsonText(value)
  if (typeof value === "number" && !Number.isInteger(value)) return goFloat(value)
  return String(value)
}

const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/

function dateCell(text: string, nowMs: number): string {
  if (text === "") return "<unknown>"
  const time = RFC3339.test(text) ? Date.parse(text) : NaN
  return Number.isNaN(time) ? "<invalid>" : humanDuration(nowMs - time)
}

function createdText(): string {
  return [
    "CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.",
    "Populated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
  ].join("\n\n")
}
