import type { Canary, HttpMatch, ServiceSpec } from "#api/canary.ts"
import { namesOf, namespaceOf } from "#api/release.ts"
import { RouteRefused, type Routes } from "../contract.ts"
import { refuseMatches } from "../limits.ts"
import { crossed, testEntries } from "../match-merging.ts"
import { type Stickiness, stickiness } from "../session-affinity.ts"
import { testedRequests } from "./tested-requests.ts"

export const API_VERSION = "networking.istio.io/v1beta1"

type Headers = NonNullable<ServiceSpec["headers"]>

export interface VirtualServiceSpec {
  hosts?: string[]
  gateways?: string[]
  http?: HttpRule[]
  tcp?: Rule[]
}
export interface Rule {
  match?: HttpMatch[]
  route?: Destination[]
}
export interface HttpRule extends Rule, Pick<ServiceSpec, "timeout" | "retries" | "corsPolicy" | "headers"> {
  rewrite?: { uri?: string; authority?: string }
  mirror?: { host: string }
  mirrorPercentage?: { value: number }
}
export interface Destination {
  destination: { host: string; port?: { number: number } }
  weight?: number
  headers?: Headers
}

export function virtualServiceSpec(canary: Canary, routes: Routes): VirtualServiceSpec {
  const rules = isTcp(canary) ? { tcp: [tcpRule(canary, routes)] } : { http: httpRules(canary, routes) }
  return { ...reach(canary), ...rules }
}

/** Where the routes hold. The VirtualService that delegates to this one has hosts and gateways itself. */
function reach(canary: Canary): VirtualServiceSpec {
  const { hosts = [], gateways = [], delegation } = canary.spec.service ?? {}
  const { apex } = namesOf(canary)
  if (!delegation) {
    const coversApex = hosts.includes(apex) || hosts.includes("*")
    return { gateways: gateways.length > 0 ? gateways : ["mesh"], hosts: coversApex ? hosts : [...hosts, apex] }
  }
  if (hosts.length > 0 || gateways.length > 0) {
    throw new RouteRefused(
      `VirtualService ${apex}.${namespaceOf(canary)} cannot have hosts and gateways when delegation enabled`,
    )
  }
  return { hosts: [] }
}

const isTcp = (canary: Canary): boolean => canary.spec.service?.appProtocol?.toLowerCase() === "tcp"

function tcpRule(canary: Canary, routes: Routes): Rule {
  refuseMatches("istio with appProtocol tcp", canary, routes)
  const match = (canary.spec.service?.match ?? []).map(({ port }) => (port ? { port } : {}))
  return { ...(match.length > 0 ? { match } : {}), route: split(canary, routes) }
}

function httpRules(canary: Canary, routes: Routes): HttpRule[] {
  const rule = plainRule(canary)
  const entries = testEntries(canary)
  if (entries.length === 0) return weightedRules(canary, routes, rule)
  // Istio gives a lone destination everything, whatever its weight. It shows the primary's, as the original's does.
  const everybody = destination(canary, namesOf(canary).primary, routes.primary)
  return [
    { ...rule, match: testedRequests(entries, rule.match ?? []), route: split(canary, routes) },
    { ...rule, route: [everybody] },
  ]
}

/** What all rules of a canary have in common, as the user wrote it. */
function plainRule(canary: Canary): HttpRule {
  const { match = [], rewrite, timeout, retries, corsPolicy, headers } = canary.spec.service ?? {}
  const { uri, authority } = rewrite ?? {}
  return {
    ...(match.length > 0 ? { match } : {}),
    ...(rewrite ? { rewrite: { ...(uri ? { uri } : {}), ...(authority ? { authority } : {}) } } : {}),
    ...(timeout ? { timeout } : {}),
    ...(retries ? { retries } : {}),
    ...(corsPolicy ? { corsPolicy } : {}),
    ...(headers ? { headers } : {}),
  }
}

function weightedRules(canary: Canary, routes: Routes, rule: HttpRule): HttpRule[] {
  const { pins, leftover, given } = stickiness(canary, routes, { primary: true })
  const holding = (cookie: string) => crossed([{ headers: { Cookie: { regex: cookie } } }], rule.match ?? [])
  const pinned = pins.map((pin) => ({ ...rule, match: holding(pin.cookie), route: split(canary, pin) }))
  const cleanup = leftover && {
    ...rule,
    match: holding(leftover.cookie),
    headers: withSetCookie(rule.headers, leftover.setCookie),
    route: split(canary, routes),
  }
  return [
    ...pinned,
    ...(cleanup ? [cleanup] : []),
    { ...rule, ...mirror(canary, routes), route: split(canary, routes, given) },
  ]
}

function mirror(canary: Canary, routes: Routes): Pick<HttpRule, "mirror" | "mirrorPercentage"> {
  if (!routes.mirrored) return {}
  const value = canary.spec.analysis.mirrorWeight ?? 0
  return { mirror: { host: namesOf(canary).canary }, ...(value > 0 ? { mirrorPercentage: { value } } : {}) }
}

type Shares = Pick<Routes, "primary" | "canary">

function split(canary: Canary, shares: Shares, setCookie: Stickiness["given"] = {}): Destination[] {
  const names = namesOf(canary)
  return [
    destination(canary, names.primary, shares.primary, setCookie.primary),
    destination(canary, names.canary, shares.canary, setCookie.canary),
  ]
}

function destination(canary: Canary, host: string, weight: number, setCookie?: string): Destination {
  return {
    destination: { host, ...port(canary) },
    weight,
    ...(setCookie ? { headers: withSetCookie(undefined, setCookie) } : {}),
  }
}

/** Beyond the mesh, a Service with several ports needs to be told which one. */
function port(canary: Canary): { port?: { number: number } } {
  const { portDiscovery, delegation, gateways = [], port: number } = canary.spec.service ?? {}
  const isBeyondMesh = delegation || (gateways[0] !== undefined && gateways[0] !== "mesh")
  return portDiscovery && isBeyondMesh && number !== undefined ? { port: { number } } : {}
}

const withSetCookie = (headers: Headers | undefined, value: string): Headers => ({
  ...headers,
  response: { ...headers?.response, add: { ...headers?.response?.add, "Set-Cookie": value } },
})
