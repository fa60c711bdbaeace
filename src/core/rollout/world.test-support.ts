import type { Canary, CanarySpec, CanaryStatus, HookType } from "#api/canary.ts"
import { intervalMs } from "#api/release.ts"
import { nextStep } from "./next-step.ts"
import type { Say } from "./say.ts"
import type { Answers, CheckAnswer, HookAnswer, Readiness, Snapshot } from "./snapshot.ts"
import { toldOfChecks, toldOfHooks, toldOfProbe } from "./told.ts"
import type { Action, Change, Question, Split, StatusPatch, Step } from "./step.ts"

/** A cluster small enough to be a plain object, in which steps can be played without any I/O. */
export interface World {
  nowMs: number
  canary: Canary
  target: { revision: string; replicas: number; readiness: Readiness; configs: Record<string, string> | undefined }
  primary: { exists: boolean; revision: string; readiness: Readiness }
  made: Record<"services" | "scaler" | "apex" | "routes", boolean>
  routes: Split
  paused: boolean
  plain: boolean
  mirror: Snapshot["can"]["mirror"]
  sticky: boolean
  nextDueMs: number
  fresh: boolean
  preRolloutPassed: boolean
  refusal?: Snapshot["refusal"]
  runsOnPrimary?: boolean
  /** What the outside answers. */
  hooks: { [T in HookType]?: HookAnswer }
  checks: CheckAnswer
  /** What happened, for assertions. */
  told: string[]
  alerts: string[]
  asked: string[]
  splits: string[]
  scaled: string[]
  ended: string[]
}

export const ready: Readiness = { ready: true }
export const busy = (why = "busy"): Readiness => ({ ready: false, retriable: true, why })
export const broken = (why = "broken"): Readiness => ({ ready: false, retriable: false, why })
export const passing: CheckAnswer = { passed: true, told: [] }
export const failing = (text = "Halt: too slow"): CheckAnswer => ({ passed: false, told: [{ text, failure: false }] })

const specOf = (spec: Partial<CanarySpec> = {}): CanarySpec => ({
  targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
  service: { port: 80 },
  ...spec,
  analysis: {
    interval: "10s",
    threshold: 2,
    stepWeight: 20,
    maxWeight: 40,
    metrics: [{ name: "errors" }],
    ...spec.analysis,
  },
})

/** A canary that has just been initialised, with everything in place and revision r1 promoted. */
export function worldOf(spec: Partial<CanarySpec> = {}, change: Partial<World> = {}): World {
  const canary: Canary = {
    apiVersion: "flagger.app/v1beta1",
    kind: "Canary",
    metadata: { name: "web", namespace: "shop", uid: "u1" },
    spec: specOf(spec),
    status: {
      phase: "Initialized",
      canaryWeight: 0,
      failedChecks: 0,
      iterations: 0,
      lastAppliedSpec: "r1",
      lastPromotedSpec: "r1",
      conditions: [{ type: "Promoted", status: "True", reason: "Initialized" }],
    },
  }
  return {
    nowMs: Date.UTC(2026, 0, 1),
    canary,
    target: { revision: "r1", replicas: 0, readiness: ready, configs: undefined },
    primary: { exists: true, revision: "r1", readiness: ready },
    made: { services: true, scaler: true, apex: true, routes: true },
    routes: { primary: 100, canary: 0, mirrored: false },
    paused: true,
    plain: false,
    mirror: "yes",
    sticky: true,
    nextDueMs: 0,
    fresh: true,
    preRolloutPassed: false,
    hooks: {},
    checks: passing,
    told: [],
    alerts: [],
    asked: [],
    splits: [],
    scaled: [],
    ended: [],
    ...change,
  }
}

/** A canary nobody has looked at yet. */
export function newWorld(spec: Partial<CanarySpec> = {}, change: Partial<World> = {}): World {
  const world = worldOf(spec, change)
  const { status: _, ...canary } = world.canary
  return {
    ...world,
    canary,
    target: { ...world.target, replicas: 2 },
    primary: { exists: false, revision: "", readiness: busy() },
    made: { services: false, scaler: false, apex: false, routes: false },
    paused: false,
    ...change,
  }
}

export const withStatus = (world: World, status: Partial<CanaryStatus>): World => ({
  ...world,
  canary: { ...world.canary, status: { ...world.canary.status, ...status } },
})
export const release = (world: World, revision = "r2"): World => ({
  ...world,
  target: { ...world.target, revision },
})

export function snapshotOf(world: World, answers: Answers = { hooks: {} }): Snapshot {
  const look = (made: boolean) => (made ? ("good" as const) : ("differs" as const))
  const iterating = (world.canary.status?.iterations ?? 0) > 0
  const plainRoutes = iterating
    ? { primary: 0, canary: 100, mirrored: false }
    : { primary: 100, canary: 0, mirrored: false }
  return {
    nowMs: world.nowMs,
    canary: world.canary,
    due: world.nowMs >= world.nextDueMs,
    fresh: world.fresh,
    preRolloutPassed: world.preRolloutPassed,
    ...(world.refusal ? { refusal: world.refusal } : {}),
    plain: world.plain,
    can: { mirror: world.mirror, sticky: world.sticky, stickyPrimary: true },
    target: {
      kind: "Deployment",
      revision: world.target.revision,
      readiness: world.target.readiness,
      atZero: world.target.replicas === 0,
      configs: world.target.configs,
      ...(world.runsOnPrimary === undefined ? {} : { runsOnPrimary: world.runsOnPrimary }),
    },
    primary: { exists: world.primary.exists, readiness: world.primary.readiness },
    scenery: {
      services: look(world.made.services),
      primary: "good",
      scaler: look(world.made.scaler),
      apex: look(world.made.apex),
      routes: look(world.made.routes),
    },
    routes: world.plain ? plainRoutes : world.routes,
    made: [],
    answers,
  }
}

