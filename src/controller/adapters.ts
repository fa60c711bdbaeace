import type { Canary } from "#api/canary.ts"
import { routerFor } from "#routers/registry.ts"
import type { Router } from "#routers/contract.ts"
import { scalerFor } from "#scalers/registry.ts"
import type { Scaler } from "#scalers/contract.ts"
import { targetFor } from "#targets/registry.ts"
import type { Target } from "#targets/contract.ts"

/** Who handles a canary: one member of each family. */
export interface Adapters {
  target: Target
  router: Router
  routerName: string
  scaler: Scaler | undefined
}

/** Throws an error that names what exists when the canary asks for something unknown. */
export function adaptersFor(canary: Canary, defaultRouter: string): Adapters {
  const routerName = canary.spec.provider || defaultRouter
  return { target: targetFor(canary), router: routerFor(routerName), routerName, scaler: scalerFor(canary) }
}

/** The provider under which nothing but the primary's pods moves traffic. */
export const isPlain = (routerName: string): boolean => routerName === "kubernetes"
