import type { Canary } from "#api/canary.ts"
import type { ObjectRef } from "#api/objects.ts"
import { namesOf, namespaceOf } from "#api/release.ts"
import type { Wanted } from "#kube/contract.ts"
import { allToPrimary, type Found, RouteRefused, type Router, type RouterSettings, type Routes } from "./contract.ts"
import { refuseMatches, refuseMirror, weightsOnly } from "./limits.ts"
import { routeObject } from "./route-object.ts"
import { splitOf } from "./split.ts"

const GATEWAYS = "VirtualService.v1alpha3.networking.istio.io/spec.gateways"

export interface SmiOptions {
  name: string
  version: "v1alpha1" | "v1alpha2" | "v1alpha3"
  /** The mesh behind the SMI adapter; only Istio's is told the gateways. */
  mesh: string
}

/** Service Mesh Interface: one TrafficSplit between two Services. */
export function smi(options: SmiOptions): Router {
  const refTo = (canary: Canary): ObjectRef => ({
    apiVersion: `split.smi-spec.io/${options.version}`,
    kind: "TrafficSplit",
    namespace: namespaceOf(canary),
    name: namesOf(canary).apex,
  })
  return {
    names: [options.name],
    can: weightsOnly,
    reads: (canary) => [refTo(canary)],
    desired(canary, routes, _found, settings) {
      refuseMirror(options.name, routes)
      refuseMatches(options.name, canary, routes)
      return [trafficSplit(canary, refTo(canary), routes, settings, options)]
    },
    observed: (canary, found) => splitIn(canary, refTo(canary), found),
    released: () => ({ write: [], remove: [] }),
  }
}

function trafficSplit(
  canary: Canary,
  ref: ObjectRef,
  routes: Routes,
  settings: RouterSettings,
  { version, mesh }: SmiOptions,
): Wanted {
  const names = namesOf(canary)
  const { hosts = [], gateways = [] } = canary.spec.service ?? {}
  // The first version of the API writes weights as quantities.
  const weight = (percent: number) => (version === "v1alpha1" ? String(percent) : percent)
  const spec = {
    service: hosts[0] ?? names.apex,
    backends: [
      { service: names.canary, weight: weight(routes.canary) },
      { service: names.primary, weight: weight(routes.primary) },
    ],
  }
  const told = mesh === "istio" && gateways.length > 0
  const metadata = told ? { annotations: { [GATEWAYS]: JSON.stringify(gateways) } } : {}
  return {
    object: routeObject(canary, ref, settings, metadata, spec),
    owned: [
      ["spec", "service"],
      ["spec", "backends"],
    ],
    labels: "leave",
    annotations: "leave",
  }
}

/** A TrafficSplit that knows neither Service is none of ours yet. */
function splitIn(canary: Canary, ref: ObjectRef, found: Found): Routes {
  const { primary, canary: other } = namesOf(canary)
  const backends: unknown = found.get(ref)?.spec?.backends
  const backendOf = (service: string) =>
    Array.isArray(backends) ? backends.find((backend) => backend?.service === service) : undefined
  const [ours, theirs] = [backendOf(primary), backendOf(other)]
  if (!ours && !theirs) return allToPrimary
  const split = splitOf(ours?.weight, theirs?.weight)
  if (split) return split
  throw new RouteRefused(
    `TrafficSplit ${ref.name}.${ref.namespace} does not contain routes for ${primary} and ${other}`,
  )
}
