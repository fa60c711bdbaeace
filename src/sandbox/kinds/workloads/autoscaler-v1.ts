import type { KubeObject } from "#api/objects.ts"
import type { Resource } from "../../apiserver/resource.ts"
import { otherVersion } from "../other-version.ts"
import { deepMetric, flatMetric } from "./metric-forms.ts"

type Fields = KubeObject["spec"]

/** What version 1 has no fields for, it keeps in annotations. */
const [METRICS, CURRENT, BEHAVIOR, CONDITIONS] = ["metrics", "current-metrics", "behavior", "conditions"].map(
  (name) => `autoscaling.alpha.kubernetes.io/${name}`,
) as [string, string, string, string]

const isCpu = ({ type, resource }: Fields): boolean => type === "Resource" && resource?.name === "cpu"
const isTargetOfCpu = (metric: Fields): boolean =>
  isCpu(metric) && metric.resource.target.averageUtilization !== undefined

function fromStored({ metadata, spec, status = {}, ...rest }: KubeObject): KubeObject {
  const { metrics, behavior, ...kept } = spec
  const { currentMetrics, conditions, ...told } = status
  const others = (metrics ?? []).filter((metric: Fields) => !isTargetOfCpu(metric))
  const notes = {
    ...note(
      METRICS,
      others.map((metric: Fields) => flatMetric(metric, "target")),
    ),
    ...note(
      CURRENT,
      currentMetrics?.map((metric: Fields) => flatMetric(metric, "current")),
    ),
    ...note(BEHAVIOR, behavior && withKeys(behavior, upper)),
    ...note(CONDITIONS, conditions),
  }
  return {
    ...rest,
    metadata: withNotes(metadata, notes),
    spec: { ...kept, targetCPUUtilizationPercentage: metrics?.find(isTargetOfCpu)?.resource.target.averageUtilization },
    status: {
      ...told,
      currentCPUUtilizationPercentage: currentMetrics?.findLast(isCpu)?.resource.current.averageUtilization,
    },
  }
}

function toStored({ metadata, spec = {}, status = {}, ...rest }: KubeObject): KubeObject {
  const { targetCPUUtilizationPercentage: cpu, ...kept } = spec
  const { currentCPUUtilizationPercentage: currentCpu, ...told } = status
  const noted = (name: string): unknown => parsed(metadata.annotations?.[name])
  const metrics = [...deepMetrics(noted(METRICS), "target"), ...cpuMetric("target", cpu, { type: "Utilization" })]
  const current = noted(CURRENT)
  const behavior = noted(BEHAVIOR)
  const conditions = noted(CONDITIONS)
  return {
    ...rest,
    metadata: withNotes(metadata, {}),
    spec: {
      ...kept,
      ...(metrics.length > 0 ? { metrics } : {}),
      ...(behavior ? { behavior: withKeys(behavior, lower) } : {}),
    },
    status: {
      ...told,
      currentMetrics: current ? deepMetrics(current, "current") : cpuMetric("current", currentCpu),
      ...(conditions ? { conditions } : {}),
    },
  }
}

const cpuMetric = (telling: string, averageUtilization: number | undefined, others: object = {}): Fields[] =>
  averageUtilization === undefined
    ? []
    : [{ type: "Resource", resource: { name: "cpu", [telling]: { ...others, averageUtilization } } }]

const deepMetrics = (flat: unknown, telling: "target" | "current"): Fields[] =>
  Array.isArray(flat)
    ? flat.filter((metric) => typeof metric?.type === "string").map((metric) => deepMetric(metric, telling))
    : []

const note = (name: string, value: unknown): Record<string, string> =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0)
    ? {}
    : { [name]: JSON.stringify(value) }

function withNotes(metadata: KubeObject["metadata"], notes: Record<string, string>): KubeObject["metadata"] {
  const { annotations = {}, ...rest } = metadata
  const others = Object.entries(annotations).filter(
    ([name]) => ![METRICS, CURRENT, BEHAVIOR, CONDITIONS].includes(name),
  )
  const all = { ...Object.fromEntries(others), ...notes }
  return Object.keys(all).length > 0 ? { ...rest, annotations: all } : rest
}

/** What users write into annotations may be anything; then it says nothing. */
function parsed(text = ""): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

const upper = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)
const lower = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1)

/** Inside its annotation, behaviour has other names, which begin with capitals. */
function withKeys(value: unknown, change: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => withKeys(item, change))
  if (typeof value !== "object" || value === null) return value
  const known = Object.entries(value).filter(([, field]) => field !== null)
  return Object.fromEntries(known.map(([name, field]) => [change(name), withKeys(field, change)]))
}

/** Autoscalers that know only of CPU. */
export const autoscalersV1 = (newer: Resource): Resource =>
  otherVersion(newer, { group: "autoscaling", version: "v1", fromStored, toStored })
