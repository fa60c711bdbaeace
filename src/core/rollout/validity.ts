import { type Canary, canarySchema } from "#api/canary.ts"
import { namespaceOf } from "#api/release.ts"
import { fractionsIn } from "#api/schema.ts"

const KNATIVE = "serving.knative.dev/v1"

/** What is wrong with a Canary as written, in a sentence that says what to change; undefined when it can be served. */
export function invalidity(canary: Canary, rules: { noCrossNamespaceRefs: boolean }): string | undefined {
  const { spec } = canary
  if (!spec?.targetRef || !spec.analysis) return "spec.targetRef and spec.analysis are required"
  const fractions = fractionsIn(canarySchema, { spec })
  if (fractions.length > 0) return `whole numbers are needed, not fractions: ${fractions.join(", ")}`
  return (
    (rules.noCrossNamespaceRefs ? foreignReference(canary) : undefined) ??
    knativeMismatch(canary) ??
    cookieClash(canary) ??
    missingService(canary)
  )
}

function foreignReference(canary: Canary): string | undefined {
  const { upstreamRef, analysis } = canary.spec
  const isForeign = (namespace: string | undefined) => Boolean(namespace) && namespace !== namespaceOf(canary)
  const references = [
    { what: "gloo upstream", ref: upstreamRef },
    ...(analysis.metrics ?? []).map(({ templateRef }) => ({ what: "metric template", ref: templateRef })),
    ...(analysis.alerts ?? []).map(({ providerRef }) => ({ what: "alert provider", ref: providerRef })),
  ]
  const found = references.find(({ ref }) => isForeign(ref?.namespace))
  if (!found) return undefined
  return `can't access ${found.what} ${found.ref!.name}.${found.ref!.namespace}, cross-namespace references are blocked`
}

function knativeMismatch({ spec }: Canary): string | undefined {
  const { kind, apiVersion } = spec.targetRef
  const isKnative = kind === "Service" && apiVersion === KNATIVE
  if (isKnative && spec.provider !== "knative") {
    return `can't use ${spec.provider ?? ""} provider with Knative Service as target`
  }
  if (spec.provider === "knative" && !isKnative) {
    return `can't use ${apiVersion}/${kind} as target if provider is set to knative`
  }
  return isKnative && spec.autoscalerRef ? "can't use autoscaler with Knative Service" : undefined
}

function cookieClash({ spec }: Canary): string | undefined {
  const affinity = spec.analysis.sessionAffinity
  if (!affinity || (affinity.cookieName ?? "") !== (affinity.primaryCookieName ?? "")) return undefined
  return "can't use the same cookie name for both primary and cookie name; please update them to be different"
}

function missingService({ spec }: Canary): string | undefined {
  if (spec.service || spec.targetRef.apiVersion === KNATIVE) return undefined
  return `spec.service is missing: its port is needed to create the Services of ${spec.targetRef.kind} ${spec.targetRef.name}`
}
