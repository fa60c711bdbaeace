import type { KubeObject } from "#api/objects.ts"
import { withDefaults } from "../schema/defaults.ts"
import { problemsOf } from "../schema/problems.ts"
import type { FieldProblem } from "../schema/schema.ts"
import { changedForGood, metadataProblems, type NameRules } from "./metadata.ts"
import { invalid } from "./refusal.ts"
import type { Resource } from "./resource.ts"

/** With what users left out. The result is the caller's own. */
export function defaulted(resource: Resource, object: KubeObject): KubeObject {
  const own = structuredClone(withDefaults(resource.schema, object)) as KubeObject
  resource.rules.defaults?.(own)
  return own
}

export function refuseInvalid(
  resource: Resource,
  object: KubeObject,
  old: KubeObject | undefined,
  subresource?: string,
): void {
  const found = [
    ...kindProblems(resource, object),
    ...metadataProblems(object, nameRulesOf(resource)),
    ...(old ? changedForGood(object, old) : []),
    ...(resource.rules.problems?.(object, old) ?? []),
  ]
  const problems = [...found, ...schemaProblems(resource, object, old, found)]
  const isStatus = resource.isCustom && subresource === "status"
  const told = isStatus ? problems.map(ofStatusAlone) : problems
  if (told.length > 0) throw invalid(resource, object.metadata.name ?? "", told)
}

/** The status of a custom object is checked apart: texts name its fields as if it were the whole object. */
function ofStatusAlone(problem: FieldProblem): FieldProblem {
  return { ...problem, detail: problem.detail.replace(/^status\.?(?=\S* in body )/, "") }
}

function kindProblems({ kind }: Resource, object: KubeObject): FieldProblem[] {
  if (object.kind === kind) return []
  return [{ field: "kind", type: "Invalid value", value: object.kind, detail: `must be ${kind}` }]
}

function schemaProblems(
  resource: Resource,
  object: KubeObject,
  old: KubeObject | undefined,
  found: readonly FieldProblem[],
): FieldProblem[] {
  const problems = problemsOf(resource.schema, object, old)
  if (resource.isCustom) return problems
  // The rules of a built-in kind know better words for what they check themselves.
  const isSaid = (field: string) => found.some((other) => field === other.field || field.startsWith(`${other.field}.`))
  return problems.filter(({ field, type }) => type === "Required value" && !isSaid(field))
}

const labelNames = new Set(["Namespace"])
const pathNames = new Set(["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"])

function nameRulesOf({ group, kind, isCustom }: Resource): NameRules {
  return {
    isCustom,
    isLabel: group === "" && labelNames.has(kind),
    isService: group === "" && kind === "Service",
    isPathSegment: group === "rbac.authorization.k8s.io" && pathNames.has(kind),
  }
}
