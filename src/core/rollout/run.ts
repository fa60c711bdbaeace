import { strategyOf, thresholdOf } from "#api/release.ts"
import { changeInMidRun } from "./changes.ts"
import { hasHooks } from "./hooks.ts"
import { promoteAtOnce } from "./promotion.ts"
import { abandon, rollBack, rollBackByHook, rollBackStopped, rollBackStuck } from "./rollback.ts"
import { normal } from "./say.ts"
import { stuck } from "./scene.ts"
import type { Snapshot } from "./snapshot.ts"
import { counted } from "./status.ts"
import { restart } from "./restart.ts"
import { ask, change, type Step, wait } from "./step.ts"
import { advance, catchUp } from "./strategy.ts"

/** Progressing and WaitingPromotion: the canary serves, is judged, and moves on, waits or goes back. */
export function analyse(seen: Snapshot): Step {
  const { primary, target } = seen
  // A primary that is broken for good is mended by promoting this very revision; one that is merely busy is waited for.
  if (!primary.readiness.ready && primary.readiness.retriable && !skips(seen)) return stuck(seen, primary.readiness.why)
  if ("problem" in seen.routes) return stuck(seen, seen.routes.problem)

  const changed = changeInMidRun(seen)
  if (changed === "withdrawn") return abandon(seen)
  if (changed === "new") return restart(seen)

  const readiness = target?.readiness ?? { ready: true }
  if (!readiness.ready) return readiness.retriable ? stuck(seen, readiness.why) : rollBackStuck(seen, readiness.why)
  if (skips(seen)) return promoteAtOnce(seen)
  // A workload without pods is ready by the rules of readiness. It was started before this phase was written, so either a
  // rollback was cut off after stopping it, or somebody took the pods away: in both cases nothing is left to judge.
  if (target?.atZero) return rollBackStopped(seen)
  const unrecorded = catchUp(seen)
  if (unrecorded) return unrecorded
  if (!seen.due && !(seen.fresh && isStarting(seen))) return wait("waiting for the next check")

  if (hasHooks(seen, "rollback")) {
    const answer = seen.answers.hooks.rollback
    if (!answer) return ask({ ask: "hooks", type: "rollback", phase: seen.canary.status?.phase ?? "" })
    if (answer.passed.length > 0) return rollBackByHook(seen)
  }
  if (failedChecks(seen) >= thresholdOf(seen.canary.spec.analysis)) return rollBack(seen)

  return (isStarting(seen) ? prepare(seen) : judge(seen)) ?? advance(seen)
}

const skips = (seen: Snapshot): boolean => seen.canary.spec.skipAnalysis === true
const failedChecks = (seen: Snapshot): number => seen.canary.status?.failedChecks ?? 0

function isStarting(seen: Snapshot): boolean {
  const { phase, iterations = 0 } = seen.canary.status ?? {}
  if (phase !== "Progressing" || "problem" in seen.routes) return false
  const { analysis } = seen.canary.spec
  // The first iteration of an A/B test routes before it counts: without the count it has not begun.
  if (iterations === 0 && strategyOf(analysis) === "ab-testing") return true
  const mirroring = analysis.mirror && seen.routes.mirrored
  return seen.routes.canary === 0 && iterations === 0 && !mirroring
}

/** Before the first traffic: nothing is measured yet, only the pre-rollout hooks are asked. */
function prepare(seen: Snapshot): Step | undefined {
  if (seen.preRolloutPassed) return undefined
  const { namespace } = seen.canary.metadata
  const starting = normal(`Starting canary analysis for ${seen.canary.spec.targetRef.name}.${namespace}`)
  const answer = seen.answers.hooks["pre-rollout"]
  if (!answer) return ask({ ask: "hooks", type: "pre-rollout", phase: "Progressing" }, [starting])
  return answer.failed ? failedCheck(seen) : undefined
}

/** The canary serves: the rollout hooks, then the metrics. */
function judge(seen: Snapshot): Step | undefined {
  const { hooks, checks } = seen.answers
  if (hasHooks(seen, "rollout")) {
    if (!hooks.rollout) return ask({ ask: "hooks", type: "rollout", phase: "Progressing" })
    if (hooks.rollout.failed) return failedCheck(seen)
  }
  if ((seen.canary.spec.analysis.metrics ?? []).length === 0) return undefined
  if (!checks) return ask({ ask: "checks" })
  return checks.passed ? undefined : failedCheck(seen)
}

const failedCheck = (seen: Snapshot): Step =>
  change([], { status: counted(seen, { failedChecks: failedChecks(seen) + 1 }) })
