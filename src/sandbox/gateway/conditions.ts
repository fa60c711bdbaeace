import { timeText } from "../contract.ts"

export interface Condition {
  type: string
  status: "True" | "False" | "Unknown"
  reason: string
  message: string
  observedGeneration?: number
  lastTransitionTime?: string
}

/** Makes conditions for a generation; the time is that of the last change of status. */
export function conditionMaker(generation: number | undefined, nowMs: number) {
  return (type: string, old: readonly Condition[] | undefined, said: Omit<Condition, "type">): Condition => {
    const before = old?.find((condition) => condition.type === type)
    const isSame = before?.status === said.status && before.lastTransitionTime !== undefined
    return {
      type,
      ...said,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      lastTransitionTime: isSame ? before.lastTransitionTime : timeText(nowMs),
    }
  }
}

export const yes = (reason: string, message = ""): Omit<Condition, "type"> => ({ status: "True", reason, message })
export const no = (reason: string, message: string): Omit<Condition, "type"> => ({ status: "False", reason, message })
