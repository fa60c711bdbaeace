import type { KubeObject } from "#api/objects.ts"
import { parseQuantity } from "../../kinds/quantity.ts"
import { isEnding } from "../kinds.ts"
import { conditionOf } from "../pods.ts"

/** How much more or less than the target is let be. */
export interface Tolerance {
  up: number
  down: number
}

/** What pods use of something, in thousandths. */
export interface Readings {
  /** By the names of pods. */
  values: ReadonlyMap<string, number>
  /** Those that are expected to use something but told nothing. */
  missing: readonly string[]
  /** Those that are not yet at work. */
  unready: readonly string[]
}

const WARM_UP_MS = 5 * 60_000
const FIRST_READY_MS = 30_000

/** Sorts pods by whether their readings count. Only of CPU it matters how long a pod has been at work. */
export function readingsOf(
  pods: readonly KubeObject[],
  reading: (pod: KubeObject) => number | undefined,
  { isCpu, nowMs }: { isCpu: boolean; nowMs: number },
): Readings {
  const values = new Map<string, number>()
  const missing: string[] = []
  const unready: string[] = []
  for (const pod of pods) {
    const { name } = pod.metadata
    if (isEnding(pod) || pod["status"]?.phase === "Failed") continue
    const value = reading(pod)
    if (pod["status"]?.phase === "Pending" || (value !== undefined && isCpu && isWarmingUp(pod, nowMs)))
      unready.push(name)
    else if (value === undefined) missing.push(name)
    else values.set(name, value)
  }
  if (values.size === 0) throw new Error("did not receive metrics for targeted pods (pods might be unready)")
  return { values, missing, unready }
}

function isWarmingUp(pod: KubeObject, nowMs: number): boolean {
  const ready = conditionOf(pod, "Ready")
  const startMs = Date.parse(pod["status"]?.startTime ?? "")
  if (!ready || Number.isNaN(startMs)) return true
  if (ready.status !== "False") return false
  return startMs + WARM_UP_MS > nowMs || startMs + FIRST_READY_MS > Date.parse(ready.lastTransitionTime ?? "")
}

export interface Wanted {
  replicas: number
  /** What a pod uses on average, in thousandths. */
  average: number
}

/** How many replicas bring the average to the target. */
export function replicasForAverage(current: number, readings: Readings, target: number, tolerance: Tolerance): Wanted {
  const ratioOf = (values: ReadonlyMap<string, number>) => averageOf(values) / target
  return {
    replicas: replicasFor({ current, readings, tolerance, ratioOf, spare: () => target }),
    average: averageOf(readings.values),
  }
}

const averageOf = (values: ReadonlyMap<string, number>): number => Math.floor(sum(values.values()) / values.size)

/** How many replicas bring the share of what pods request to the target, in percent. */
export function replicasForUtilization(
  current: number,
  readings: Readings,
  requests: ReadonlyMap<string, number>,
  target: number,
  tolerance: Tolerance,
): Wanted & { utilization: number } {
  const utilizationOf = (values: ReadonlyMap<string, number>) => {
    const requested = sum([...values.keys()].map((name) => requests.get(name) ?? 0))
    if (requested === 0) throw new Error("no metrics returned matched known pods")
    return Math.floor((sum(values.values()) * 100) / requested)
  }
  const ratioOf = (values: ReadonlyMap<string, number>) => utilizationOf(values) / target
  const spare = (name: string) => Math.floor(((requests.get(name) ?? 0) * Math.max(100, target)) / 100)
  return {
    replicas: replicasFor({ current, readings, tolerance, ratioOf, spare }),
    average: averageOf(readings.values),
    utilization: utilizationOf(readings.values),
  }
}

interface Question {
  current: number
  readings: Readings
  tolerance: Tolerance
  /** Of use to target. */
  ratioOf(values: ReadonlyMap<string, number>): number
  /** What a pod is thought to use that told nothing, when it is asked whether there are too many. */
  spare(name: string): number
}

/** Pods that told nothing damp a change in either direction, and never turn it around. */
function replicasFor({ current, readings, tolerance, ratioOf, spare }: Question): number {
  const { values, missing, unready } = readings
  const ratio = ratioOf(values)
  const isDamped = missing.length > 0 || (unready.length > 0 && ratio > 1)
  if (!isDamped) return isWithin(tolerance, ratio) ? current : Math.ceil(ratio * values.size)
  const all = new Map(values)
  if (ratio < 1) for (const name of missing) all.set(name, spare(name))
  if (ratio > 1) for (const name of [...missing, ...unready]) all.set(name, 0)
  const damped = ratioOf(all)
  if (isWithin(tolerance, damped) || ratio < 1 !== damped < 1) return current
  const wanted = Math.ceil(damped * all.size)
  return damped < 1 ? Math.min(current, wanted) : Math.max(current, wanted)
}

export const isWithin = ({ up, down }: Tolerance, ratio: number): boolean => ratio >= 1 - down && ratio <= 1 + up

export const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, number) => total + number, 0)

interface Container {
  name: string
  restartPolicy?: string
  resources?: { requests?: Record<string, string> }
}

/** What the containers of pods request of CPU, in thousandths of a core. */
export function cpuRequests(pods: readonly KubeObject[]): Map<string, number> {
  return new Map(
    pods.map((pod) => [pod.metadata.name, sum(containersOf(pod).map((container) => requestOf(pod, container)))]),
  )
}

const containersOf = ({ spec }: KubeObject): Container[] => [
  ...spec.containers,
  ...((spec.initContainers ?? []) as Container[]).filter(({ restartPolicy }) => restartPolicy === "Always"),
]

function requestOf(pod: KubeObject, { name, resources }: Container): number {
  const cpu = resources?.requests?.["cpu"]
  if (cpu === undefined) throw new Error(`missing request for cpu in container ${name} of Pod ${pod.metadata.name}`)
  return milli(cpu)
}

export const milli = (quantity: string | number): number => Math.round(parseQuantity(quantity) * 1000)
