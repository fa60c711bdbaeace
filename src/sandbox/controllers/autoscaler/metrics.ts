import type { KubeObject } from "#api/objects.ts"
import { canonicalQuantity } from "../../kinds/quantity.ts"
import { isReady } from "../pods.ts"
import { textOf } from "../workload-pods.ts"
import {
  cpuRequests,
  isWithin,
  milli,
  readingsOf,
  replicasForAverage,
  replicasForUtilization,
  sum,
  type Tolerance,
} from "./readings.ts"

/** What a pod uses at the moment; nothing where that is not known. */
export type Usage = (pod: KubeObject) => { cpuMillicores?: number; requestsPerSecond?: number } | undefined

/** The one metric beside CPU that the sandbox knows of its pods. */
const REQUESTS = "http_requests_per_second"

interface Target {
  type?: string
  averageUtilization?: number
  averageValue?: string
  value?: string
}
interface Metric {
  name: string
  selector?: object
}
export interface MetricSpec {
  type: string
  resource?: { name: string; target: Target }
  pods?: { metric: Metric; target: Target }
  external?: { metric: Metric; target: Target }
}

/** A workload as autoscaling sees it. */
export interface Scaled {
  /** What it is asked to have, and what it has. */
  replicas: number
  present: number
  pods: readonly KubeObject[]
  usage: Usage
  tolerance: Tolerance
  nowMs: number
}

export interface Proposal {
  replicas: number
  /** What it is based on, as events call it. */
  metric: string
  status: object
}

/** Why a metric says nothing, with the reason for events and conditions. */
export class MetricError extends Error {
  readonly reason: string
  /** What it is that failed, in the words of a summary of several metrics. */
  readonly summary: string
  constructor(reason: string, summary: string, message: string) {
    super(message)
    this.reason = reason
    this.summary = summary
  }
}

export function proposalFor(spec: MetricSpec, scaled: Scaled): Proposal {
  if (spec.type === "Resource" && spec.resource) return resourceProposal(spec.resource, scaled)
  if (spec.type === "Pods" && spec.pods) return podsProposal(spec.pods, scaled)
  if (spec.type === "External" && spec.external) return externalProposal(spec.external, scaled)
  const message = `metrics of type ${spec.type} are not known in the sandbox`
  throw new MetricError("InvalidMetricSourceType", "unknown metric source", message)
}

function resourceProposal({ name, target }: NonNullable<MetricSpec["resource"]>, scaled: Scaled): Proposal {
  const { averageValue, averageUtilization } = target
  const what = averageValue === undefined ? "utilization" : "usage"
  return orReason(
    "FailedGetResourceMetric",
    `failed to get ${name} resource metric value`,
    `failed to get ${name} ${what}`,
    () => {
      if (name !== "cpu") throw new Error(`unable to get metrics for resource ${name}: the sandbox measures only cpu`)
      const readings = podReadings(scaled, ({ cpuMillicores }) => cpuMillicores, true)
      const statusOf = (current: object) => ({ type: "Resource", resource: { name, current } })
      if (averageValue !== undefined) {
        const { replicas, average } = replicasForAverage(
          scaled.replicas,
          readings,
          milli(averageValue),
          scaled.tolerance,
        )
        return { replicas, metric: `${name} resource`, status: statusOf({ averageValue: quantity(average) }) }
      }
      const { replicas, average, utilization } = replicasForUtilization(
        scaled.replicas,
        readings,
        cpuRequests(scaled.pods),
        averageUtilization!,
        scaled.tolerance,
      )
      return {
        replicas,
        metric: `${name} resource utilization (percentage of request)`,
        status: statusOf({ averageUtilization: utilization, averageValue: quantity(average) }),
      }
    },
  )
}

function podsProposal({ metric, target }: NonNullable<MetricSpec["pods"]>, scaled: Scaled): Proposal {
  return orReason(
    "FailedGetPodsMetric",
    "failed to get pods metric value",
    `unable to get metric ${metric.name}`,
    () => {
      refuseUnknown(metric)
      const readings = podReadings(scaled, requestsIn, false)
      const { replicas, average } = replicasForAverage(
        scaled.replicas,
        readings,
        milli(target.averageValue!),
        scaled.tolerance,
      )
      const status = { type: "Pods", pods: { metric, current: { averageValue: quantity(average) } } }
      return { replicas, metric: `pods metric ${metric.name}`, status }
    },
  )
}

/** In the sandbox what comes from outside is the traffic of the workload as a whole. */
function externalProposal({ metric, target }: NonNullable<MetricSpec["external"]>, scaled: Scaled): Proposal {
  const { name } = metric
  return orReason(
    "FailedGetExternalMetric",
    `failed to get ${name} external metric value`,
    `failed to get external metric ${name}`,
    () => {
      refuseUnknown(metric)
      const { values } = podReadings(scaled, requestsIn, false)
      const used = sum(values.values())
      const { averageValue, value } = target
      const goal = milli(averageValue ?? value ?? "0")
      const current =
        averageValue === undefined
          ? { value: quantity(used) }
          : { averageValue: quantity(Math.ceil(used / scaled.present)) }
      const replicas =
        averageValue === undefined ? replicasForTotal(used / goal, scaled) : replicasForShare(used, goal, scaled)
      const metricName = `external metric ${name}(${JSON.stringify(metric.selector ?? null)})`
      return { replicas, metric: metricName, status: { type: "External", external: { metric, current } } }
    },
  )
}

function replicasForTotal(ratio: number, { replicas, pods, tolerance }: Scaled): number {
  return isWithin(tolerance, ratio) ? replicas : Math.ceil(ratio * pods.filter(isReady).length)
}

function replicasForShare(used: number, goal: number, { present, tolerance }: Scaled): number {
  return isWithin(tolerance, used / (goal * present)) ? present : Math.ceil(used / goal)
}

function podReadings(
  scaled: Scaled,
  read: (usage: NonNullable<ReturnType<Usage>>) => number | undefined,
  isCpu: boolean,
) {
  if (scaled.pods.length === 0) throw new Error("no pods returned by selector while calculating replica count")
  const reading = (pod: KubeObject) => read(scaled.usage(pod) ?? {})
  return readingsOf(scaled.pods, reading, { isCpu, nowMs: scaled.nowMs })
}

const requestsIn = ({ requestsPerSecond }: NonNullable<ReturnType<Usage>>): number | undefined =>
  requestsPerSecond === undefined ? undefined : Math.round(requestsPerSecond * 1000)

function refuseUnknown({ name }: Metric): void {
  if (name !== REQUESTS) throw new Error(`the sandbox measures only ${REQUESTS}`)
}

function orReason(reason: string, summary: string, about: string, propose: () => Proposal): Proposal {
  try {
    return propose()
  } catch (error) {
    throw new MetricError(reason, summary, `${about}: ${textOf(error)}`)
  }
}

const quantity = (thousandths: number): string => canonicalQuantity(`${thousandths}m`)
