import type { Canary } from "#api/canary.ts"
import type { KubeObject, ObjectRef } from "#api/objects.ts"
import type { Wanted } from "#kube/contract.ts"

/** One kind of autoscaler. Pure. */
export interface Scaler {
  readonly kinds: readonly string[]
  ref(canary: Canary): ObjectRef
  primaryRef(canary: Canary): ObjectRef
  /** The primary's autoscaler. It is created when missing; its content follows the source only at promotion. */
  primary(canary: Canary, source: KubeObject, existing: KubeObject | undefined): Wanted
  /** Merge patch body that stops or restarts the source, or undefined where there is nothing to do. */
  paused(source: KubeObject): unknown
  resumed(source: KubeObject): unknown
  minimumReplicas(source: KubeObject): number | undefined
}
