import type { Differences } from "./differences.ts"
import { difference, type FieldSet, setOf, without } from "./field-set.ts"

/** Through what an object is written. */
export interface Scope {
  subresource?: string
  /** The status is written apart: other writes do not own it, and that one owns nothing else. */
  hasStatus?: boolean
}

export function inScope({ added, modified, removed }: Differences, scope: Scope): Differences {
  return { added: scoped(added, scope), modified: scoped(modified, scope), removed: scoped(removed, scope) }
}

/** Only what such a write can change. */
export function scoped(fields: FieldSet, { subresource, hasStatus }: Scope): FieldSet {
  const status = fields["f:status"]
  if (subresource === "status") return status ? { "f:status": status } : {}
  return hasStatus && !subresource ? without(fields, onlyStatus) : fields
}

const onlyStatus = setOf([["f:status"]])

/** Without what is never anybody's. */
export const tracked = (fields: FieldSet): FieldSet => difference(fields, untracked)

const ofMetadata = [
  "name",
  "namespace",
  "creationTimestamp",
  "selfLink",
  "uid",
  "clusterName",
  "generation",
  "managedFields",
  "resourceVersion",
]

const untracked = setOf([
  ["f:apiVersion"],
  ["f:kind"],
  ["f:metadata"],
  ...ofMetadata.map((field) => ["f:metadata", `f:${field}`]),
])
