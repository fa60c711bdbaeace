import type { KubeObject } from "#api/objects.ts"
import type { Rules } from "../../apiserver/resource.ts"
import { forbidden, invalid, required } from "../../schema/problem.ts"
import type { FieldProblem } from "../../schema/schema.ts"
import { each, oneOf } from "../checks.ts"
import { age, name, text, withMore } from "../columns.ts"
import { builtInKind } from "../kind.ts"
import { autoscalersV1 } from "./autoscaler-v1.ts"
import { metricProblems, referenceProblems } from "./metric-problems.ts"

type Fields = KubeObject["spec"]

const DEFAULT_UTILIZATION = 80
const upPolicies = [
  { type: "Pods", value: 4, periodSeconds: 15 },
  { type: "Percent", value: 100, periodSeconds: 15 },
]
const downPolicies = [{ type: "Percent", value: 100, periodSeconds: 15 }]

const rules: Rules = {
  generationCounts: null,
  defaults({ spec }) {
    spec.minReplicas ??= 1
    if (!spec.metrics?.length) {
      const target = { type: "Utilization", averageUtilization: DEFAULT_UTILIZATION }
      spec.metrics = [{ type: "Resource", resource: { name: "cpu", target } }]
    }
    if (!spec.behavior) return
    const { scaleUp, scaleDown } = spec.behavior
    spec.behavior.scaleUp = {
      stabilizationWindowSeconds: 0,
      selectPolicy: "Max",
      policies: structuredClone(upPolicies),
      ...scaleUp,
    }
    spec.behavior.scaleDown = { selectPolicy: "Max", policies: structuredClone(downPolicies), ...scaleDown }
  },
  problems: ({ spec }) => [
    ...boundProblems(spec),
    ...referenceProblems(spec.scaleTargetRef, "spec.scaleTargetRef"),
    ...each("spec.metrics", spec.metrics, metricProblems),
    ...zeroProblems(spec),
    ...directionProblems(spec.behavior?.scaleUp, "spec.behavior.scaleUp"),
    ...directionProblems(spec.behavior?.scaleDown, "spec.behavior.scaleDown"),
  ],
}

/** Zero pods only where the metrics do not come from pods. */
const canBeZero = ({ metrics }: Fields): boolean =>
  metrics.some(({ type }: Fields) => type === "Object" || type === "External")

function boundProblems({ minReplicas: min, maxReplicas: max }: Fields): FieldProblem[] {
  const path = "spec.maxReplicas"
  return [
    ...(min < 1 ? [invalid("spec.minReplicas", min, "must be greater than or equal to 1")] : []),
    ...(max === 0 ? [required(path, "must be set and greater than 0")] : []),
    ...(max < 0 ? [invalid(path, max, "must be greater than or equal to 1")] : []),
    ...(max < min ? [invalid(path, max, "must be greater than or equal to `minReplicas`")] : []),
  ]
}

function zeroProblems(spec: Fields): FieldProblem[] {
  if (spec.minReplicas !== 0 || canBeZero(spec)) return []
  const detail = "must specify at least one Object or External metric to support scaling to zero replicas"
  return [forbidden("spec.metrics", detail)]
}

const LONGEST_WINDOW = 3600
const LONGEST_PERIOD = 1800

function directionProblems(direction: Fields, path: string): FieldProblem[] {
  if (!direction) return []
  const { stabilizationWindowSeconds: seconds, selectPolicy, policies } = direction
  const window = `${path}.stabilizationWindowSeconds`
  return [
    ...(seconds < 0 ? [invalid(window, seconds, "must be greater than or equal to zero")] : []),
    ...(seconds > LONGEST_WINDOW ? [invalid(window, seconds, `must be less than or equal to ${LONGEST_WINDOW}`)] : []),
    ...oneOf(`${path}.selectPolicy`, selectPolicy, ["Disabled", "Max", "Min"]),
    ...(policies?.length ? [] : [required(`${path}.policies`, "must specify at least one Policy")]),
    ...each(`${path}.policies`, policies, policyProblems),
  ]
}

function policyProblems({ type, value, periodSeconds }: Fields, path: string): FieldProblem[] {
  const period = `${path}.periodSeconds`
  return [
    ...oneOf(`${path}.type`, type, ["Percent", "Pods"]),
    ...(value > 0 ? [] : [invalid(`${path}.value`, value, "must be greater than zero")]),
    ...(periodSeconds > 0 ? [] : [invalid(period, periodSeconds, "must be greater than zero")]),
    ...(periodSeconds > LONGEST_PERIOD
      ? [invalid(period, periodSeconds, `must be less than or equal to ${LONGEST_PERIOD}`)]
      : []),
  ]
}

const MOST_TARGETS = 2

function targetsText({ spec, status }: KubeObject): string {
  const metrics: Fields[] = spec.metrics ?? []
  if (metrics.length === 0) return "<none>"
  return withMore(
    metrics.map((metric, place) => targetText(metric, status?.currentMetrics?.[place])),
    MOST_TARGETS,
    ", ",
  )
}

/** As in `cpu: 20%/80%`. */
function targetText(metric: Fields, state: Fields): string {
  const field = metric.type.charAt(0).toLowerCase() + metric.type.slice(1)
  const { target, name } = metric[field] ?? {}
  const current = state?.[field]?.current
  switch (metric.type) {
    case "External":
    case "Object":
      return target.averageValue === undefined
        ? `${current ? (current.value ?? "<nil>") : "<unknown>"}/${target.value}`
        : `${current?.averageValue ?? "<unknown>"}/${target.averageValue} (avg)`
    case "Pods":
      return `${current?.averageValue ?? "<unknown>"}/${target.averageValue}`
    case "Resource":
    case "ContainerResource":
      return target.averageValue === undefined
        ? `${name}: ${percentText(current?.averageUtilization, "<unknown>")}/${percentText(target.averageUtilization, "<auto>")}`
        : `${name}: ${current?.averageValue ?? "<unknown>"}/${target.averageValue}`
    default:
      return "<unknown type>"
  }
}

const percentText = (value: number | undefined, absent: string): string => (value === undefined ? absent : `${value}%`)

const autoscalersV2 = () =>
  builtInKind({
    group: "autoscaling",
    version: "v2",
    kind: "HorizontalPodAutoscaler",
    plural: "horizontalpodautoscalers",
    shortNames: ["hpa"],
    categories: ["all"],
    columns: [
      name,
      text(
        "Reference",
        "Whose pods it counts.",
        ({ spec }) => `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}`,
      ),
      text("Targets", "What the metrics are and should be.", targetsText),
      text("MinPods", "How many pods there are at least.", ({ spec }) => String(spec.minReplicas ?? "<unset>")),
      text("MaxPods", "How many pods there are at most.", ({ spec }) => spec.maxReplicas),
      text("Replicas", "How many pods there are.", ({ status }) => status?.currentReplicas ?? 0),
      age,
    ],
    rules,
  })

export const autoscalers = () => {
  const newer = autoscalersV2()
  return [newer, autoscalersV1(newer)]
}
