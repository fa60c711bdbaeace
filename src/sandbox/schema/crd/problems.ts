import type { KubeObject } from "#api/objects.ts"
import { approvalField, approvalOf } from "./api-approval.ts"
import { nameProblems } from "./name-problems.ts"
import type { CrdSpec, CrdStatus, CrdVersion } from "./spec.ts"
import { versionProblems } from "./version-problems.ts"
import { sameJson } from "../json.ts"
import { isDns1035Label, isDns1123Subdomain } from "../name-checks.ts"
import { forbidden, invalid, required, unsupported } from "../problem.ts"
import type { FieldProblem } from "../schema.ts"

/** What is wrong with a CustomResourceDefinition, beyond its metadata. */
export function crdProblems(crd: KubeObject, old: KubeObject | undefined): FieldProblem[] {
  const spec = (crd["spec"] ?? {}) as Partial<CrdSpec>
  const oldSpec = old?.["spec"] as CrdSpec | undefined
  return [
    ...(old ? [] : ownNameProblems(crd.metadata.name, spec)),
    ...specProblems(spec, oldSpec),
    ...(old && oldSpec ? changeProblems(spec, oldSpec, isEstablished(old)) : []),
    ...storedVersionProblems(((crd["status"] ?? {}) as CrdStatus).storedVersions ?? [], spec.versions ?? []),
    ...approvalProblems(crd, old),
  ]
}

const isEstablished = (crd: KubeObject): boolean =>
  ((crd["status"] ?? {}) as CrdStatus).conditions?.some(
    ({ type, status }) => type === "Established" && status === "True",
  ) === true

function ownNameProblems(name: string, { names, group }: Partial<CrdSpec>): FieldProblem[] {
  const wanted = `${names?.plural ?? ""}.${group ?? ""}`
  return name === wanted ? [] : [invalid("metadata.name", name, `must be spec.names.plural+"."+spec.group`)]
}

function specProblems(spec: Partial<CrdSpec>, old: CrdSpec | undefined): FieldProblem[] {
  const { group = "", scope, versions = [], names = { plural: "", kind: "" } } = spec
  return [
    ...groupProblems(group),
    ...scopeProblems(scope),
    ...versions.flatMap((version, index) =>
      version.schema?.openAPIV3Schema ? [] : [required(`spec.versions[${index}].schema.openAPIV3Schema`)],
    ),
    ...versions.flatMap(({ name }, index) => labelProblems(name, `spec.versions[${index}].name`)),
    ...versionListProblems(versions),
    ...(versions[0] ? labelProblems(versions[0].name, "spec.version") : []),
    ...nameProblems(names, "spec.names"),
    ...versionProblems(versions, old?.versions),
    ...conversionProblems(spec),
    ...preserveProblems(spec, old),
  ]
}

const labelProblems = (name: string, field: string): FieldProblem[] => {
  const wrong = isDns1035Label(name ?? "")
  return wrong.length > 0 ? [invalid(field, name ?? "", wrong.join(","))] : []
}

function groupProblems(group: string): FieldProblem[] {
  if (group === "") return [required("spec.group")]
  const wrong = isDns1123Subdomain(group)
  if (wrong.length > 0) return [invalid("spec.group", group, wrong.join(","))]
  return group.includes(".") ? [] : [invalid("spec.group", group, "should be a domain with at least one dot")]
}

const scopes = ["Cluster", "Namespaced"]

function scopeProblems(scope: string | undefined): FieldProblem[] {
  if (!scope) return [required("spec.scope")]
  return scopes.includes(scope) ? [] : [unsupported("spec.scope", scope, scopes)]
}

function versionListProblems(versions: readonly CrdVersion[]): FieldProblem[] {
  const wrong = (detail: string) => [invalid("spec.versions", versions, detail)]
  const names = new Set(versions.map(({ name }) => name))
  const stored = versions.filter(({ storage }) => storage)
  return [
    ...(names.size < versions.length ? wrong("must contain unique version names") : []),
    ...(stored.length === 1 ? [] : wrong("must have exactly one version marked as storage version")),
  ]
}

const reviewVersions = required("spec.conversion.conversionReviewVersions")

function conversionProblems({ conversion }: Partial<CrdSpec>): FieldProblem[] {
  const strategies = ["None", "Webhook"]
  if (!conversion) return []
  const { strategy, webhook } = conversion
  if (!strategies.includes(strategy)) return [unsupported("spec.conversion.strategy", strategy, strategies)]
  if (strategy === "Webhook") {
    const detail = "required when strategy is set to Webhook"
    if (!webhook) return [required("spec.conversion.webhookClientConfig", detail), reviewVersions]
    return webhook.conversionReviewVersions?.length ? [] : [reviewVersions]
  }
  if (!webhook) return []
  return [forbidden("spec.conversion.webhookClientConfig", "should not be set when strategy is not set to Webhook")]
}

function preserveProblems({ preserveUnknownFields }: Partial<CrdSpec>, old: CrdSpec | undefined): FieldProblem[] {
  if (!preserveUnknownFields || old?.preserveUnknownFields) return []
  const detail =
    "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
  return [invalid("spec.preserveUnknownFields", true, detail)]
}

function changeProblems(spec: Partial<CrdSpec>, old: CrdSpec, isNameFixed: boolean): FieldProblem[] {
  const fixed = (field: string, value: unknown, before: unknown) =>
    sameJson(value, before) ? [] : [invalid(field, value, "field is immutable")]
  return [
    ...(isNameFixed ? fixed("spec.scope", spec.scope, old.scope) : []),
    ...(isNameFixed ? fixed("spec.names.kind", spec.names?.kind, old.names.kind) : []),
    ...fixed("spec.group", spec.group, old.group),
    ...fixed("spec.names.plural", spec.names?.plural, old.names.plural),
  ]
}

function storedVersionProblems(stored: readonly string[], versions: readonly CrdVersion[]): FieldProblem[] {
  const field = "status.storedVersions"
  if (stored.length === 0) return [invalid(field, null, "must have at least one stored version")]
  const names = versions.map(({ name }) => name)
  const unstored = versions.filter(({ name, storage }) => storage && !stored.includes(name))
  return [
    ...unstored.map(({ name }) => invalid(field, stored, `must have the storage version ${name}`)),
    ...stored.flatMap((name, index) => (names.includes(name) ? [] : [missingVersion(`${field}[${index}]`, name)])),
  ]
}

const missingVersion = (field: string, name: string): FieldProblem =>
  invalid(
    field,
    name,
    `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
  )

function approvalProblems(crd: KubeObject, old: KubeObject | undefined): FieldProblem[] {
  const approval = approvalOf(crd)
  if (!approval || (old && approvalOf(old)?.state === approval.state)) return []
  if (approval.state === "missing") return [required(approvalField, approval.reason)]
  return approval.state === "invalid" ? [invalid(approvalField, approval.value, approval.reason)] : []
}
