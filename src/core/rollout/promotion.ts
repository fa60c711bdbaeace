import { primaryName, targetName } from "#api/release.ts"
import { changeInMidRun } from "./changes.ts"
import { failPromotion, rollBackStopped, rollBackStuck } from "./rollback.ts"
import { restart } from "./restart.ts"
import { alertOf, normal, type Say } from "./say.ts"
import { stuck } from "./scene.ts"
import { type Snapshot, toPrimary } from "./snapshot.ts"
import { cookies, counted, inPhase } from "./status.ts"
import { change, type Change, type Split, type Step, wait } from "./step.ts"
import { withdrawn } from "./weights.ts"

/** The primary becomes what the canary is; its pods are replaced while the canary goes on serving its share. */
export function promote(seen: Snapshot, before: Say[] = []): Step {
  return change([{ do: "promote" }], { before: [...before, copying(seen)], status: inPhase(seen, "Promoting") })
}

/** skipAnalysis: from a ready canary to a promoted primary in one step. */
export function promoteAtOnce(seen: Snapshot): Step {
  return change(
    [
      { do: "route", to: toPrimary },
      { do: "promote" },
      { do: "updateScaler" },
      { do: "pauseScaler" },
      { do: "stopTarget" },
    ],
    {
      before: [copying(seen)],
      status: { ...inPhase(seen, "Succeeded"), ...cookies(seen, 0) },
      outcome: { result: "succeeded", analysis: "skipped" },
      afterwards: {
        hooks: "Succeeded",
        say: [
          normal(`Promotion completed! Canary analysis was skipped for ${fullTarget(seen)}`, { phase: "Succeeded" }),
          alertOf("skipped", "info", "Canary analysis was skipped, promotion finished."),
        ],
      },
    },
  )
}

/** Promoting: once the primary's new pods are ready, traffic goes back to it, at once or in steps. */
export function promoting(seen: Snapshot): Step {
  const obstacle = obstacleTo(seen)
  if (obstacle) return obstacle
  const step = seen.canary.spec.analysis.stepWeightPromotion ?? 0
  if (seen.plain) return change([{ do: "updateScaler" }], { status: inPhase(seen, "Finalising") })
  const split = seen.routes as Split
  if (step <= 0) return routeHome(seen)
  if (split.canary === 0) return change([{ do: "updateScaler" }], { status: inPhase(seen, "Finalising") })
  // Moved already, but the record of it was lost: the interval begins with the record.
  if (split.canary < (seen.canary.status?.canaryWeight ?? 0)) return change([], recordedHome(seen, split))
  if (!seen.due && !seen.fresh) return wait("waiting to move more traffic to the primary")
  return stepHome(seen, withdrawn(split, step))
}

function routeHome(seen: Snapshot): Step {
  return change([{ do: "updateScaler" }, { do: "route", to: toPrimary }], {
    before: [normal("Routing all traffic to primary")],
    status: { ...inPhase(seen, "Finalising"), ...cookies(seen, 0) },
  })
}

const stepHome = (seen: Snapshot, to: Split): Step =>
  change([{ do: "updateScaler" }, { do: "route", to }], recordedHome(seen, to))

function recordedHome(seen: Snapshot, to: Split): Pick<Change, "status" | "say"> {
  const { name, namespace } = seen.canary.metadata
  const status = to.primary === 100 ? inPhase(seen, "Finalising") : counted(seen, { canaryWeight: to.canary })
  return {
    status: { ...status, ...cookies(seen, to.canary) },
    say: [normal(`Advance ${name}.${namespace} primary weight ${to.primary}`)],
  }
}

/** Finalising: routes have had an interval to reach the data plane, so the canary's pods may go. */
export function finalising(seen: Snapshot): Step {
  const obstacle = obstacleTo(seen)
  if (obstacle) return obstacle
  if (!seen.due) return wait("waiting for connections to drain")
  return change([{ do: "pauseScaler" }, { do: "stopTarget" }], {
    status: inPhase(seen, "Succeeded"),
    outcome: { result: "succeeded", analysis: "completed" },
    afterwards: {
      hooks: "Succeeded",
      say: [
        normal(`Promotion completed! Scaling down ${fullTarget(seen)}`, { phase: "Succeeded" }),
        alertOf("succeeded", "info", "Canary analysis completed successfully, promotion finished."),
      ],
    },
  })
}

/** Both workloads must be ready before traffic moves between them or pods go. */
function obstacleTo(seen: Snapshot): Step | undefined {
  const skips = seen.canary.spec.skipAnalysis === true
  const primary = seen.primary.readiness
  if (!primary.ready && !skips) return primary.retriable ? stuck(seen, primary.why) : failPromotion(seen, primary.why)
  if ("problem" in seen.routes) return stuck(seen, seen.routes.problem)
  const canary = seen.target?.readiness ?? { ready: true }
  if (!canary.ready) return canary.retriable ? stuck(seen, canary.why) : rollBackStuck(seen, canary.why)
  if (skips) return changeInMidRun(seen) === "new" ? restart(seen) : promoteAtOnce(seen)
  return seen.target?.atZero && isPromoting(seen) ? rollBackStopped(seen) : undefined
}

/** Later the canary is stopped on purpose. */
const isPromoting = (seen: Snapshot): boolean => seen.canary.status?.phase === "Promoting"

const fullTarget = (seen: Snapshot): string => `${targetName(seen.canary)}.${seen.canary.metadata.namespace}`

function copying(seen: Snapshot): Say {
  const { namespace } = seen.canary.metadata
  return normal(`Copying ${fullTarget(seen)} template spec to ${primaryName(seen.canary)}.${namespace}`)
}
