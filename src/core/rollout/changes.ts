import type { Snapshot } from "./snapshot.ts"

export type Change =
  /** Nothing to release. */
  | "none"
  /** The status was written by another implementation, whose hashes we cannot compute: take over without a rollout. */
  | "adopt"
  /** After a failure the target went back to what the primary runs. */
  | "revert"
  | "new"

/** The original's hashes have this shape; ours are longer. */
const foreign = /^[4-9bcdf]{1,10}$/
export const isForeignRevision = (text: string | undefined): boolean => foreign.test(text ?? "")

/** What a settled canary's target holds, against what was last judged. */
export function changeSinceSettled(seen: Snapshot): Change {
  const { lastAppliedSpec, lastPromotedSpec, phase } = seen.canary.status ?? {}
  const revision = seen.target?.revision
  if (!revision) return "none"
  if (isForeignRevision(lastAppliedSpec)) return changeSinceTakeover(seen)
  if (!lastAppliedSpec) return "new"
  if (revision === lastAppliedSpec) return configsChanged(seen) ? "new" : "none"
  if (isForeignRevision(lastPromotedSpec) && seen.target?.runsOnPrimary) return "adopt"
  if (revision !== lastPromotedSpec) return "new"
  if (configsChanged(seen)) return "new"
  return phase === "Failed" ? "revert" : "none"
}

/**
 * A target that waits in Failed is the failed revision, whatever the primary runs. In the other settled phases target and
 * primary were the same when the original looked last, so a difference came after that.
 */
function changeSinceTakeover(seen: Snapshot): Change {
  if (configsChanged(seen)) return "new"
  if (seen.canary.status?.phase === "Failed") return "adopt"
  return seen.target?.runsOnPrimary === false ? "new" : "adopt"
}

/** In mid-run only what is being judged counts. */
export type MidRunChange = "none" | "new" | "withdrawn"
export function changeInMidRun(seen: Snapshot): MidRunChange {
  const { lastAppliedSpec, lastPromotedSpec } = seen.canary.status ?? {}
  const revision = seen.target?.revision
  if (!revision) return "none"
  if (revision === lastAppliedSpec) return configsChanged(seen) ? "new" : "none"
  return revision === lastPromotedSpec ? "withdrawn" : "new"
}

function configsChanged(seen: Snapshot): boolean {
  const now = seen.target?.configs
  if (!now) return false
  const before = seen.canary.status?.trackedConfigs ?? {}
  const names = Object.keys(now)
  return names.length !== Object.keys(before).length || names.some((name) => now[name] !== before[name])
}
