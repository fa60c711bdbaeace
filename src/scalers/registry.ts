import type { Canary } from "#api/canary.ts"
import type { Scaler } from "./contract.ts"
import { hpa } from "./hpa.ts"

const scalers: readonly Scaler[] = [hpa]

/** The autoscaler of the canary's workload; undefined when it names none. */
export function scalerFor(canary: Canary): Scaler | undefined {
  const ref = canary.spec.autoscalerRef
  if (!ref) return undefined
  const found = scalers.find(({ kinds }) => kinds.includes(ref.kind))
  if (found) return found
  const kinds = scalers.flatMap((scaler) => scaler.kinds).join(", ")
  throw new Error(`autoscalerRef ${ref.apiVersion}/${ref.kind} is not supported, the kinds that exist are: ${kinds}`)
}
