import type { Condition } from "./pods.ts"

/** Replaces the condition of this type; one that says the same in status and reason stays as it is. */
export function withCondition(conditions: readonly Condition[] = [], next: Condition): Condition[] {
  const present = conditions.find(({ type }) => type === next.type)
  if (present?.status === next.status && present.reason === next.reason) return [...conditions]
  const since = present?.status === next.status ? present.lastTransitionTime : undefined
  return [...withoutCondition(conditions, next.type), { ...next, ...(since ? { lastTransitionTime: since } : {}) }]
}

export const withoutCondition = (conditions: readonly Condition[] = [], type: string): Condition[] =>
  conditions.filter((condition) => condition.type !== type)
