import type { Condition } from "#api/canary.ts"
import type { KubeObject } from "#api/objects.ts"
import type { HttpRouteSpec, ParentRef } from "./http-route.ts"
import { sameParent } from "./same.ts"

interface ParentStatus {
  parentRef: ParentRef
  conditions?: (Condition & { observedGeneration?: number })[]
}

/** Why a gateway does not serve the route as written; undefined when all have accepted it, or have said nothing. */
export function whyNotAccepted(live: KubeObject): string | undefined {
  const { name, namespace } = live.metadata
  const { parentRefs = [] } = (live.spec ?? {}) as HttpRouteSpec
  const statuses: ParentStatus[] = live.status?.parents ?? []
  for (const { parentRef, conditions = [] } of statuses) {
    if (!parentRefs.some((ref) => sameParent(ref, parentRef))) continue
    const accepted = conditions.find(({ type }) => type === "Accepted")
    const why = accepted && complaint(accepted, live.metadata.generation ?? 0)
    if (why) return `HTTPRoute ${name}.${namespace}, gateway ${nameOf(parentRef, live)}: ${why}`
  }
  return undefined
}

function complaint(
  { status, reason, message, observedGeneration = 0 }: NonNullable<ParentStatus["conditions"]>[number],
  generation: number,
): string | undefined {
  if (status !== "True") return `condition Accepted is ${status} (${[reason, message].filter(Boolean).join(": ")})`
  if (observedGeneration >= generation) return undefined
  return `condition Accepted is for generation ${observedGeneration}, not yet for ${generation} (${reason})`
}

const nameOf = (ref: ParentRef, live: KubeObject): string => `${ref.name}.${ref.namespace ?? live.metadata.namespace}`
