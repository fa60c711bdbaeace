import { isLeaving, leave, needsFinalizer } from "./leaving.ts"
import { promoting, finalising } from "./promotion.ts"
import { analyse } from "./run.ts"
import { normal, warning } from "./say.ts"
import { setScene } from "./scene.ts"
import { settled } from "./settled.ts"
import type { Snapshot } from "./snapshot.ts"
import { hasBegun, initializing, refused } from "./status.ts"
import { change, type Step, wait } from "./step.ts"

/**
 * What to do next for one canary. Pure and total: the same snapshot always gives the same step, and every phase has a way out.
 * The order of these lines is the behaviour.
 */
export function nextStep(seen: Snapshot): Step {
  if (isLeaving(seen)) return leave(seen)
  if (seen.canary.spec.suspend) return wait("the canary is suspended", [suspended])
  if (seen.refusal) return refuse(seen, seen.refusal.text)
  const ready = refused(seen)
  if (ready) return change([], { status: ready, again: true })
  if (needsFinalizer(seen)) return change([{ do: "addFinalizer" }], { again: true })
  if (!hasBegun(seen.canary.status)) return change([], { status: initializing(seen), again: true })

  const missing = setScene(seen)
  if (missing) return missing

  switch (seen.canary.status?.phase) {
    case "Progressing":
    case "WaitingPromotion":
      return analyse(seen)
    case "Promoting":
      return promoting(seen)
    case "Finalising":
      return finalising(seen)
    default:
      return settled(seen)
  }
}

const suspended = normal("skipping canary run as object is suspended", { once: true })

function refuse(seen: Snapshot, text: string): Step {
  const status = refused(seen)
  const say = [warning(text, { once: true })]
  return status ? change([], { status, say }) : wait(text, say)
}
