/** What was recommended and done lately, for one autoscaler. */
export interface History {
  recommended: { at: number; replicas: number }[]
  /** How many pods came or went. */
  added: { at: number; count: number }[]
  removed: { at: number; count: number }[]
}

export interface ScalingRules {
  stabilizationWindowSeconds?: number
  selectPolicy?: "Max" | "Min" | "Disabled"
  policies?: { type: "Pods" | "Percent"; value: number; periodSeconds: number }[]
  tolerance?: string
}
export interface Behavior {
  scaleUp?: ScalingRules
  scaleDown?: ScalingRules
}

export interface Bounds {
  min: number
  max: number
  current: number
  nowMs: number
}

/** A number of replicas, and what conditions say about it. */
export interface Settled {
  replicas: number
  able: { reason: string; message: string }
  limited: { status: "True" | "False"; reason: string; message: string }
}

const DOWN_WINDOW_SECONDS = 300
/** Nobody may set a longer one, of windows and periods alike. */
const LONGEST_WINDOW_MS = 3600_000

export const remembered = (history: History, nowMs: number): History => {
  const recent = <T extends { at: number }>(list: T[]) => list.filter(({ at }) => at >= nowMs - LONGEST_WINDOW_MS)
  return { recommended: recent(history.recommended), added: recent(history.added), removed: recent(history.removed) }
}

/** What comes of a recommendation after all that holds it back. */
export function settle(wanted: number, behavior: Behavior | undefined, history: History, bounds: Bounds): Settled {
  const stable = behavior ? stabilized(wanted, behavior, history, bounds) : highestLately(wanted, history, bounds)
  const limited = behavior ? limitedByRules(stable, behavior, history, bounds) : limitedSimply(stable, bounds)
  return {
    replicas: limited.replicas,
    able: stable === wanted ? isReady : wanted >= bounds.current && behavior ? isHeldDown : isHeldUp,
    limited: { status: limited.replicas === stable ? "False" : "True", ...limited.why },
  }
}

const isReady = { reason: "ReadyForNewScale", message: "recommended size matches current size" }
const isHeldUp = {
  reason: "ScaleDownStabilized",
  message: "recent recommendations were higher than current one, applying the highest recent recommendation",
}
const isHeldDown = {
  reason: "ScaleUpStabilized",
  message: "recent recommendations were lower than current one, applying the lowest recent recommendation",
}

function highestLately(wanted: number, { recommended }: History, { nowMs }: Bounds): number {
  const lately = recommended.filter(({ at }) => at >= nowMs - DOWN_WINDOW_SECONDS * 1000)
  return Math.max(wanted, ...lately.map(({ replicas }) => replicas))
}

function stabilized(
  wanted: number,
  { scaleUp, scaleDown }: Behavior,
  { recommended }: History,
  { current, nowMs }: Bounds,
): number {
  const within = (seconds: number) =>
    recommended.filter(({ at }) => at > nowMs - seconds * 1000).map(({ replicas }) => replicas)
  const lowest = Math.min(wanted, ...within(scaleUp?.stabilizationWindowSeconds ?? 0))
  const highest = Math.max(wanted, ...within(scaleDown?.stabilizationWindowSeconds ?? DOWN_WINDOW_SECONDS))
  return Math.min(Math.max(current, lowest), highest)
}

interface Limited {
  replicas: number
  why: { reason: string; message: string }
}

const isWithin = { reason: "DesiredWithinRange", message: "the desired count is within the acceptable range" }
const isTooMany = {
  reason: "TooManyReplicas",
  message: "the desired replica count is more than the maximum replica count",
}
const isTooFew = {
  reason: "TooFewReplicas",
  message: "the desired replica count is less than the minimum replica count",
}
const isTooFast = {
  reason: "ScaleUpLimit",
  message: "the desired replica count is increasing faster than the maximum scale rate",
}
const isTooSudden = {
  reason: "ScaleDownLimit",
  message: "the desired replica count is decreasing faster than the maximum scale rate",
}

function limitedSimply(wanted: number, { min, max, current }: Bounds): Limited {
  const fastest = Math.max(2 * current, 4)
  if (wanted < min) return { replicas: min, why: isTooFew }
  if (wanted > Math.min(max, fastest))
    return { replicas: Math.min(max, fastest), why: max > fastest ? isTooFast : isTooMany }
  return { replicas: wanted, why: isWithin }
}

function limitedByRules(
  wanted: number,
  behavior: Behavior,
  history: History,
  { min, max, current, nowMs }: Bounds,
): Limited {
  const started = (seconds: number) =>
    current - changed(history.added, seconds, nowMs) + changed(history.removed, seconds, nowMs)
  if (wanted > current) {
    const most = Math.max(current, upLimit(behavior.scaleUp, current, started))
    if (wanted > Math.min(max, most)) return { replicas: Math.min(max, most), why: max > most ? isTooFast : isTooMany }
  } else if (wanted < current) {
    const fewest = Math.min(current, downLimit(behavior.scaleDown, current, started))
    if (wanted < Math.max(min, fewest))
      return { replicas: Math.max(min, fewest), why: min < fewest ? isTooSudden : isTooFew }
  }
  return { replicas: wanted, why: isWithin }
}

const changed = (changes: History["added"], seconds: number, nowMs: number): number =>
  changes.filter(({ at }) => at > nowMs - seconds * 1000).reduce((total, { count }) => total + count, 0)

type Policies = NonNullable<ScalingRules["policies"]>
const upPolicies: Policies = [
  { type: "Pods", value: 4, periodSeconds: 15 },
  { type: "Percent", value: 100, periodSeconds: 15 },
]
const downPolicies: Policies = [{ type: "Percent", value: 100, periodSeconds: 15 }]

/** `started` is how many replicas there were that many seconds ago. */
function upLimit(rules: ScalingRules = {}, current: number, started: (seconds: number) => number): number {
  if (rules.selectPolicy === "Disabled") return current
  const limits = (rules.policies ?? upPolicies).map(({ type, value, periodSeconds }) => {
    const before = started(periodSeconds)
    return type === "Pods" ? before + value : Math.ceil(before * (1 + value / 100))
  })
  return rules.selectPolicy === "Min" ? Math.min(...limits) : Math.max(...limits)
}

function downLimit(rules: ScalingRules = {}, current: number, started: (seconds: number) => number): number {
  if (rules.selectPolicy === "Disabled") return current
  const limits = (rules.policies ?? downPolicies).map(({ type, value, periodSeconds }) => {
    const before = started(periodSeconds)
    return type === "Pods" ? before - value : Math.trunc(before * (1 - value / 100))
  })
  return rules.selectPolicy === "Min" ? Math.max(...limits) : Math.min(...limits)
}
