import type { KubeObject } from "#api/objects.ts"
import { isFields } from "../schema/fields.ts"
import type { Differences } from "./differences.ts"
import { difference, type FieldSet, isEmpty, nothing, union } from "./field-set.ts"
import type { FieldType } from "./field-type.ts"
import { fitting } from "./sets-by-type.ts"
import { isFieldSet, sorted } from "./written-sets.ts"

/** What somebody owns of an object by one way of writing it. */
export interface Manager {
  manager: string
  operation: "Apply" | "Update"
  apiVersion: string
  /** Of the last write that changed the object. */
  time?: string
  subresource?: string
  fields: FieldSet
}

/** By who and how. Whoever applies stays the same one, in whichever version of the kind. */
export type Managers = ReadonlyMap<string, Manager>

export function idOf({ manager, operation, apiVersion, subresource }: Omit<Manager, "fields">): string {
  return JSON.stringify({
    manager,
    operation,
    ...(operation === "Apply" ? {} : { apiVersion }),
    ...(subresource ? { subresource } : {}),
  })
}

/** As an object carries them. */
interface Entry extends Omit<Manager, "fields"> {
  fieldsType: "FieldsV1"
  fieldsV1?: FieldSet
}

export const managedFieldsOf = (object: KubeObject | undefined): unknown =>
  (object?.metadata as { managedFields?: unknown } | undefined)?.managedFields

/** Undefined where what an object carries makes no sense. */
export function managersFrom(managedFields: unknown): Managers | undefined {
  if (!Array.isArray(managedFields))
    return managedFields === undefined || managedFields === null ? new Map() : undefined
  if (!managedFields.every(isEntry)) return undefined
  return new Map(
    managedFields.map(({ manager, operation, apiVersion, time, subresource, fieldsV1 = nothing }) => {
      const who = { manager, operation, apiVersion, time, subresource }
      return [idOf(who), { ...who, fields: fieldsV1 }]
    }),
  )
}

function isEntry(entry: unknown): entry is Entry {
  if (!isFields(entry)) return false
  const { operation, apiVersion, fieldsType, fieldsV1 = nothing } = entry
  if (operation !== "Apply" && operation !== "Update") return false
  return typeof apiVersion === "string" && apiVersion !== "" && fieldsType === "FieldsV1" && isFieldSet(fieldsV1)
}

/** The object with these managers, and without those who own nothing. */
export function carrying(object: KubeObject, managers: Managers): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata as KubeObject["metadata"] & { managedFields?: unknown }
  if (managers.size === 0) return { ...object, metadata }
  return { ...object, metadata: { ...metadata, managedFields: entriesOf(managers) } as KubeObject["metadata"] }
}

const entriesOf = (managers: Managers): Entry[] =>
  [...managers.values()]
    .toSorted(byOperationAndTime)
    .map(({ manager, operation, apiVersion, time, subresource, fields }) => ({
      manager,
      operation,
      apiVersion,
      ...(time ? { time } : {}),
      fieldsType: "FieldsV1",
      fieldsV1: sorted(fields),
      ...(subresource ? { subresource } : {}),
    }))

function byOperationAndTime(one: Manager, other: Manager): number {
  return (
    compared(one.operation, other.operation) ||
    secondsOf(one) - secondsOf(other) ||
    compared(one.manager, other.manager) ||
    compared(one.apiVersion, other.apiVersion) ||
    compared(one.subresource ?? "", other.subresource ?? "")
  )
}

export const compared = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

export const secondsOf = ({ time }: Manager): number => (time ? Math.floor(Date.parse(time) / 1000) : 0)

export function withoutIdle(managers: Managers): Managers {
  return new Map([...managers].filter(([, { fields }]) => !isEmpty(fields)))
}

/** Managed fields are about everything but themselves. */
export function bare(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata as KubeObject["metadata"] & { managedFields?: unknown }
  return { ...object, metadata }
}

export function fittingAll(managers: Managers, type: FieldType): Managers {
  return mapped(managers, (fields) => fitting(fields, type))
}

/** The managers without what is no longer as they wanted it. */
export function lost(managers: Managers, { added, modified, removed }: Differences): Managers {
  const changed = union(union(added, modified), removed)
  return mapped(managers, (fields) => difference(fields, changed))
}

function mapped(managers: Managers, changed: (fields: FieldSet) => FieldSet): Managers {
  return new Map([...managers].map(([id, manager]) => [id, { ...manager, fields: changed(manager.fields) }]))
}
