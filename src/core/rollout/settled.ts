import { type HookAnswer, type Snapshot, toPrimary } from "./snapshot.ts"
import { changeSinceSettled, isForeignRevision } from "./changes.ts"
import { hasHooks } from "./hooks.ts"
import { alertOf, normal, warning } from "./say.ts"
import { stuck } from "./scene.ts"
import { rollBackByHook } from "./rollback.ts"
import { cookies, inPhase, synced, trackedConfigs } from "./status.ts"
import { type Action, ask, change, type Step, wait } from "./step.ts"

/** Initialized, Waiting, Succeeded, Failed: nothing runs; a new revision starts a run. */
export function settled(seen: Snapshot): Step {
  if (seen.target?.problem) return stuck(seen, seen.target.problem)
  switch (changeSinceSettled(seen)) {
    case "adopt":
      return adopt(seen)
    case "revert":
      return change([], { status: revisionOnly(seen) })
    case "new":
      return start(seen)
    case "none":
      return isWaiting(seen) ? withdraw(seen) : wait("nothing to release")
  }
}

const isWaiting = (seen: Snapshot): boolean => seen.canary.status?.phase === "Waiting"

/** Another implementation's hash is replaced by ours; nothing rolls. */
function adopt(seen: Snapshot): Step {
  const { phase, lastPromotedSpec } = seen.canary.status ?? {}
  const promoted = phase !== "Failed" || (seen.target?.runsOnPrimary && isForeignRevision(lastPromotedSpec))
  const status = { ...revisionOnly(seen), ...(promoted ? { lastPromotedSpec: seen.target!.revision } : {}) }
  return change([], { status, again: true })
}

const revisionOnly = (seen: Snapshot) => ({
  lastAppliedSpec: seen.target!.revision,
  trackedConfigs: trackedConfigs(seen),
})

/** The revision that waited for approval was taken back. */
function withdraw(seen: Snapshot): Step {
  const { name, namespace } = seen.canary.metadata
  const say = [normal(`${name}.${namespace} no longer waits for approval, the new revision was taken back`)]
  const { lastAppliedSpec, lastPromotedSpec } = seen.canary.status ?? {}
  const isFailedOne = seen.target?.revision === lastAppliedSpec && lastAppliedSpec !== lastPromotedSpec
  return change([], { status: synced(seen, isFailedOne ? "Failed" : "Succeeded", weightOnCanary(seen)), say })
}

function start(seen: Snapshot): Step {
  const primary = seen.primary.readiness
  if (!primary.ready && !seen.canary.spec.skipAnalysis) {
    // A primary that is broken for good can only be mended by a new revision, so that one may start. It must not start
    // while all traffic depends on the canary's pods after a failed promotion.
    if (primary.retriable || weightOnCanary(seen) > 0) return stuck(seen, primary.why)
  }
  if ("problem" in seen.routes) return stuck(seen, seen.routes.problem)

  const vetoed = vetoWhileWaiting(seen)
  if (vetoed) return vetoed

  const gate = seen.answers.hooks["confirm-rollout"]
  if (hasHooks(seen, "confirm-rollout") && !gate) {
    if (isWaiting(seen) && !seen.due) return wait("waiting for approval to start")
    return ask({ ask: "hooks", type: "confirm-rollout", phase: seen.canary.status?.phase ?? "" })
  }
  return gate?.failed ? halt(seen) : begin(seen)
}

const halt = (seen: Snapshot): Step =>
  isWaiting(seen) ? wait("waiting for approval to start") : change([], { status: inPhase(seen, "Waiting") })

function begin(seen: Snapshot): Step {
  const { namespace } = seen.canary.metadata
  // Traffic left on the canary by a failed promotion goes home before the canary's pods are replaced.
  const { readiness } = seen.primary
  const home: Action[] = weightOnCanary(seen) > 0 && readiness.ready ? [{ do: "route", to: toPrimary }] : []
  return change([...home, { do: "resumeScaler" }, { do: "startTarget" }], {
    before: readiness.ready || seen.canary.spec.skipAnalysis ? [] : [warning(readiness.why)],
    status: { ...synced(seen, "Progressing"), ...(home.length > 0 ? cookies(seen, 0) : {}) },
    say: [
      normal(`New revision detected! Scaling up ${seen.canary.spec.targetRef.name}.${namespace}`, {
        phase: "Progressing",
      }),
      alertOf("revision", "info", "New revision detected, progressing canary analysis.", { metadata: true }),
    ],
    again: true,
  })
}

/** Rollback hooks that ask to be called while waiting. */
function vetoWhileWaiting(seen: Snapshot): Step | undefined {
  if (!isWaiting(seen) || !seen.due || !hasHooks(seen, "rollback", { whileWaiting: true })) return undefined
  const answer: HookAnswer | undefined = seen.answers.hooks.rollback
  if (!answer) return ask({ ask: "hooks", type: "rollback", phase: "Waiting", whileWaiting: true })
  return answer.passed.length > 0 && weightOnCanary(seen) === 0 ? rollBackByHook(seen) : undefined
}

/** What a failed promotion left on the canary: there it stays until the primary is in order. */
const weightOnCanary = (seen: Snapshot): number => (seen.plain || "problem" in seen.routes ? 0 : seen.routes.canary)
