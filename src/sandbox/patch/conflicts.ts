import { type FieldSet, intersection, pathsOf, type Path } from "./field-set.ts"
import { elementText } from "./list-items.ts"
import type { Manager, Managers } from "./managers.ts"

export interface Conflict {
  /** Who owns the field, as in `"x" using apps/v1`. */
  manager: string
  /** As in `.spec.replicas`. */
  field: string
}

export interface Claim {
  by: Manager
  path: Path
}

/** Who else owns what is to be changed. */
export function claimsOf(managers: Managers, changed: FieldSet): Claim[] {
  return [...managers.entries()]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([, by]) => [...pathsOf(intersection(by.fields, changed))].map((path) => ({ by, path })))
}

export const conflictOf = ({ by, path }: Claim): Conflict => ({
  manager: described(by),
  field: path.map(elementText).join(""),
})

function described({ manager, operation, apiVersion, subresource }: Manager): string {
  const who = JSON.stringify(manager) + (subresource ? ` with subresource ${JSON.stringify(subresource)}` : "")
  return operation === "Update" ? `${who} using ${apiVersion}` : who
}

/** What the API server says about them. */
export function conflictText(conflicts: readonly Conflict[]): string {
  const [first] = conflicts
  if (first && conflicts.length === 1) {
    return `Apply failed with 1 conflict: conflict with ${first.manager}: ${first.field}`
  }
  const managers = [...new Set(conflicts.map(({ manager }) => manager))]
  const lines = managers.flatMap((manager) => [
    `conflicts with ${manager}:`,
    ...conflicts.filter((conflict) => conflict.manager === manager).map(({ field }) => `- ${field}`),
  ])
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join("\n")}`
}
