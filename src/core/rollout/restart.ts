import { normal } from "./say.ts"
import { type Snapshot, toPrimary } from "./snapshot.ts"
import { cookies, synced } from "./status.ts"
import { type Action, change, type Step } from "./step.ts"

/** A newer revision arrived: what was learned about the older one is void. */
export function restart(seen: Snapshot): Step {
  const { namespace } = seen.canary.metadata
  const before = [
    normal(`New revision detected! Restarting analysis for ${seen.canary.spec.targetRef.name}.${namespace}`),
  ]
  // A primary that was being replaced and is not ready must not get the traffic.
  const goesHome = seen.primary.readiness.ready || seen.canary.status?.phase !== "Promoting"
  // A rollback that was cut off may have stopped the pods already.
  const pods: Action[] = seen.target?.atZero ? [{ do: "resumeScaler" }, { do: "startTarget" }] : []
  if (!goesHome) return change(pods, { before, status: synced(seen, "Progressing") })
  const status = { ...synced(seen, "Progressing"), ...cookies(seen, 0) }
  return change([{ do: "route", to: toPrimary }, ...pods], { before, status })
}
