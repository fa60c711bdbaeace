import type { Canary, HeaderOperations, ServiceSpec } from "#api/canary.ts"
import { parseDurationMs } from "#api/duration.ts"
import { namesOf } from "#api/release.ts"

export interface Filter {
  type: string
  requestHeaderModifier?: HeaderModifier
  responseHeaderModifier?: HeaderModifier
  urlRewrite?: object
  requestMirror?: { backendRef: BackendRef }
  cors?: { maxAge?: number }
}
export interface HeaderModifier {
  set?: Header[]
  add?: Header[]
  remove?: string[]
}
interface Header {
  name: string
  value: string
}
export interface BackendRef {
  group?: string
  kind?: string
  namespace?: string
  name: string
  port?: number
}

/** What the rules of a canary do to requests and responses, as the user wrote it. */
export function serviceFilters(service: ServiceSpec, can: { cors: boolean }): Filter[] {
  const { headers, rewrite, mirror = [], corsPolicy } = service
  return [
    ...(headers?.request ? [{ type: "RequestHeaderModifier", requestHeaderModifier: modifier(headers.request) }] : []),
    ...(headers?.response ? [responseHeaders(modifier(headers.response))] : []),
    ...(rewrite?.authority || rewrite?.uri ? [{ type: "URLRewrite", urlRewrite: urlRewrite(rewrite) }] : []),
    ...mirror.flatMap(({ backendRef }) =>
      backendRef ? [mirrorTo({ group: "", kind: "Service", ...backendRef })] : [],
    ),
    ...(corsPolicy && can.cors ? [{ type: "CORS", cors: cors(corsPolicy) }] : []),
  ]
}

/** A copy of every request for the canary. */
export const canaryMirror = (canary: Canary): Filter => mirrorTo(backendRef(canary, namesOf(canary).canary))

export const backendRef = (canary: Canary, name: string): BackendRef => {
  const { port } = canary.spec.service ?? {}
  return { group: "", kind: "Service", name, ...(port === undefined ? {} : { port }) }
}

/** A rule may have one filter that changes response headers, and that one may name a header once. */
export function withSetCookie(filters: Filter[], value: string): Filter[] {
  const cookie = { name: "Set-Cookie", value }
  const existing = filters.find((filter) => filter.responseHeaderModifier)
  if (!existing) return [...filters, responseHeaders({ add: [cookie] })]
  const { add = [], ...others } = existing.responseHeaderModifier ?? {}
  const kept = add.filter(({ name }) => name.toLowerCase() !== "set-cookie")
  const replaced = responseHeaders({ ...others, add: [...kept, cookie] })
  return filters.map((filter) => (filter === existing ? replaced : filter))
}

const responseHeaders = (responseHeaderModifier: HeaderModifier): Filter => ({
  type: "ResponseHeaderModifier",
  responseHeaderModifier,
})
const mirrorTo = (backendRef: BackendRef): Filter => ({ type: "RequestMirror", requestMirror: { backendRef } })

function modifier({ add, set, remove = [] }: HeaderOperations): HeaderModifier {
  const sorted = (headers: Record<string, string> = {}) =>
    Object.keys(headers)
      .sort()
      .map((name) => ({ name, value: headers[name] ?? "" }))
  return nonEmpty({ add: sorted(add), set: sorted(set), remove })
}

function urlRewrite({ authority, uri, type }: NonNullable<ServiceSpec["rewrite"]>): object {
  const byPrefix = type === "ReplacePrefixMatch"
  const path = byPrefix ? { type, replacePrefixMatch: uri } : { type: "ReplaceFullPath", replaceFullPath: uri }
  return { ...(authority ? { hostname: authority } : {}), ...(uri ? { path } : {}) }
}

/** `allowOrigins` is Istio's way to match origins; an HTTPRoute lists them. */
function cors(policy: NonNullable<ServiceSpec["corsPolicy"]>): object {
  const { allowOrigin = [], allowMethods = [], allowHeaders = [], exposeHeaders = [], allowCredentials } = policy
  const maxAge = Math.trunc((parseDurationMs(policy.maxAge ?? "") ?? 0) / 1000)
  return {
    ...nonEmpty({ allowOrigins: allowOrigin, allowMethods, allowHeaders, exposeHeaders }),
    ...(allowCredentials ? { allowCredentials } : {}),
    ...(maxAge > 0 ? { maxAge } : {}),
  }
}

const nonEmpty = <T extends Record<string, unknown[]>>(lists: T): Partial<T> =>
  Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)) as Partial<T>
