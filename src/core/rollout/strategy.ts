import { maxWeightOf, strategyOf } from "#api/release.ts"
import { hasHooks } from "./hooks.ts"
import { promote } from "./promotion.ts"
import { normal, type Say, warning } from "./say.ts"
import { type Snapshot, toCanary } from "./snapshot.ts"
import { cookies, counted, inPhase } from "./status.ts"
import { type Action, ask, change, type Change, type Split, type Step, wait } from "./step.ts"
import { advanced, stepFrom } from "./weights.ts"

const DEFAULT_ITERATIONS_WITHOUT_ROUTER = 10

/** Every check has passed: the next step of the strategy, or promotion. */
export function advance(seen: Snapshot): Step {
  if (seen.plain) return blueGreen(seen, plainIterations(seen))
  const { analysis } = seen.canary.spec
  switch (strategyOf(analysis)) {
    case "ab-testing":
      return abTest(seen, analysis.iterations!)
    case "blue-green":
      return blueGreen(seen, { count: analysis.iterations!, say: [] })
    case "canary":
      return shiftWeight(seen)
  }
}

function shiftWeight(seen: Snapshot): Step {
  const { analysis } = seen.canary.spec
  const split = splitOf(seen)
  const step = stepFrom(split.canary, analysis)
  if (step <= 0) return wait("the weight cannot move", [warning(cannotMove(seen), { once: true })])
  if (!split.mirrored && !isWaitingPromotion(seen)) {
    const gate = trafficGate(seen)
    if (gate) return gate
  }
  if (split.canary >= maxWeightOf(analysis)) return confirmThen(seen, () => promote(seen))
  const mirrorFirst = analysis.mirror && seen.can.mirror === "yes" && split.canary === 0 && !split.mirrored
  return shiftTo(seen, mirrorFirst ? { ...split, mirrored: true } : advanced(split, step))
}

/**
 * The live split is not what was recorded: the process died, or the write failed, between the two, or somebody moved the
 * weight by hand. It is recorded and told, and the interval begins, so that it is judged before anything follows.
 */
export function catchUp(seen: Snapshot): Step | undefined {
  const { canary } = splitOf(seen)
  const isWeighted = !seen.plain && strategyOf(seen.canary.spec.analysis) === "canary"
  if (!isWeighted || isWaitingPromotion(seen) || canary === (seen.canary.status?.canaryWeight ?? 0)) return undefined
  return change([], recorded(seen, canary))
}

const cannotMove = (seen: Snapshot): string =>
  `${seen.canary.metadata.name}.${seen.canary.metadata.namespace} cannot advance: analysis.stepWeight must be greater than 0`

const shiftTo = (seen: Snapshot, to: Split): Step => change([{ do: "route", to }], recorded(seen, to.canary))

function recorded(seen: Snapshot, canaryWeight: number): Pick<Change, "status" | "say"> {
  const { name, namespace } = seen.canary.metadata
  return {
    status: { ...counted(seen, { canaryWeight }), ...cookies(seen, canaryWeight) },
    say: [normal(`Advance ${name}.${namespace} canary weight ${canaryWeight}`)],
  }
}

function trafficGate(seen: Snapshot): Step | undefined {
  if (!hasHooks(seen, "confirm-traffic-increase")) return undefined
  const answer = seen.answers.hooks["confirm-traffic-increase"]
  if (!answer) return ask({ ask: "hooks", type: "confirm-traffic-increase", phase: "Progressing" })
  return answer.failed ? wait("waiting for approval of more traffic") : undefined
}

/** A/B test: the chosen users are on the canary for the whole analysis. */
function abTest(seen: Snapshot, count: number): Step {
  if (iterationsDone(seen) < count && !isWaitingPromotion(seen))
    return iterate(seen, count, [{ do: "route", to: toCanary }], [])
  return confirmThen(seen, () => promote(seen))
}

/** Blue/green: the canary is tested beside the live version, then takes all traffic, then is promoted. */
function blueGreen(seen: Snapshot, { count, say }: { count: number; say: Say[] }): Step {
  const done = iterationsDone(seen)
  if (done < count && !isWaitingPromotion(seen)) return iterate(seen, count, mirroring(seen), say)
  // While promotion waits, the counter shows one less than was done, until all traffic has moved.
  return confirmThen(seen, () => (done > count ? promote(seen, say) : switchOver(seen, count, say)))
}

function mirroring(seen: Snapshot): Action[] {
  const split = splitOf(seen)
  const wanted = seen.canary.spec.analysis.mirror && seen.can.mirror !== "no" && !seen.plain && !split.mirrored
  return wanted ? [{ do: "route", to: { primary: 100, canary: 0, mirrored: true } }] : []
}

function switchOver(seen: Snapshot, count: number, say: Say[]): Step {
  const iterations = counted(seen, { iterations: count + 1 })
  if (seen.plain) return change([], { status: iterations, before: say })
  const text = seen.canary.spec.analysis.mirror
    ? "Stop traffic mirroring and route all traffic to canary"
    : "Routing all traffic to canary"
  return change([{ do: "route", to: toCanary }], {
    before: [normal(text)],
    status: { ...iterations, ...cookies(seen, 100) },
  })
}

function iterate(seen: Snapshot, count: number, actions: Action[], before: Say[]): Step {
  const { name, namespace } = seen.canary.metadata
  const iterations = iterationsDone(seen) + 1
  const routed = actions.find((action) => action.do === "route")
  return change(actions, {
    before,
    status: { ...counted(seen, { iterations }), ...(routed ? cookies(seen, routed.to.canary) : {}) },
    say: [normal(`Advance ${name}.${namespace} canary iteration ${iterations}/${count}`)],
  })
}

/** The promotion gate, where there is one. A closed gate is told once; checks go on while it is closed. */
function confirmThen(seen: Snapshot, go: () => Step): Step {
  if (!hasHooks(seen, "confirm-promotion")) return go()
  const answer = seen.answers.hooks["confirm-promotion"]
  if (!answer) return ask({ ask: "hooks", type: "confirm-promotion", phase: "Progressing" })
  if (!answer.failed) return go()
  if (isWaitingPromotion(seen)) return wait("waiting for approval to promote")
  return change([], { status: inPhase(seen, "WaitingPromotion") })
}

const isWaitingPromotion = (seen: Snapshot): boolean => seen.canary.status?.phase === "WaitingPromotion"
const iterationsDone = (seen: Snapshot): number => seen.canary.status?.iterations ?? 0
const splitOf = (seen: Snapshot): Split =>
  "problem" in seen.routes ? { primary: 100, canary: 0, mirrored: false } : seen.routes

/** Without a router only blue/green is possible; what else was asked for is said. */
function plainIterations(seen: Snapshot): { count: number; say: Say[] } {
  const { match, iterations = 0 } = seen.canary.spec.analysis
  const noMatch =
    (match?.length ?? 0) > 0
      ? [warning("A/B testing is not supported when using the kubernetes provider", { once: true })]
      : []
  if (iterations >= 1) return { count: iterations, say: noMatch }
  return {
    count: DEFAULT_ITERATIONS_WITHOUT_ROUTER,
    say: [
      ...noMatch,
      warning("Progressive traffic is not supported when using the kubernetes provider", { once: true }),
      warning(`Setting canaryAnalysis.iterations: ${DEFAULT_ITERATIONS_WITHOUT_ROUTER}`, { once: true }),
    ],
  }
}
