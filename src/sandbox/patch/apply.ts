import type { KubeObject } from "#api/objects.ts"
import { sameJson } from "../schema/json.ts"
import type { Schema } from "../schema/schema.ts"
import { refuseMistyped } from "./config-problems.ts"
import { type Claim, claimsOf, type Conflict, conflictOf } from "./conflicts.ts"
import { differences } from "./differences.ts"
import { difference, type FieldSet, has, intersection, isEmpty, nothing, union } from "./field-set.ts"
import { type FieldType, objectType } from "./field-type.ts"
import { appliedByClient, withLastApplied } from "./last-applied.ts"
import { Mistyped } from "./list-items.ts"
import { managersAfter } from "./managed-fields.ts"
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
import { fieldsOf } from "./owned-fields.ts"
import { PatchRefused } from "./refused.ts"
import { withoutFields } from "./removal.ts"
import { inScope, type Scope, scoped, tracked } from "./scope.ts"
import { withNamedFields } from "./sets-by-type.ts"
import { withConfig } from "./typed-merge.ts"

export type { Conflict } from "./conflicts.ts"

export interface Application extends Scope {
  /** Undefined when the object is created. */
  live: KubeObject | undefined
  config: KubeObject
  schema: Schema
  manager: string
  /** Takes over what others own. */
  force: boolean
  now: string
}

export interface Outcome {
  /** With its managed fields; as it was where there are conflicts. */
  object: KubeObject
  conflicts: Conflict[]
}

/** `kubectl apply --server-side` goes on where the same user applied on the client's side. */
const KUBECTL = "kubectl"

/** Server-side apply: the object becomes as its managers want it, each in what it owns. */
export function applied(application: Application): Outcome {
  const { live, config, schema, manager } = application
  const given = managedFieldsOf(config) ?? undefined
  if (given !== undefined) throw new PatchRefused(400, "metadata.managedFields must be nil")
  const type = objectType(schema)
  refuseMistyped(config, type)
  try {
    let attempt = attempted(application, type)
    if (attempt.claims.length > 0 && manager === KUBECTL && live) attempt = retried(application, type, live, attempt)
    const { object, claims } = attempt
    if (claims.length > 0) return { object, conflicts: claims.map(conflictOf) }
    return { object: manager === KUBECTL ? withLastApplied(object, config) : object, conflicts: [] }
  } catch (error) {
    if (error instanceof Mistyped) throw new PatchRefused(500, `failed to merge config: ${error.message}`)
    throw error
  }
}

interface Attempt {
  object: KubeObject
  claims: Claim[]
}

/** What was last applied on the client's side and is still so is no conflict. */
function retried(application: Application, type: FieldType, live: KubeObject, { object, claims }: Attempt): Attempt {
  const ours = appliedByClient(live, type)
  if (!ours) return { object, claims }
  const others = claims.filter(({ path }) => !has(ours, path))
  return others.length > 0 ? { object, claims: others } : attempted({ ...application, force: true }, type)
}

function attempted(application: Application, type: FieldType): Attempt {
  const { live, config, force } = application
  const managers = fittingAll(managersOf(application), type)
  const who = applierOf(application)
  const last = managers.get(idOf(who))
  const said = scoped(fieldsOf(config, type), application)
  const withOwn: Managers = new Map([...managers, [idOf(who), { ...who, fields: said }]])
  const before = live ? bare(live) : undefined
  const merged = withConfig(before, config, type)
  const after = (last ? pruned(merged, last.fields, withOwn, type) : merged) as KubeObject
  const changes = inScope(differences(before ?? {}, after, type), application)
  const others = new Map([...managers].filter(([id]) => id !== idOf(who)))
  const claims = force ? [] : claimsOf(others, union(changes.added, changes.modified))
  if (claims.length > 0) return { object: live!, claims }
  const isChanged = !before || !sameJson(before, after)
  const time = isChanged ? application.now : last?.time
  const own: Manager = { ...who, ...(time ? { time } : {}), fields: tracked(said) }
  return { object: carrying(after, withoutIdle(new Map([...lost(others, changes), [idOf(who), own]]))), claims }
}

function applierOf({ manager, config, subresource }: Application): Omit<Manager, "fields"> {
  const { apiVersion } = config
  return { manager, operation: "Apply", apiVersion, ...(subresource ? { subresource } : {}) }
}

/** Where nobody is noted, everything that is there belongs to those who came before the first apply. */
function managersOf({ live, schema, subresource, hasStatus, now }: Application): Managers {
  const managers = managersFrom(managedFieldsOf(live)) ?? new Map<string, Manager>()
  if (!live || managers.size > 0) return managers
  const manager = "before-first-apply"
  return managersAfter(managers, { before: undefined, after: live, schema, manager, subresource, hasStatus, now })
}

/** Without what this manager applied last time and does not any more, if nobody else owns it. */
function pruned(merged: unknown, last: FieldSet, managers: Managers, type: FieldType): unknown {
  if (isEmpty(last)) return merged
  const named = (fields: FieldSet): FieldSet => withNamedFields(fields, type)
  const all = named(fieldsOf(merged, type))
  const owned = [...managers.values()].reduce((sum, { fields }) => union(sum, fields), nothing)
  const left = withoutFields(merged, named(last), type)
  const wanted = union(named(fieldsOf(left, type)), named(owned))
  const kept = withoutFields(merged, difference(all, wanted), type)
  const gone = difference(all, named(fieldsOf(kept, type)))
  return withoutFields(merged, intersection(gone, named(last)), type)
}