/** The process dies after so many effects. */
export class Died extends Error {}
export type Life = { effectsLeft: number }
const immortal: Life = { effectsLeft: Number.POSITIVE_INFINITY }

/** Plays one wake-up to its rest, as the controller does. Changes the world it is given. */
export function wake(world: World, life: Life = immortal): Step {
  let answers: Answers = { hooks: {} }
  let tried = false
  const rest = (step: Step): Step => {
    if (tried) world.fresh = false
    return step
  }
  for (let turn = 0; turn < 40; turn++) {
    const seen = snapshotOf(world, answers)
    const step = nextStep(seen)
    if (step.kind === "wait") {
      tell(world, step.say)
      if (seen.due) world.nextDueMs = world.nowMs + intervalMs(world.canary.spec.analysis)
      return rest(step)
    }
    if (step.kind === "ask") {
      tell(world, step.before ?? [])
      answers = answered(world, step.question, answers)
      tried ||= step.question.ask !== "online"
      continue
    }
    const scope = scopeOf(world)
    doChange(world, step, life)
    tried = scopeOf(world) === scope
    if (!step.again) return rest(step)
    if (step.status) answers = { ...answers, hooks: {} }
  }
  throw new Error("no rest")
}

/** The interval passes and the canary is woken. */
export function tick(world: World, life?: Life): Step {
  world.nowMs = Math.max(world.nowMs, world.nextDueMs)
  return wake(world, life)
}

/** Ticks until a phase is reached. */
export function until(world: World, phases: string[], limit = 60): World {
  for (let count = 0; count < limit; count++) {
    if (phases.includes(world.canary.status?.phase ?? "")) return world
    tick(world)
  }
  throw new Error(`stayed in ${world.canary.status?.phase}: ${world.told.slice(-5).join("; ")}`)
}

function effect(life: Life): void {
  if (life.effectsLeft <= 0) throw new Died()
  life.effectsLeft -= 1
}

function doChange(world: World, step: Change, life: Life): void {
  tell(world, step.before ?? [])
  const scope = scopeOf(world)
  for (const action of step.actions) {
    effect(life)
    act(world, action)
  }
  if (step.status) {
    effect(life)
    const begun = Boolean(world.canary.status?.phase)
    world.canary = { ...world.canary, status: patch(world.canary.status, step.status) }
    if (begun) world.nextDueMs = world.nowMs + intervalMs(world.canary.spec.analysis)
  }
  if (scopeOf(world) !== scope) {
    world.fresh = true
    world.preRolloutPassed = false
  }
  tell(world, step.say ?? [])
  if (step.outcome) world.ended.push(`${step.outcome.result} ${step.outcome.analysis}`)
  if (step.afterwards) {
    world.asked.push(`post-rollout ${step.afterwards.hooks}`)
    tell(world, step.afterwards.say)
  }
}

const scopeOf = ({ canary: { status } }: World): string => `${status?.phase}/${status?.lastAppliedSpec}`

function patch(before: CanaryStatus | undefined, change: StatusPatch): CanaryStatus {
  const merged = Object.entries({ ...before, ...change }).filter(([, value]) => value !== null)
  const status = Object.fromEntries(merged) as CanaryStatus
  if (!status.trackedConfigs) return status
  const configs = Object.entries(status.trackedConfigs).filter(([, sum]) => sum !== null)
  return { ...status, trackedConfigs: Object.fromEntries(configs) }
}

function act(world: World, action: Action): void {
  switch (action.do) {
    case "make":
      if (action.part === "primary") {
        world.primary = { exists: true, revision: world.target.revision, readiness: world.primary.readiness }
      } else world.made[action.part] = true
      return
    case "route":
      if (world.plain) return
      world.routes = action.to
      world.splits.push(`${action.to.primary}/${action.to.canary}${action.to.mirrored ? " mirrored" : ""}`)
      return
    case "stopTarget":
      world.target = { ...world.target, replicas: 0 }
      return
    case "startTarget":
    case "restoreTarget":
      world.scaled.push(action.do)
      world.target = { ...world.target, replicas: Math.max(1, world.target.replicas) }
      return
    case "promote":
      world.primary = { ...world.primary, revision: world.target.revision }
      return
    case "pauseScaler":
    case "resumeScaler":
      world.paused = action.do === "pauseScaler"
      return
    case "addFinalizer":
    case "removeFinalizer": {
      const finalizers = action.do === "addFinalizer" ? ["finalizer.flagger.app"] : []
      world.canary = { ...world.canary, metadata: { ...world.canary.metadata, finalizers } }
      return
    }
    case "restoreApex":
    case "restoreRoutes":
    case "updateScaler":
  }
}

function answered(world: World, question: Question, answers: Answers): Answers {
  const seen = snapshotOf(world, answers)
  if (question.ask === "online") {
    tell(world, toldOfProbe(undefined))
    return { ...answers, online: {} }
  }
  if (question.ask === "checks") {
    world.asked.push("checks")
    tell(world, toldOfChecks(world.checks))
    return { ...answers, checks: world.checks }
  }
  world.asked.push(question.type)
  const answer = world.hooks[question.type] ?? { passed: [] }
  if (question.type === "pre-rollout" && !answer.failed) world.preRolloutPassed = true
  tell(world, toldOfHooks(seen, question, answer))
  return { ...answers, hooks: { ...answers.hooks, [question.type]: answer } }
}

function tell(world: World, say: Say[]): void {
  for (const one of say) {
    if ("event" in one) world.told.push(one.event)
    else world.alerts.push(one.alert.text)
  }
}
