import { isDeepStrictEqual } from "node:util"
import { type KubeObject, type ObjectRef, refOf } from "#api/objects.ts"
import { ApiError } from "#kube/contract.ts"
import { isEmptySelector } from "../../kinds/label-selector.ts"
import { parseQuantity } from "../../kinds/quantity.ts"
import { autoscalers, groupOf } from "../kinds.ts"
import { type Controller, placeOf, refAt, startController } from "../loop.ts"
import type { Condition } from "../pods.ts"
import { textOf } from "../workload-pods.ts"
import { nowText, type World, writeStatus } from "../world.ts"
import { type Behavior, type History, remembered, settle } from "./limits.ts"
import { MetricError, type MetricSpec, type Proposal, proposalFor, type Scaled, type Usage } from "./metrics.ts"
import type { Tolerance } from "./readings.ts"

const by = "horizontal-pod-autoscaler"
const INTERVAL_MS = 15_000
const TOLERANCE = 0.1

export interface AutoscalerOptions {
  usage: Usage
  /** How often every autoscaler looks at its metrics. */
  hpaIntervalMs?: number | undefined
}

/** Scales workloads so that their metrics meet their targets. */
export function startAutoscalers(world: World, { usage, hpaIntervalMs = INTERVAL_MS }: AutoscalerOptions): Controller {
  const { cluster, clock, onError } = world
  const histories = new Map<string, History>()
  return startController({
    name: "HorizontalPodAutoscaler",
    cluster,
    clock,
    onError,
    watches: [
      {
        kind: autoscalers,
        keys: (autoscaler) => [placeOf(autoscaler)],
        // Its own status must not make it look sooner.
        matters: (autoscaler, before) => !isDeepStrictEqual(autoscaler["spec"], before["spec"]),
      },
    ],
    reconcile(key) {
      const autoscaler = cluster.get(refAt(autoscalers, key))
      if (!autoscaler) return void histories.delete(key)
      const history = remembered(histories.get(key) ?? { recommended: [], added: [], removed: [] }, clock.now())
      histories.set(key, history)
      const look: Look = { world, usage, autoscaler, history, conditions: autoscaler["status"]?.conditions ?? [] }
      writeStatus(world, autoscaler, { ...scale(look), conditions: look.conditions })
      return { againInMs: hpaIntervalMs }
    },
  })
}

interface Look {
  world: World
  usage: Usage
  autoscaler: KubeObject
  history: History
  conditions: Condition[]
}

/** Everything of the status but its conditions. */
interface Counts {
  currentReplicas?: number
  desiredReplicas: number
  lastScaleTime?: string
  currentMetrics?: object[] | null
}

function scale(look: Look): Counts {
  const before: Counts = { desiredReplicas: 0, ...look.autoscaler["status"] }
  const target = targetOf(look)
  if (!target) return counts(before)
  const current: number = target["spec"].replicas ?? 1
  if (look.history.recommended.length === 0) recommend(look, current)
  const decided = decide(look, target, current)
  if (!decided) return counts(before, { currentReplicas: current })
  const { replicas, why, metrics } = decided
  if (replicas === current) return counts(before, { currentReplicas: current, desiredReplicas: current, metrics })
  if (!rescale(look, target, current, replicas, why)) return counts(before, { currentReplicas: current, metrics })
  return counts(before, {
    currentReplicas: current,
    desiredReplicas: replicas,
    metrics,
    lastScaleTime: nowText(look.world),
  })
}

function counts(
  { currentReplicas, desiredReplicas, lastScaleTime, currentMetrics }: Counts,
  next: Partial<Counts> & { metrics?: object[] | undefined } = {},
): Counts {
  const { metrics, ...rest } = next
  const merged = { currentReplicas, desiredReplicas, lastScaleTime, ...rest, currentMetrics: metrics ?? currentMetrics }
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined)) as unknown as Counts
}

interface Decision {
  replicas: number
  why: string
  metrics?: object[] | undefined
}

/** How many replicas there should be; undefined when that cannot be told. */
function decide(look: Look, target: KubeObject, current: number): Decision | undefined {
  const { minReplicas: min = 1, maxReplicas: max, behavior } = look.autoscaler["spec"]
  if (current === 0) {
    say(
      look,
      "ScalingActive",
      "False",
      "ScalingDisabled",
      "scaling is disabled since the replica count of the target is zero",
    )
    return { replicas: 0, why: "" }
  }
  if (current > max) return { replicas: max, why: "Current number of replicas above Spec.MaxReplicas" }
  if (current < min) return { replicas: min, why: "Current number of replicas below Spec.MinReplicas" }
  const proposed = propose(look, target, current)
  if (!proposed) return undefined
  const nowMs = look.world.clock.now()
  const settled = settle(proposed.replicas, behavior, look.history, { min, max, current, nowMs })
  recommend(look, proposed.replicas)
  say(look, "AbleToScale", "True", settled.able.reason, settled.able.message)
  say(look, "ScalingLimited", settled.limited.status, settled.limited.reason, settled.limited.message)
  const why = proposed.replicas > current ? `${proposed.metric} above target` : "All metrics below target"
  return { replicas: settled.replicas, why, metrics: proposed.statuses }
}

