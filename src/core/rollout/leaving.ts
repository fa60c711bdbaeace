import { normal } from "./say.ts"
import { stuck } from "./scene.ts"
import type { Snapshot } from "./snapshot.ts"
import { inPhase } from "./status.ts"
import { change, type Step, wait } from "./step.ts"

export const FINALIZER = "finalizer.flagger.app"

const holdsFinalizer = (seen: Snapshot): boolean => seen.canary.metadata.finalizers?.includes(FINALIZER) ?? false

/** The Canary is being deleted, or is no longer to be put back when it is. */
export const isLeaving = (seen: Snapshot): boolean =>
  seen.canary.metadata.deletionTimestamp !== undefined || (holdsFinalizer(seen) && !seen.canary.spec.revertOnDeletion)

export const needsFinalizer = (seen: Snapshot): boolean =>
  seen.canary.spec.revertOnDeletion === true && !holdsFinalizer(seen)

/** The workload is gone, or belongs to another canary. */
const needsNoWayBack = new Set(["TargetNotFound", "TargetTaken"])

/** Puts the workload, the apex Service and the routes back, in the order that never leaves traffic without pods. */
export function leave(seen: Snapshot): Step {
  const { name, namespace, deletionTimestamp } = seen.canary.metadata
  if (!holdsFinalizer(seen)) return wait("the canary is being deleted")
  if (!deletionTimestamp || !seen.canary.spec.revertOnDeletion) return change([{ do: "removeFinalizer" }])
  // What cannot be put back, because the canary asks for the impossible, must not be left without pods either.
  if (seen.refusal && !needsNoWayBack.has(seen.refusal.reason)) return stuck(seen, seen.refusal.text)
  if (seen.canary.status?.phase !== "Terminating") {
    return change([{ do: "resumeScaler" }, { do: "restoreTarget" }], {
      status: inPhase(seen, "Terminating"),
      say: [normal(`Terminating canary ${name}.${namespace}`, { phase: "Terminating" })],
      again: true,
    })
  }
  if (seen.target?.atZero) return change([{ do: "resumeScaler" }, { do: "restoreTarget" }], { again: true })
  const readiness = seen.target?.readiness ?? { ready: true }
  if (!readiness.ready) {
    return stuck(seen, readiness.retriable ? "canary not ready during finalizing: retriable error" : readiness.why)
  }
  return change([{ do: "restoreApex" }, { do: "restoreRoutes" }, { do: "removeFinalizer" }], {
    say: [normal(`Terminated canary ${name}.${namespace}`, { phase: "Terminating" })],
  })
}
