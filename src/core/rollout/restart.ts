import { normal } from "./say.ts"
import { type Snapshot, toPrimary } from "./snapshot.ts"
import { cookies, synced } from "./status.ts"
import { change, type Step } from "./step.ts"

/** A newer revision arrived: what was learned about the older one is void. */
export function restart(seen: Snapshot): Step {
  const { namespace } = seen.canary.metadata
  const before = [
    normal(`New revision detected! Restarting analysis for ${seen.canary.spec.targetRef.name}.${namespace}`),
  ]
  // A primary that was being replaced and is not ready must not get the traffic.
  const goesHome = seen.primary.readiness.ready || seen.canary.status?.phase !== "Promoting"
  if (!goesHome) return change([], { before, status: synced(seen, "Progressing") })
  const status = { ...synced(seen, "Progressing"), ...cookies(seen, 0) }
  return change([{ do: "route", to: toPrimary }], { before, status })
}
