import type { KubeObject } from "#api/objects.ts"
import { goQuote } from "#core/text/go-quote.ts"
import type { CrdCondition, CrdSpec } from "./spec.ts"
import { parseGoUrl } from "../values/go-url.ts"

const ANNOTATION = "api-approved.kubernetes.io"
const MORE = "see https://github.com/kubernetes/enhancements/pull/1111"

export interface Approval {
  state: "missing" | "invalid" | "approved" | "bypassed"
  value: string
  reason: string
  condition?: Omit<CrdCondition, "lastTransitionTime">
}

export const approvalField = `metadata.annotations[${ANNOTATION}]`

/** Groups of the Kubernetes project want to be told who approved their API; other groups have nothing to say. */
export function approvalOf(crd: KubeObject): Approval | undefined {
  const group = (crd["spec"] as Partial<CrdSpec> | undefined)?.group ?? ""
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(group)) return undefined
  const value = crd.metadata.annotations?.[ANNOTATION] ?? ""
  const must = `protected groups must have approval annotation ${goQuote(ANNOTATION)}`
  if (value === "") return { state: "missing", value, reason: `${must}, ${MORE}` }
  if (value.startsWith("unapproved")) {
    const reason = `not approved: ${goQuote(value)}`
    return { state: "bypassed", value, reason, condition: condition("False", "UnapprovedAnnotation", reason) }
  }
  if (isFullUrl(value)) {
    const reason = `approved in ${value}`
    return { state: "approved", value, reason, condition: condition("True", "ApprovedAnnotation", reason) }
  }
  return {
    state: "invalid",
    value,
    reason: `${must} with either a URL or a reason starting with "unapproved", ${MORE}`,
  }
}

const condition = (status: "True" | "False", reason: string, message: string): Approval["condition"] => ({
  type: "KubernetesAPIApprovalPolicyConformant",
  status,
  reason,
  message,
})

function isFullUrl(text: string): boolean {
  try {
    const { scheme, host } = parseGoUrl(text)
    return scheme !== "" && host !== ""
  } catch {
    return false
  }
}
