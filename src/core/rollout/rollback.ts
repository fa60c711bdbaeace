import { thresholdOf } from "#api/release.ts"
import { alertOf, normal, type Say, warning } from "./say.ts"
import { type Snapshot, toCanary, toPrimary } from "./snapshot.ts"
import { cookies, synced } from "./status.ts"
import { type Action, change, type Step } from "./step.ts"

/** Too many checks have failed. */
export const rollBack = (seen: Snapshot): Step => returnToPrimary(seen, [])

/** Somebody asked for it through a rollback hook. */
export function rollBackByHook(seen: Snapshot): Step {
  const { name, namespace } = seen.canary.metadata
  return returnToPrimary(seen, [
    warning(`Rolling back ${name}.${namespace} manual webhook invoked`),
    alertOf("manual-rollback", "warn", "Rolling back manual webhook invoked"),
  ])
}

/** The canary's pods will not become ready. */
export function rollBackStuck(seen: Snapshot, why: string): Step {
  return returnToPrimary(seen, [warning(why), alertOf("deadline", "error", `Progress deadline exceeded ${why}`)])
}

/** The canary has no pods in the middle of its run. */
export function rollBackStopped(seen: Snapshot): Step {
  const { kind, name } = seen.canary.spec.targetRef
  const text = `canary ${kind.toLowerCase()} ${name}.${seen.canary.metadata.namespace} is scaled to zero`
  return returnToPrimary(seen, [warning(text), alertOf("failed", "error", `Canary failed: ${text}`)])
}

/** The target went back to the promoted revision in mid-run: nothing is left to judge, and nothing has failed. */
export function abandon(seen: Snapshot): Step {
  const { name, namespace } = seen.canary.metadata
  return change(goHome, {
    before: [normal(`${name}.${namespace} is back at the promoted revision, stopping the analysis`)],
    status: { ...synced(seen, "Succeeded"), ...cookies(seen, 0) },
  })
}

/** The promoted primary does not come up: the proven canary takes all traffic and stays. */
export function failPromotion(seen: Snapshot, why: string): Step {
  const { namespace } = seen.canary.metadata
  return change([{ do: "route", to: toCanary }], {
    before: [
      warning(`Promotion of ${seen.canary.spec.targetRef.name}.${namespace} failed, primary not ready: ${why}`),
      alertOf("promotion-failed", "error", `Promotion failed, primary not ready: ${why}`),
    ],
    status: { ...synced(seen, "Failed", 100), ...cookies(seen, 100) },
    outcome: { result: "failed", analysis: "completed" },
    afterwards: { hooks: "Failed", say: [] },
  })
}

function returnToPrimary(seen: Snapshot, reasons: Say[]): Step {
  const { name, namespace } = seen.canary.metadata
  return change(goHome, {
    before: [...reasons, ...thresholdReached(seen)],
    status: { ...synced(seen, "Failed"), ...cookies(seen, 0) },
    say: [warning(`Canary failed! Scaling down ${name}.${namespace}`, { phase: "Failed" })],
    outcome: { result: "failed", analysis: "completed" },
    afterwards: { hooks: "Failed", say: [] },
  })
}

function thresholdReached(seen: Snapshot): Say[] {
  const { name, namespace } = seen.canary.metadata
  const failed = seen.canary.status?.failedChecks ?? 0
  if (failed < thresholdOf(seen.canary.spec.analysis)) return []
  return [
    warning(`Rolling back ${name}.${namespace} failed checks threshold reached ${failed}`),
    alertOf("threshold", "error", `Failed checks threshold reached ${failed}`),
  ]
}

const goHome: Action[] = [{ do: "route", to: toPrimary }, { do: "pauseScaler" }, { do: "stopTarget" }]
