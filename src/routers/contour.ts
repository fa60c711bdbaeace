import type { AnalysisMatch, Canary } from "#api/canary.ts"
import type { ObjectRef } from "#api/objects.ts"
import { namesOf, namespaceOf } from "#api/release.ts"
import { allToPrimary, type Found, RouteRefused, type Router, type Routes } from "./contract.ts"
import { beyondHeaders, type HeaderMatch, headersOf } from "./header-matches.ts"
import { refuseMirror, weightsOnly } from "./limits.ts"
import { apexMetadata, routeObject } from "./route-object.ts"
import { splitOf } from "./split.ts"

/** Contour: one HTTPProxy, which the user's root HTTPProxy includes. */
export const contour: Router = {
  names: ["contour"],
  can: { ...weightsOnly, matches: true },
  reads: (canary) => [proxyRef(canary)],
  desired(canary, routes, _found, settings) {
    refuseMirror("contour", routes)
    const ingressClass = settings.ingressClass ? { ingressClassName: settings.ingressClass } : {}
    const spec = { ...ingressClass, routes: proxyRoutes(canary, routes) }
    const owned = Object.keys(spec).map((key) => ["spec", key])
    const object = routeObject(canary, proxyRef(canary), settings, apexMetadata(canary, settings), spec)
    return [{ object, owned, labels: "replace", annotations: "replace" }]
  },
  observed: splitIn,
  released: () => ({ write: [], remove: [] }),
}

const proxyRef = (canary: Canary): ObjectRef => ({
  apiVersion: "projectcontour.io/v1",
  kind: "HTTPProxy",
  namespace: namespaceOf(canary),
  name: namesOf(canary).apex,
})

/** Conditions of one route hold together, so each entry of an A/B test is a route of its own, before everybody's. */
function proxyRoutes(canary: Canary, routes: Routes): object[] {
  const prefix = canary.spec.service?.match?.[0]?.uri?.prefix || "/"
  const entries = canary.spec.analysis.match ?? []
  if (entries.length === 0) return [proxyRoute(canary, [{ prefix }], routes)]
  if (routes.canary > 0) entries.forEach(refuseInexpressible)
  const tested = entries.filter((entry) => problemWith(entry) === undefined)
  return [
    ...tested.map((entry) => proxyRoute(canary, conditionsOf(entry, prefix), routes)),
    proxyRoute(canary, [{ prefix }], allToPrimary),
  ]
}

function proxyRoute(canary: Canary, conditions: object[], routes: Routes): object {
  const names = namesOf(canary)
  return {
    conditions,
    ...policies(canary),
    services: [backend(canary, names.primary, routes.primary), backend(canary, names.canary, routes.canary)],
  }
}

function backend(canary: Canary, name: string, weight: number): object {
  const port = canary.spec.service?.port
  if (port === undefined) throw new RouteRefused("provider contour needs spec.service.port")
  const linkerd = { name: "l5d-dst-override", value: `${name}.${namespaceOf(canary)}.svc.cluster.local:${port}` }
  return { name, port, ...(weight > 0 ? { weight } : {}), requestHeadersPolicy: { set: [linkerd] } }
}

function policies(canary: Canary): object {
  const { timeout, retries } = canary.spec.service ?? {}
  const timeoutPolicy = timeout ? { timeoutPolicy: { response: timeout, idle: "5m" } } : {}
  if (!retries) return timeoutPolicy
  const { attempts = 0, perTryTimeout, retryOn = "" } = retries
  const reasons = retryOn.split(",").map((reason) => reason.trim())
  const retryPolicy = {
    count: attempts,
    ...(perTryTimeout ? { perTryTimeout } : {}),
    // Contour rejects an empty reason.
    ...(retryOn ? { retryOn: reasons.filter(Boolean) } : {}),
  }
  return { ...timeoutPolicy, retryPolicy }
}

/** Contour wants the prefix once, however many headers there are. */
function conditionsOf(entry: AnalysisMatch, prefix: string): object[] {
  const headers = headersOf(entry).map((header) => ({ header: conditionOf(header) }))
  return headers.map((header, index) => (index === 0 ? { prefix, ...header } : header))
}

const conditionOf = ({ name, form, value }: HeaderMatch): object =>
  form === "exact" ? { name, exact: value } : { name, contains: value }

/** An API server with an older HTTPProxy drops `header.regex` in silence, and the route would match everybody. */
function problemWith(entry: AnalysisMatch): string | undefined {
  const regex = headersOf(entry).find((header) => header.form === "regex")
  return beyondHeaders(entry) ?? (regex && `header ${regex.name} is matched by regex`)
}

function refuseInexpressible(entry: AnalysisMatch, index: number): void {
  const problem = problemWith(entry)
  if (problem) throw new RouteRefused(`provider contour cannot express analysis.match[${index}]: ${problem}`)
}

/** An HTTPProxy that knows neither Service is none of ours yet. */
function splitIn(canary: Canary, found: Found): Routes {
  const ref = proxyRef(canary)
  const { primary, canary: other } = namesOf(canary)
  const routes = listOf(found.get(ref)?.spec?.routes)
  const isTested = (canary.spec.analysis.match ?? []).length > 0
  // Everybody's route is the last one. When an A/B test is taken out of the spec, its users must not become everybody.
  const services = listOf(routes.at(isTested ? 0 : -1)?.services)
  const [ours, theirs] = [primary, other].map((name) => services.find((service) => service?.name === name))
  if (!ours && !theirs) return allToPrimary
  const split = splitOf(ours?.weight, theirs?.weight)
  if (split) return split
  throw new RouteRefused(`HTTPProxy ${ref.name}.${ref.namespace} does not contain weights for ${primary} and ${other}`)
}

// oxlint-disable-next-line no-explicit-any -- what others wrote can be of any shape
const listOf = (value: unknown): any[] => (Array.isArray(value) ? value : [])
