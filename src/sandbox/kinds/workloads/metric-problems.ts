import type { KubeObject } from "#api/objects.ts"
import { forbidden, invalid, required, unsupported } from "../../schema/problem.ts"
import type { FieldProblem } from "../../schema/schema.ts"
import { requiredText } from "../checks.ts"
import { parseQuantity } from "../quantity.ts"
import { label, pathSegment } from "../text-rules.ts"

type Fields = KubeObject["spec"]
type Check = (source: Fields, path: string) => FieldProblem[]

const types = ["ContainerResource", "External", "Object", "Pods", "Resource"]
const fieldOf = (type: string): string => type.charAt(0).toLowerCase() + type.slice(1)

/** One metric of an autoscaler: its type, and the one source that goes with it. */
export function metricProblems(metric: Fields, path: string): FieldProblem[] {
  const { type } = metric
  const given = types.map(fieldOf).filter((field) => metric[field])
  const isKnown = types.includes(type)
  const others = given.length === 1 ? [] : given.filter((field) => !isKnown || field !== fieldOf(type))
  return [
    ...(type ? [] : [required(`${path}.type`, "must specify a metric source type")]),
    // Said twice, since two checks look at it.
    ...(isKnown ? [] : [unsupported(`${path}.type`, type, types), unsupported(`${path}.type`, type, types)]),
    ...given.slice(0, 1).flatMap((field) => sources[field]!(metric[field], `${path}.${field}`)),
    ...(isKnown && !metric[fieldOf(type)]
      ? [required(`${path}.${fieldOf(type)}`, "must populate information for the given metric source")]
      : []),
    ...others.map((field) => forbidden(`${path}.${field}`, "must populate the given metric source only")),
  ]
}

const sources: Readonly<Record<string, Check>> = {
  object: ({ describedObject, metric, target }, path) => [
    ...referenceProblems(describedObject, `${path}.describedObject`),
    ...identityProblems(metric, path),
    ...targetProblems(target, `${path}.target`),
    ...(target.value === undefined && target.averageValue === undefined
      ? [required(`${path}.target.averageValue`, "must set either a target value or averageValue")]
      : []),
  ],
  external: ({ metric, target }, path) => [
    ...identityProblems(metric, path),
    ...targetProblems(target, `${path}.target`),
    ...(target.value === undefined && target.averageValue === undefined
      ? [required(`${path}.target.averageValue`, "must set either a target value for metric or a per-pod target")]
      : []),
    ...(target.value !== undefined && target.averageValue !== undefined
      ? [forbidden(`${path}.target.value`, "may not set both a target value for metric and a per-pod target")]
      : []),
  ],
  pods: ({ metric, target }, path) => [
    ...identityProblems(metric, path),
    ...targetProblems(target, `${path}.target`),
    ...(target.averageValue === undefined
      ? [required(`${path}.target.averageValue`, "must specify a positive target averageValue")]
      : []),
  ],
  resource: (source, path) => resourceProblems(source, path),
  containerResource: (source, path) => [
    ...(source.container
      ? requiredText(`${path}.container`, source.container, label)
      : [required(`${path}.container`, "must specify a container")]),
    ...resourceProblems(source, path),
  ],
}

const identityProblems = ({ name }: Fields, path: string): FieldProblem[] =>
  name
    ? requiredText(`${path}.metric.name`, name, pathSegment)
    : [required(`${path}.metric.name`, "must specify a metric name")]

function resourceProblems({ name, target }: Fields, path: string): FieldProblem[] {
  const { averageUtilization, averageValue } = target
  const at = `${path}.target`
  return [
    ...(name ? [] : [required(`${path}.name`, "must specify a resource name")]),
    ...targetProblems(target, at),
    ...(averageUtilization === undefined && averageValue === undefined
      ? [required(`${at}.averageUtilization`, "must set either a target raw value or a target utilization")]
      : []),
    ...(averageUtilization !== undefined && averageValue !== undefined
      ? [forbidden(`${at}.averageValue`, "may not set both a target raw value and a target utilization")]
      : []),
  ]
}

function targetProblems({ type, value, averageValue, averageUtilization }: Fields, path: string): FieldProblem[] {
  const amounts = Object.entries({ value, averageValue }).filter(([, amount]) => amount !== undefined)
  return [
    ...(type ? [] : [required(`${path}.type`, "must specify a metric target type")]),
    ...(["Utilization", "Value", "AverageValue"].includes(type)
      ? []
      : [invalid(`${path}.type`, type, "must be either Utilization, Value, or AverageValue")]),
    ...amounts
      .filter(([, amount]) => parseQuantity(amount) <= 0)
      .map(([field, amount]) => invalid(`${path}.${field}`, amount, "must be positive")),
    ...(averageUtilization < 1
      ? [invalid(`${path}.averageUtilization`, averageUtilization, "must be greater than 0")]
      : []),
  ]
}

export function referenceProblems({ kind, name, apiVersion = "" }: Fields, path: string): FieldProblem[] {
  const isStrange = apiVersion.split("/").length > 2
  return [
    ...requiredText(`${path}.kind`, kind, pathSegment),
    ...requiredText(`${path}.name`, name, pathSegment),
    ...(isStrange ? [invalid(`${path}.apiVersion`, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)] : []),
  ]
}
