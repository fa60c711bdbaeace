import type { Backend, Endpoint } from "./backends.ts"
import { leastBusy } from "./choose.ts"
import type { Metrics } from "./metrics.ts"
import { endpointForClient } from "./sessions.ts"
import type { RoutingTable } from "./table.ts"
import { createUpstream, type Upstream } from "./upstream.ts"

/** A request that has been answered, for whoever looks on. */
export interface Served {
  /** Namespace and name; empty where no route was asked. */
  route: string
  namespace: string
  service: string
  /** Empty where no pod was reached. */
  pod: string
  /** What the pod says in `x-version`. */
  version?: string
  status: number
  durationMs: number
  /** It was a copy, and the client got another pod's answer. */
  isMirrored: boolean
}

/** What all requests share. */
export interface Plane {
  table(): RoutingTable
  readonly upstreams: Upstreams
  readonly metrics: Metrics
  onRequest(served: Served): void
}

export interface Upstreams {
  of(endpoint: Endpoint): Upstream
  /** The one that is to take the next request; those in `tried` have had their chance. */
  pick(backend: Backend, clientAddress: string, tried?: ReadonlySet<string>): Upstream | undefined
  /** Lets go of all others, each after its last request. */
  keep(endpoints: ReadonlySet<string>): void
  destroy(): void
}

/** More than any number of requests under way. */
const RESTING = 1e9

export function createUpstreams(): Upstreams {
  const upstreams = new Map<string, Upstream>()

  function of(endpoint: Endpoint): Upstream {
    const known = upstreams.get(endpoint.key)
    if (known) return known
    const made = createUpstream(endpoint)
    upstreams.set(endpoint.key, made)
    return made
  }

  return {
    of,
    pick(backend, clientAddress, tried) {
      const left = tried ? backend.endpoints.filter(({ key }) => !tried.has(key)) : backend.endpoints
      if (left.length < 2) return left[0] && of(left[0])
      if (backend.byClientAddress) return of(endpointForClient({ endpoints: left }, clientAddress)!)
      const now = performance.now()
      const busyness = (endpoint: Endpoint) => {
        const { active, restsUntil } = of(endpoint)
        return active + (restsUntil > now ? RESTING : 0)
      }
      return of(leastBusy(left, backend.turn(), busyness)!)
    },
    keep(endpoints) {
      for (const [key, upstream] of upstreams) {
        if (endpoints.has(key)) continue
        upstreams.delete(key)
        upstream.retire()
      }
    },
    destroy() {
      for (const upstream of upstreams.values()) upstream.destroy()
      upstreams.clear()
    },
  }
}
