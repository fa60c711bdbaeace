import type { KubeObject } from "#api/objects.ts"

type Fields = KubeObject["spec"]

/** What a metric tells: what it should be, or what it is. */
export type Telling = "target" | "current"

type Pairs = readonly (readonly [path: string, flat: string])[]

const resource = (telling: Telling): Pairs => [
  ["name", "name"],
  [`${telling}.averageUtilization`, `${telling}AverageUtilization`],
  [`${telling}.averageValue`, `${telling}AverageValue`],
]
const measured = (selector: string): Pairs => [
  ["metric.name", "metricName"],
  ["metric.selector", selector],
]

/** Where version 2 has a field, and how version 1 calls it. */
const forms: Readonly<Record<string, (telling: Telling) => Pairs>> = {
  Resource: resource,
  ContainerResource: (telling) => [...resource(telling), ["container", "container"]],
  Pods: (telling) => [...measured("selector"), [`${telling}.averageValue`, `${telling}AverageValue`]],
  Object: (telling) => [
    ["describedObject", "target"],
    ...measured("selector"),
    [`${telling}.value`, `${telling}Value`],
    [`${telling}.averageValue`, "averageValue"],
  ],
  External: (telling) => [
    ...measured("metricSelector"),
    [`${telling}.value`, `${telling}Value`],
    [`${telling}.averageValue`, `${telling}AverageValue`],
  ],
}

/** Values that version 1 cannot leave out. */
const alwaysShown: Readonly<Record<Telling, Readonly<Record<string, readonly string[]>>>> = {
  target: { Object: ["targetValue"], Pods: ["targetAverageValue"] },
  current: {
    Resource: ["currentAverageValue"],
    ContainerResource: ["currentAverageValue"],
    Pods: ["currentAverageValue"],
    Object: ["currentValue"],
    External: ["currentValue"],
  },
}

const sourceOf = (type: string): string => type.charAt(0).toLowerCase() + type.slice(1)

/** A metric in the words of version 1. */
export function flatMetric({ type, ...metric }: Fields, telling: Telling): Fields {
  const source = sourceOf(type)
  const flat: Fields = {}
  for (const [path, name] of forms[type]?.(telling) ?? []) {
    const value = valueAt(metric[source], path)
    if (value !== undefined) flat[name] = value
  }
  for (const name of alwaysShown[telling][type] ?? []) flat[name] ??= "0"
  return { type, [source]: flat }
}

/** A metric in the words of version 2. */
export function deepMetric({ type, ...metric }: Fields, telling: Telling): Fields {
  const source = sourceOf(type)
  const flat: Fields = metric[source] ?? {}
  const deep: Fields = { [telling]: {} }
  for (const [path, name] of forms[type]?.(telling) ?? []) {
    if (flat[name] !== undefined) putAt(deep, path, flat[name])
  }
  const values = deep[telling]
  if (telling === "target") {
    values.type = targetType(values)
    if (values.type === "AverageValue" && values.value === "0") delete values.value
  }
  return { type, [source]: deep }
}

function targetType({ averageUtilization, averageValue, value }: Fields): string {
  if (averageUtilization !== undefined) return "Utilization"
  return value !== undefined && averageValue === undefined ? "Value" : "AverageValue"
}

const valueAt = (fields: Fields, path: string): unknown =>
  path.split(".").reduce((inside, name) => inside?.[name], fields)

function putAt(fields: Fields, path: string, value: unknown): void {
  const [outer, inner] = path.split(".") as [string, string?]
  if (inner === undefined) fields[outer] = value
  else (fields[outer] ??= {})[inner] = value
}
