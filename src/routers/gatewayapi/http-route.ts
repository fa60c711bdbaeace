import type { Canary, ServiceSpec } from "#api/canary.ts"
import { namesOf } from "#api/release.ts"
import { RouteRefused, type Routes } from "../contract.ts"
import { crossed, testEntries, testMatches } from "../match-merging.ts"
import { type Stickiness, stickiness } from "../session-affinity.ts"
import { type BackendRef, backendRef, canaryMirror, type Filter, serviceFilters, withSetCookie } from "./filters.ts"
import { analysisMatches, cookieMatch, everything, type RouteMatch, serviceMatches } from "./matches.ts"
import { sameMatch } from "./same.ts"

/** What an HTTPRoute of one API version is used for. */
export interface Dialect {
  apiVersion: string
  timeouts: boolean
  cors: boolean
  primaryCookies: boolean
  /** The split counts only once the gateway has accepted it. */
  awaitsAcceptance: boolean
}

export interface HttpRouteSpec {
  parentRefs?: ParentRef[]
  hostnames?: string[]
  rules?: Rule[]
}
export type ParentRef = Partial<NonNullable<ServiceSpec["gatewayRefs"]>[number]>
export interface Rule {
  matches?: RouteMatch[]
  filters?: Filter[]
  timeouts?: { request?: string; backendRequest?: string }
  backendRefs?: Backend[]
}
export interface Backend extends BackendRef {
  weight?: number
  filters?: Filter[]
}

export function httpRouteSpec(canary: Canary, routes: Routes, dialect: Dialect): HttpRouteSpec {
  const { gatewayRefs = [], hosts = [] } = canary.spec.service ?? {}
  if (gatewayRefs.length === 0) {
    throw new RouteRefused("GatewayRefs must be specified when using Gateway API as a provider.")
  }
  return {
    parentRefs: gatewayRefs.map((ref) => ({ group: "gateway.networking.k8s.io", kind: "Gateway", ...ref })),
    ...(hosts.length > 0 ? { hostnames: hosts } : {}),
    rules: rules(canary, routes, dialect),
  }
}

function rules(canary: Canary, routes: Routes, dialect: Dialect): Rule[] {
  const conditions = serviceMatches(canary.spec.service?.match ?? [])
  const rule = plainRule(canary, dialect)
  const entries = testEntries(canary)
  if (entries.length === 0) return weightedRules(canary, routes, { dialect, rule, conditions })
  const service = conditions.length > 0 ? conditions : [everything]
  const matches = testMatches({
    provider: "gatewayapi",
    entries: analysisMatches(entries),
    service,
    fields: "headers and queryParams",
    same: sameMatch,
  })
  return [
    { ...rule, matches, backendRefs: split(canary, routes) },
    { ...rule, matches: service, backendRefs: [backend(canary, namesOf(canary).primary, 100)] },
  ]
}

/** What all rules of a canary have in common. */
function plainRule(canary: Canary, dialect: Dialect): Rule {
  const { service } = canary.spec
  const filters = service ? serviceFilters(service, dialect) : []
  const timeouts = {
    ...(service?.timeout ? { request: service.timeout } : {}),
    ...(service?.backendTimeout ? { backendRequest: service.backendTimeout } : {}),
  }
  return {
    ...(filters.length > 0 ? { filters } : {}),
    ...(dialect.timeouts && Object.keys(timeouts).length > 0 ? { timeouts } : {}),
  }
}

function weightedRules(
  canary: Canary,
  routes: Routes,
  { dialect, rule, conditions }: { dialect: Dialect; rule: Rule; conditions: RouteMatch[] },
): Rule[] {
  const { pins, leftover, given } = stickiness(canary, routes, { primary: dialect.primaryCookies })
  const { filters = [] } = rule
  const holding = (cookie: string) => crossed([cookieMatch(cookie)], conditions)
  const pinned = pins.map((pin) => ({ ...rule, matches: holding(pin.cookie), backendRefs: split(canary, pin) }))
  const cleanup = leftover && {
    ...rule,
    matches: holding(leftover.cookie),
    filters: withSetCookie(filters, leftover.setCookie),
    backendRefs: split(canary, routes),
  }
  const weighted = {
    ...rule,
    ...(routes.mirrored ? { filters: [...filters, canaryMirror(canary)] } : {}),
    matches: conditions.length > 0 ? conditions : [everything],
    backendRefs: split(canary, routes, given),
  }
  return [...pinned, ...(cleanup ? [cleanup] : []), weighted]
}

type Shares = Pick<Routes, "primary" | "canary">

function split(canary: Canary, shares: Shares, setCookie: Stickiness["given"] = {}): Backend[] {
  const names = namesOf(canary)
  return [
    backend(canary, names.primary, shares.primary, setCookie.primary),
    backend(canary, names.canary, shares.canary, setCookie.canary),
  ]
}

const backend = (canary: Canary, name: string, weight: number, setCookie?: string): Backend => ({
  ...backendRef(canary, name),
  weight,
  ...(setCookie ? { filters: withSetCookie([], setCookie) } : {}),
})
