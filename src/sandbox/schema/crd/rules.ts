import type { KubeObject } from "#api/objects.ts"
import type { Place, Rules } from "../../apiserver/resource.ts"
import { timeText } from "../../contract.ts"
import { crdProblems } from "./problems.ts"
import type { CrdCondition, CrdNames, CrdSpec, CrdStatus } from "./spec.ts"
import { approvalOf } from "./api-approval.ts"
import { copyOf } from "../json.ts"
import { type Condition, namingOf, noNames } from "./names.ts"

/** Holds a definition back until its objects are gone. */
export const CLEANUP = "customresourcecleanup.apiextensions.k8s.io"

/** What CustomResourceDefinitions do: they are established as soon as nobody else has their names. */
export const crdRules: Rules = {
  defaults(crd) {
    const spec = crd["spec"] as CrdSpec | undefined
    if (!spec?.names) return
    const { names } = spec
    if (!names.singular) names.singular = (names.kind ?? "").toLowerCase()
    if (!names.listKind && names.kind) names.listKind = `${names.kind}List`
    spec.conversion ??= { strategy: "None" }
  },
  beforeCreate(crd, place) {
    setStatus(crd, {}, noNames, place)
  },
  beforeUpdate(crd, old, place) {
    const { acceptedNames = noNames } = (old["status"] ?? {}) as CrdStatus
    setStatus(crd, (crd["status"] ?? {}) as CrdStatus, acceptedNames, place)
  },
  beforeDelete(crd, { nowMs }) {
    const { finalizers = [] } = crd.metadata
    crd.metadata.finalizers = finalizers.includes(CLEANUP) ? finalizers : [...finalizers, CLEANUP]
    const { conditions = [], ...status } = (crd["status"] ?? {}) as CrdStatus
    crd["status"] = { ...status, conditions: [...conditions, { ...terminating, lastTransitionTime: timeText(nowMs) }] }
  },
  problems: crdProblems,
}

const terminating: Condition = {
  type: "Terminating",
  status: "True",
  reason: "InstanceDeletionInProgress",
  message: "CustomResource deletion is in progress",
}

function setStatus(crd: KubeObject, status: CrdStatus, ownNames: CrdNames, place: Place): void {
  const spec = crd["spec"] as CrdSpec | undefined
  if (!spec?.names) return
  const stored = spec.versions?.find(({ storage }) => storage)?.name
  const { storedVersions = [], conditions = [] } = status
  const others = (place.definitions?.() ?? []).filter(({ metadata }) => metadata.name !== crd.metadata.name)
  const { accepted, condition } = namingOf(spec, ownNames, others)
  const wanted = [...approvalConditions(crd), condition, establishment(condition, conditions)]
  crd["status"] = {
    ...status,
    conditions: conditionsOf(wanted, conditions, timeText(place.nowMs)),
    acceptedNames: copyOf(accepted),
    storedVersions:
      stored === undefined || storedVersions.includes(stored) ? storedVersions : [...storedVersions, stored],
  }
}

function approvalConditions(crd: KubeObject): Condition[] {
  const { condition } = approvalOf(crd) ?? {}
  return condition ? [condition] : []
}

/** What has been established once stays so. */
function establishment(names: Condition, old: readonly CrdCondition[]): Condition {
  const before = old.find(({ type }) => type === "Established")
  if (before?.status === "True") return before
  return names.status === "True"
    ? {
        type: "Established",
        status: "True",
        reason: "InitialNamesAccepted",
        message: "the initial names have been accepted",
      }
    : { type: "Established", status: "False", reason: "NotAccepted", message: "not all names are accepted" }
}

function conditionsOf(wanted: readonly Condition[], old: readonly CrdCondition[], now: string): CrdCondition[] {
  const others = old.filter(({ type }) => !wanted.some((condition) => condition.type === type))
  const own = wanted.map((condition) => {
    const before = old.find(({ type }) => type === condition.type)
    return { ...condition, lastTransitionTime: before?.status === condition.status ? before.lastTransitionTime : now }
  })
  return [...own, ...others]
}