const recommend = ({ history, world }: Look, replicas: number): void =>
  void history.recommended.push({ at: world.clock.now(), replicas })

/** The most that any metric asks for. Metrics that fail only forbid to scale down. */
function propose(look: Look, target: KubeObject, current: number) {
  const { selector } = target["spec"]
  if (!selector || isEmptySelector(selector)) {
    warn(look, "SelectorRequired", "selector is required")
    say(look, "ScalingActive", "False", "InvalidSelector", "the HPA target's scale is missing a selector")
    return undefined
  }
  const { world, usage, autoscaler } = look
  const scaled: Scaled = {
    replicas: current,
    present: target["status"]?.replicas ?? 0,
    pods: world.pods.selectedBy(selector, autoscaler.metadata.namespace!),
    usage,
    tolerance: toleranceOf(autoscaler["spec"].behavior),
    nowMs: world.clock.now(),
  }
  const specs = (autoscaler["spec"].metrics ?? []) as MetricSpec[]
  const results = specs.map((spec) => proposalOrError(look, spec, scaled))
  const proposals = results.filter((result): result is Proposal => !(result instanceof MetricError))
  const errors = results.filter((result) => result instanceof MetricError)
  const [highest] = proposals.toSorted((one, other) => other.replicas - one.replicas)
  const [first] = errors
  if (!highest || (first && highest.replicas < current)) {
    if (first) tellErrors(look, first, errors.length, specs.length)
    return undefined
  }
  say(
    look,
    "ScalingActive",
    "True",
    "ValidMetricFound",
    `the HPA was able to successfully calculate a replica count from ${highest.metric}`,
  )
  return { ...highest, statuses: proposals.map(({ status }) => status) }
}

function proposalOrError(look: Look, spec: MetricSpec, scaled: Scaled): Proposal | MetricError {
  try {
    return proposalFor(spec, scaled)
  } catch (error) {
    if (!(error instanceof MetricError)) throw error
    warn(look, error.reason, error.message)
    return error
  }
}

function tellErrors(look: Look, first: MetricError, failed: number, all: number): void {
  say(look, "ScalingActive", "False", first.reason, `the HPA was unable to compute the replica count: ${first.message}`)
  const message = `invalid metrics (${failed} invalid out of ${all}), first error is: ${first.summary}: ${first.message}`
  warn(look, "FailedComputeMetricsReplicas", message)
}

function toleranceOf(behavior: Behavior | undefined): Tolerance {
  const given = (tolerance: string | undefined) => (tolerance === undefined ? TOLERANCE : parseQuantity(tolerance))
  return { up: given(behavior?.scaleUp?.tolerance), down: given(behavior?.scaleDown?.tolerance) }
}

function targetOf(look: Look): KubeObject | undefined {
  const { autoscaler, world } = look
  const { apiVersion, kind, name } = autoscaler["spec"].scaleTargetRef
  const ref: ObjectRef = { apiVersion, kind, namespace: autoscaler.metadata.namespace!, name }
  try {
    const target = world.cluster.get(ref)
    if (!target)
      throw new ApiError(`${kind.toLowerCase()}s.${groupOf(apiVersion)} "${name}" not found`, 404, "NotFound")
    say(
      look,
      "AbleToScale",
      "True",
      "SucceededGetScale",
      "the HPA controller was able to get the target's current scale",
    )
    return target
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    warn(look, "FailedGetScale", error.message)
    say(
      look,
      "AbleToScale",
      "False",
      "FailedGetScale",
      `the HPA controller was unable to get the target's current scale: ${error.message}`,
    )
    return undefined
  }
}

function rescale(look: Look, target: KubeObject, from: number, to: number, why: string): boolean {
  const { world, autoscaler, history } = look
  try {
    world.cluster.patch(refOf(target), { spec: { replicas: to } }, "scale")
  } catch (error) {
    warn(look, "FailedRescale", `New size: ${to}; reason: ${why}; error: ${textOf(error)}`)
    say(
      look,
      "AbleToScale",
      "False",
      "FailedUpdateScale",
      `the HPA controller was unable to update the target scale: ${textOf(error)}`,
    )
    return false
  }
  say(
    look,
    "AbleToScale",
    "True",
    "SucceededRescale",
    `the HPA controller was able to update the target scale to ${to}`,
  )
  world.tell(autoscaler, { by, reason: "SuccessfulRescale", message: `New size: ${to}; reason: ${why}` })
  const changes = to > from ? history.added : history.removed
  changes.push({ at: world.clock.now(), count: Math.abs(to - from) })
  return true
}

const warn = ({ world, autoscaler }: Look, reason: string, message: string): void =>
  world.tell(autoscaler, { by, type: "Warning", reason, message })

/** Conditions keep their place; only another status makes them new. */
function say(look: Look, type: string, status: string, reason: string, message: string): void {
  const present = look.conditions.find((condition) => condition.type === type)
  const lastTransitionTime = (present?.status === status && present.lastTransitionTime) || nowText(look.world)
  const next: Condition = { type, status, lastTransitionTime, reason, message }
  look.conditions = present
    ? look.conditions.map((condition) => (condition === present ? next : condition))
    : [...look.conditions, next]
}
