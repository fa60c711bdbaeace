import type { Plane } from "./plane.ts"
import type { Destination } from "./rules.ts"
import type { Upstream } from "./upstream.ts"

interface Outcome {
  status: number
  durationMs: number
}

/** A pod has answered, or has failed to. */
export function tellPod({ metrics }: Plane, { endpoint }: Upstream, outcome: Outcome & { method: string }): void {
  const { namespace, pod } = endpoint
  metrics.answered({ namespace, pod, ...outcome })
}

interface Told extends Outcome {
  route: string
  to?: Destination
  upstream?: Upstream
  version?: string
  isMirrored?: boolean
}

/** A request is over. Copies are only told to those who look on: no client has asked for them. */
export function tellServed({ metrics, onRequest }: Plane, told: Told): void {
  const { route, to, upstream, version, status, durationMs, isMirrored = false } = told
  const backend = to?.service ?? ""
  if (!isMirrored) metrics.served({ route, backend, status })
  const slash = backend.indexOf("/")
  onRequest({
    route,
    namespace: backend.slice(0, Math.max(slash, 0)),
    service: backend.slice(slash + 1),
    pod: upstream?.endpoint.pod ?? "",
    version,
    status,
    durationMs,
    isMirrored,
  })
}
