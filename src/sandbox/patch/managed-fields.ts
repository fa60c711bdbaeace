import type { KubeObject } from "#api/objects.ts"
import { isFields } from "../schema/fields.ts"
import { sameJson } from "../schema/json.ts"
import type { Schema } from "../schema/schema.ts"
import { capped } from "./ancient-changes.ts"
import { differences } from "./differences.ts"
import { emptyObject } from "./empty-object.ts"
import { isEmpty, union } from "./field-set.ts"
import { objectType } from "./field-type.ts"
import { Mistyped } from "./list-items.ts"
import {
  bare,
  carrying,
  fittingAll,
  idOf,
  lost,
  managedFieldsOf,
  type Manager,
  type Managers,
  managersFrom,
  withoutIdle,
} from "./managers.ts"
import { inScope, type Scope, tracked } from "./scope.ts"

export interface Write extends Scope {
  /** Undefined when the object is created. */
  before: KubeObject | undefined
  after: KubeObject
  schema: Schema
  manager: string
  now: string
}

/** The object with who manages which of its fields, after somebody created, replaced or patched it. */
export function withManagers(write: Write): KubeObject {
  const managers = managersBefore(write)
  // Somebody gave up on managed fields: they begin again with the first apply.
  if (managers.size === 0 && write.before) return carrying(write.after, managers)
  try {
    return carrying(write.after, managersAfter(managers, write))
  } catch (error) {
    if (error instanceof Mistyped) return carrying(write.after, new Map())
    throw error
  }
}

/** Users may change managed fields themselves, or clear them. */
function managersBefore({ before, after, subresource }: Write): Managers {
  const known = (): Managers => managersFrom(managedFieldsOf(before)) ?? new Map()
  const given = managedFieldsOf(after)
  if (subresource || sameJson(given, managedFieldsOf(before))) return known()
  if (isCleared(given)) return new Map()
  const managers = managersFrom(given)
  return managers && managers.size > 0 ? managers : known()
}

function isCleared(managedFields: unknown): boolean {
  if (!Array.isArray(managedFields) || managedFields.length > 1) return false
  return managedFields.every((entry) => isFields(entry) && Object.keys(entry).length === 0)
}

/** What somebody changed or added is theirs, and no longer that of the others. */
export function managersAfter(managers: Managers, write: Write): Managers {
  const { before, after, schema, manager, subresource, now } = write
  const type = objectType(schema)
  const old = before ? bare(before) : emptyObject(schema)
  const changes = inScope(differences(old, bare(after), type), write)
  const result = new Map(lost(fittingAll(managers, type), changes))
  const gained = tracked(union(changes.added, changes.modified))
  if (isEmpty(gained)) return withoutIdle(result)
  const who: Omit<Manager, "fields"> = {
    manager: manager || "unknown",
    operation: "Update",
    apiVersion: after.apiVersion,
    ...(subresource ? { subresource } : {}),
  }
  const known = result.get(idOf(who))
  // The server does not note when somebody scaled.
  const time = subresource === "scale" ? known?.time : now
  const fields = known ? union(known.fields, gained) : gained
  result.set(idOf(who), { ...who, ...(time ? { time } : {}), fields })
  return capped(withoutIdle(result))
}

/** The object as it was, when nothing is different now but the times of its managers. */
export function unlessIdle(before: KubeObject, after: KubeObject): KubeObject {
  return sameJson(timeless(before), timeless(after)) ? before : after
}

function timeless(object: KubeObject): KubeObject {
  const managers = managersFrom(managedFieldsOf(object)) ?? new Map<string, Manager>()
  return carrying(object, new Map([...managers].map(([id, manager]) => [id, { ...manager, time: undefined }])))
}
