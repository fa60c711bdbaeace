import { RouteRefused, type Routes } from "./contract.ts"

interface WayBack<Spec> {
  routes: Routes
  /** The routes that stand, where they can be read. */
  live: Routes | undefined
  desired: () => Spec
  /** What stands, turned to the primary. */
  retreat: () => Spec
}

/** A spec that is broken in mid-run must not keep users on the canary: the way back to the primary stays open. */
export function orWayBack<Spec>({ routes, live, desired, retreat }: WayBack<Spec>): Spec {
  try {
    return desired()
  } catch (error) {
    const isWayBack = routes.canary === 0 && live !== undefined && live.canary > 0
    if (!(error instanceof RouteRefused && isWayBack)) throw error
    return retreat()
  }
}
