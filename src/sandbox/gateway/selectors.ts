import type { LabelSelector } from "./objects.ts"

/** An empty selector selects everything. */
export function selects(selector: LabelSelector, labels: Record<string, string>): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const has = Object.hasOwn(labels, key)
      const isListed = has && values.includes(labels[key]!)
      if (operator === "Exists") return has
      if (operator === "DoesNotExist") return !has
      return operator === "In" ? isListed : operator === "NotIn" && !isListed
    })
  )
}
