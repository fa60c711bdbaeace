import { alertOf, normal, type Say, warning } from "./say.ts"
import type { Look, Snapshot } from "./snapshot.ts"
import { synced } from "./status.ts"
import { type Action, ask, change, type Part, type Step, wait } from "./step.ts"

/**
 * Services, primary, autoscaler and routes must stand before anything is judged, and are repaired whenever they drift.
 * The target keeps serving until the apex Service points to a ready primary.
 */
export function setScene(seen: Snapshot): Step | undefined {
  const isNew = seen.canary.status?.phase === "Initializing"
  const { scenery } = seen
  if (!isDone(seen, "services")) return make(seen, "services")
  if (isNew && shouldProbe(seen)) return ask({ ask: "online" })
  if (!seen.primary.exists || scenery.primary !== "good") return make(seen, "primary")
  if (isNew) return initialise(seen)
  for (const part of ["scaler", "apex", "routes"] as const) {
    if (!isDone(seen, part)) return make(seen, part)
  }
  return undefined
}

const shouldProbe = (seen: Snapshot): boolean =>
  seen.due && !seen.canary.spec.skipAnalysis && seen.answers.online === undefined

function make(seen: Snapshot, part: Part): Step {
  const problem = problemOf(seen.scenery[part])
  if (problem !== undefined) return stuck(seen, problem)
  return change([{ do: "make", part }], { again: true })
}

/** Fields that the API server drops, or that others change back, must not keep the canary from going on. */
const isDone = (seen: Snapshot, part: Part): boolean =>
  seen.scenery[part] === "good" || (seen.scenery[part] === "differs" && seen.made.includes(part))

function initialise(seen: Snapshot): Step {
  const { readiness } = seen.primary
  if (!readiness.ready) {
    // Without analysis the original does not wait, and leaves nothing serving until the primary is up.
    const silent = seen.canary.spec.skipAnalysis || !seen.due
    return wait(readiness.why, silent ? [] : [warning(readiness.why)])
  }
  const parts = (["scaler", "apex", "routes"] as const).filter((part) => seen.scenery[part] !== "good")
  const problem = parts.map((part) => problemOf(seen.scenery[part])).find((text) => text !== undefined)
  if (problem !== undefined) return stuck(seen, problem)
  const making = (part: Part): Action[] => (parts.some((other) => other === part) ? [{ do: "make", part }] : [])
  const actions: Action[] = [
    ...making("scaler"),
    { do: "pauseScaler" },
    ...making("apex"),
    { do: "stopTarget" },
    ...making("routes"),
  ]
  return change(actions, { status: synced(seen, "Initialized"), say: initialised(seen), again: true })
}

function initialised(seen: Snapshot): Say[] {
  const { name, namespace } = seen.canary.metadata
  const kind = seen.canary.spec.targetRef.kind
  return [
    normal(`Initialization done! ${name}.${namespace}`, { after: true }),
    alertOf("initialized", "info", `New ${kind} detected, initialization completed.`, { metadata: true }),
  ]
}

/** Something outside must change first. Told once per interval, tried again whenever anything it depends on changes. */
export const stuck = (seen: Snapshot, problem: string): Step => wait(problem, seen.due ? [warning(problem)] : [])

const problemOf = (look: Look): string | undefined => (typeof look === "object" ? look.problem : undefined)
