import type { KubeObject } from "#api/objects.ts"
import type { Rules } from "../../apiserver/resource.ts"
import { duplicate, forbidden, invalid, required } from "../../schema/problem.ts"
import type { FieldProblem } from "../../schema/schema.ts"
import { each, textProblems } from "../checks.ts"
import { age, name, nameAndTime, text } from "../columns.ts"
import { builtInKind } from "../kind.ts"
import { amountDefaults } from "../pods/pod-defaults.ts"
import { notBelowZero } from "../pods/resource-problems.ts"
import { parseQuantity } from "../quantity.ts"
import { qualifiedName } from "../text-rules.ts"

type Fields = KubeObject["spec"]

const limitRange: Rules = {
  generationCounts: null,
  defaults({ spec }) {
    for (const limit of spec.limits ?? []) limitDefaults(limit)
  },
  problems: ({ spec }) => {
    const types = new Set<string>()
    return each<Fields>("spec.limits", spec.limits, (limit, path) => {
      const isTaken = types.has(limit.type)
      types.add(limit.type)
      return [
        ...typeProblems(limit.type, `${path}.type`),
        ...(isTaken ? [duplicate(`${path}.type`, limit.type)] : []),
        ...podLimitProblems(limit, path),
        ...orderProblems(limit, path),
      ]
    })
  },
}

/** What is not said follows from what is: limits from maxima, requests from limits, then from minima. */
function limitDefaults(limit: Fields): void {
  if (limit.type === "Container") {
    limit.default = { ...limit.max, ...limit.default }
    limit.defaultRequest = { ...limit.min, ...limit.default, ...limit.defaultRequest }
  }
  for (const field of ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"]) {
    amountDefaults(limit[field])
    if (limit[field] && Object.keys(limit[field]).length === 0) delete limit[field]
  }
}

function typeProblems(type: string, path: string): FieldProblem[] {
  const problems = textProblems(path, type, qualifiedName)
  if (problems.length > 0 || type.includes("/")) return problems
  if (["Pod", "Container", "PersistentVolumeClaim"].includes(type)) return []
  return [invalid(path, type, "must be a standard limit type or fully qualified")]
}

function podLimitProblems({ type, default: limit, defaultRequest, min, max }: Fields, path: string): FieldProblem[] {
  const given =
    type === "Pod" ? Object.entries({ default: limit, defaultRequest }).filter(([, amounts]) => amounts) : []
  return [
    ...given.map(([field]) => forbidden(`${path}.${field}`, "may not be specified when `type` is 'Pod'")),
    ...(type === "PersistentVolumeClaim" && !min?.storage && !max?.storage
      ? [required(`${path}.limits`, "either minimum or maximum storage value is required, but neither was provided")]
      : []),
  ]
}

/** What must not be above what; the field that is named and the one that is shown, and how the text calls both. */
const orders = [
  { low: "min", high: "max", named: "min", shown: "min", lowWord: "min value", highWord: "max value" },
  {
    low: "min",
    high: "defaultRequest",
    named: "defaultRequest",
    shown: "defaultRequest",
    lowWord: "min value",
    highWord: "default request value",
  },
  {
    low: "defaultRequest",
    high: "max",
    named: "defaultRequest",
    shown: "defaultRequest",
    lowWord: "default request value",
    highWord: "max value",
  },
  {
    low: "defaultRequest",
    high: "default",
    named: "defaultRequest",
    shown: "defaultRequest",
    lowWord: "default request value",
    highWord: "default limit value",
  },
  { low: "min", high: "default", named: "default", shown: "min", lowWord: "min value", highWord: "default value" },
  { low: "default", high: "max", named: "default", shown: "max", lowWord: "default value", highWord: "max value" },
] as const

function orderProblems(limit: Fields, path: string): FieldProblem[] {
  const names = new Set(["min", "max", "default", "defaultRequest"].flatMap((field) => Object.keys(limit[field] ?? {})))
  return [...names].flatMap((name) =>
    orders.flatMap(({ low, high, named, shown, lowWord, highWord }) => {
      const [less, more] = [limit[low]?.[name], limit[high]?.[name]]
      if (less === undefined || more === undefined || parseQuantity(less) <= parseQuantity(more)) return []
      const detail = `${lowWord} ${less} is greater than ${highWord} ${more}`
      return [invalid(`${path}.${named}[${name}]`, limit[shown][name], detail)]
    }),
  )
}

const quotaNames =
  /^((requests|limits)\.)?(cpu|memory|ephemeral-storage)$|^requests\.storage$|^(pods|services|replicationcontrollers|resourcequotas|secrets|configmaps|persistentvolumeclaims|services\.nodeports|services\.loadbalancers)$|^(requests\.)?hugepages-|^count\/|\//

const quota: Rules = {
  generationCounts: null,
  problems: ({ spec }) =>
    Object.entries<string>(spec.hard ?? {}).flatMap(([name, amount]) => {
      const path = `spec.hard[${name}]`
      return [
        ...(quotaNames.test(name)
          ? []
          : [
              invalid(path, name, "must be a standard resource type or fully qualified"),
              invalid(path, name, "must be a standard resource for quota"),
            ]),
        ...notBelowZero(path, amount),
        ...(isCount(name) && !Number.isInteger(parseQuantity(amount))
          ? [invalid(path, amount, "must be an integer")]
          : []),
      ]
    }),
}

const isCount = (name: string): boolean => /^(pods|services|secrets|configmaps|count\/)/.test(name)

/** How much of what is used, of how much. */
function usedText({ status }: KubeObject, isLimit: boolean): string {
  const { hard = {}, used = {} } = status ?? {}
  return Object.keys(hard)
    .filter((name) => name.startsWith("limits.") === isLimit)
    .toSorted()
    .map((name) => `${name}: ${used[name] ?? "0"}/${hard[name]}`)
    .join(", ")
}

export const limits = () => [
  builtInKind({
    group: "",
    version: "v1",
    kind: "LimitRange",
    plural: "limitranges",
    shortNames: ["limits"],
    columns: nameAndTime,
    rules: limitRange,
  }),
  builtInKind({
    group: "",
    version: "v1",
    kind: "ResourceQuota",
    plural: "resourcequotas",
    shortNames: ["quota"],
    columns: [
      name,
      text("Request", "What is asked for, of how much.", (object) => usedText(object, false)),
      text("Limit", "What is allowed, of how much.", (object) => usedText(object, true)),
      age,
    ],
    rules: quota,
  }),
]
