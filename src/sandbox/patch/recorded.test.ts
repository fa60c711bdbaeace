import { describe, expect, it } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import { schemaOf } from "../kinds/schemas.ts"
import { toStoredForm } from "../kinds/stored-form.ts"
import { withDefaults } from "../schema/defaults.ts"
import type { Schema } from "../schema/schema.ts"
import { applied } from "./apply.ts"
import { conflictText } from "./conflicts.ts"
import type { FieldSet } from "./field-set.ts"
import { jsonPatched } from "./json.ts"
import { managedFieldsOf } from "./managers.ts"
import { withManagers } from "./managed-fields.ts"
import { mergePatched, withoutNulls } from "./merge.ts"
import file from "./recorded.json" with { type: "json" }
import { PatchRefused } from "./refused.ts"
import { strategicPatched } from "./strategic.ts"

/** One request to kube-apiserver 1.36.3 and what it answered, as a difference to the answer before. */
interface Step {
  verb: "create" | "update" | "merge" | "json" | "strategic" | "apply"
  by: string
  force?: boolean
  sub?: string
  body?: unknown
  becomes?: object
  refused?: { status: number; message: string; fields?: string[] }
}

type State = KubeObject & { managers: Record<string, { step?: number; fields: FieldSet }> }

/** Given by the server itself after it has noted the owners of what was sent. */
const allocated = ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]

const schemas: Record<string, Schema> = {
  ConfigMap: schemaOf("", "v1", "ConfigMap"),
  Service: schemaOf("", "v1", "Service"),
  Deployment: schemaOf("apps", "v1", "Deployment"),
  Thing: file.thing as Schema,
}
const hasStatus = (kind: string): boolean => kind !== "ConfigMap"

const timeOf = (step: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, step)).toISOString().replace(".000", "")

/** The object as the server had it. */
function objectOf({ managers, ...object }: State): KubeObject {
  const managedFields = Object.entries(managers).map(([who, { step, fields }]) => {
    const [manager, operation, subresource] = who.split(" ")
    const time = step ? { time: timeOf(step) } : {}
    const where = subresource ? { subresource } : {}
    const { apiVersion } = object
    return { manager, operation, apiVersion, ...time, fieldsType: "FieldsV1", fieldsV1: fields, ...where }
  })
  const metadata = { ...object.metadata, name: "NAME", ...(managedFields.length > 0 ? { managedFields } : {}) }
  return { ...object, metadata }
}

/** What the rest of the server makes of an object. */
function completed(kind: string, object: KubeObject): KubeObject {
  const schema = schemas[kind]!
  if (kind === "Thing") return withDefaults(schema, object) as KubeObject
  const own = structuredClone(object)
  toStoredForm(schema, own)
  // An empty list of managers means something.
  const { managedFields } = object.metadata as { managedFields?: unknown }
  return managedFields ? { ...own, metadata: { ...own.metadata, managedFields } as KubeObject["metadata"] } : own
}

/** Without what is compared apart, and the status that only its own subresource sets. */
function contentOf(kind: string, object: KubeObject, sub: string | undefined): unknown {
  const { status, ...rest } = completed(kind, object)
  const { managedFields: _, ...metadata } = rest.metadata as KubeObject["metadata"] & { managedFields?: unknown }
  return withoutNulls({ ...rest, metadata, ...(sub === "status" ? { status } : {}) })
}

const managersOf = (object: KubeObject): object[] =>
  ((managedFieldsOf(object) ?? []) as object[]).toSorted((one, other) => (textOf(one) < textOf(other) ? -1 : 1))

const textOf = ({ manager, operation, subresource }: { manager?: string; operation?: string; subresource?: string }) =>
  `${manager} ${operation} ${subresource}`

interface Answer {
  object?: KubeObject
  refused?: Step["refused"]
}

function answer(
  kind: string,
  step: Step,
  live: KubeObject | undefined,
  after: KubeObject | undefined,
  now: string,
): Answer {
  const { verb, by, force = false, sub } = step
  const schema = schemas[kind]!
  const common = { schema, manager: by, hasStatus: hasStatus(kind), now, ...(sub ? { subresource: sub } : {}) }
  try {
    if (verb === "apply") {
      const sent = step.body as KubeObject
      const config = { ...sent, metadata: { ...sent.metadata, name: "NAME" } }
      const { object, conflicts } = applied({ ...common, live, config, force })
      const fields = conflicts.map(({ field }) => field).toSorted()
      return fields.length > 0 ? { refused: { status: 409, message: conflictText(conflicts), fields } } : { object }
    }
    const isSent = verb === "create" || verb === "update" || sub
    const wanted = isSent ? after! : completed(kind, patched(verb, live!, step.body, schema))
    return { object: withManagers({ ...common, before: live, after: wanted }) }
  } catch (error) {
    if (!(error instanceof PatchRefused)) throw error
    return { refused: { status: error.status, message: error.message } }
  }
}

function patched(verb: Step["verb"], live: KubeObject, body: unknown, schema: Schema): KubeObject {
  if (verb === "json") return jsonPatched(live, body)
  return verb === "merge" ? mergePatched(live, body) : strategicPatched(live, body, schema)
}

/** What was sent when the answer has more. */
function sentOf(kind: string, step: Step, after: KubeObject, live: KubeObject | undefined): KubeObject {
  const { managedFields: _, ...metadata } = after.metadata as KubeObject["metadata"] & { managedFields?: unknown }
  const known = managedFieldsOf(live)
  const sent = { ...after, metadata: { ...metadata, ...(known ? { managedFields: known } : {}) } } as KubeObject
  if (kind !== "Service" || step.verb !== "create") return sent
  const spec = Object.entries(sent["spec"] as object).filter(([name]) => !allocated.includes(name))
  return { ...sent, spec: Object.fromEntries(spec) }
}

describe.each(file.stories as { title: string; kind: string; steps: Step[] }[])(
  "as kube-apiserver has it: $title",
  ({ kind, steps }) => {
    let state = { managers: {} } as unknown as State
    const cases = steps.map((step, place) => {
      const live = place > 0 && state.apiVersion ? objectOf(state) : undefined
      if (step.becomes) state = mergePatched(state, step.becomes) as State
      const { verb, by, force, sub, body } = step
      const what = [verb, sub, by, force ? "by force" : "", JSON.stringify(body) ?? ""].filter(Boolean).join(" ")
      return {
        title: `${place + 1}: ${what.slice(0, 120)}`,
        step,
        live,
        after: objectOf(state),
        now: timeOf(place + 1),
      }
    })
    it.each(cases)("$title", ({ step, live, after, now }) => {
      const { object, refused } = answer(kind, step, live, sentOf(kind, step, after, live), now)
      if (step.refused?.message.startsWith("Apply failed")) {
        expect({ ...refused, message: linesOf(refused?.message) }).toEqual({
          ...step.refused,
          message: linesOf(step.refused.message),
        })
      } else {
        expect(refused).toEqual(step.refused)
      }
      if (!step.refused) {
        expect(managersOf(object!)).toEqual(managersOf(after))
        // What the server itself fills in at creation is not our concern.
        if (live) expect(contentOf(kind, object!, step.sub)).toEqual(contentOf(kind, after, step.sub))
      }
    })
  },
)

const linesOf = (text = ""): string[] => text.split("\n")
