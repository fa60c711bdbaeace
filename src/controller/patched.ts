import type { Canary } from "#api/canary.ts"
import type { StatusPatch } from "#core/rollout/step.ts"

/** The canary as it is once a status patch has been taken in. */
export function patched(canary: Canary, patch: StatusPatch): Canary {
  const status = Object.fromEntries(
    Object.entries({ ...canary.status, ...patch }).filter(([, value]) => value !== null),
  )
  const configs = status["trackedConfigs"] as Record<string, string | null> | undefined
  const trackedConfigs = configs && Object.fromEntries(Object.entries(configs).filter(([, sum]) => sum !== null))
  return { ...canary, status: { ...status, ...(trackedConfigs ? { trackedConfigs } : {}) } as Canary["status"] & {} }
}
