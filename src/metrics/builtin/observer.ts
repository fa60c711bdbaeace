import type { Canary } from "#api/canary.ts"
import { observers } from "./observers.ts"
import type { BuiltinQueries } from "./shapes.ts"

/** Whose series the built-in checks read. */
export interface Observer {
  /** As events call it. */
  name: string
  queries: BuiltinQueries
}

const exact = new Set([
  "linkerd",
  "istio",
  "contour",
  "nginx",
  "skipper",
  "traefik",
  "osm",
  "kuma",
  "apisix",
  "knative",
])

/** Follows from the operator's default provider, the canary's own, and the kind of its target. */
export function observerFor(defaultProvider: string, canary: Canary): Observer {
  const shownProvider = providerOf(defaultProvider, canary)
  const { daemonSet, ...queries } = observers[observerName(shownProvider)]!
  const isDaemonSet = canary.spec.targetRef.kind === "DaemonSet"
  return { name: shownProvider, queries: isDaemonSet && daemonSet ? daemonSet : queries }
}

function providerOf(defaultProvider: string, { spec }: Canary): string {
  const general = defaultProvider.includes("crossover") ? "crossover" : defaultProvider
  const own = spec.provider && defaultProvider.includes("linkerd") ? "linkerd" : spec.provider
  const { kind, apiVersion } = spec.targetRef
  const isService = kind === "Service" && apiVersion !== "serving.knative.dev/v1"
  return `${own || general}${isService ? ":service" : ""}`
}

/** Whatever is not known is taken for Istio, as SMI meshes and Services always were. */
function observerName(provider: string): string {
  if (exact.has(provider)) return provider
  if (provider.startsWith("appmesh")) return "appmesh"
  if (provider.startsWith("gloo")) return "gloo"
  if (provider === "kubernetes" || provider.startsWith("gatewayapi")) return "http"
  return "istio"
}
