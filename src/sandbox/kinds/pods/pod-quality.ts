import type { KubeObject } from "#api/objects.ts"
import { parseQuantity } from "../quantity.ts"

type Amounts = Record<string, string> | undefined

const counted = ["cpu", "memory"]

/** How surely the pod gets what it asks for. */
export function qualityOf(spec: KubeObject["spec"]): "BestEffort" | "Burstable" | "Guaranteed" {
  const all: { requests?: Amounts; limits?: Amounts }[] = spec.resources
    ? [spec.resources]
    : [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ resources }) => resources ?? {})
  const requests = sumOf(all.map(({ requests }) => requests))
  const limits = sumOf(all.map(({ limits }) => limits))
  if (requests.size + limits.size === 0) return "BestEffort"
  const isLimited = all.every(({ limits }) => counted.every((name) => amountOf(limits, name) > 0))
  const isSame = requests.size === limits.size && [...requests].every(([name, amount]) => limits.get(name) === amount)
  return isLimited && isSame ? "Guaranteed" : "Burstable"
}

const amountOf = (amounts: Amounts, name: string): number => parseQuantity(amounts?.[name] ?? "0")

function sumOf(all: readonly Amounts[]): Map<string, number> {
  const sums = counted.map((name) => [name, all.reduce((sum, amounts) => sum + amountOf(amounts, name), 0)] as const)
  return new Map(sums.filter(([, sum]) => sum > 0))
}
