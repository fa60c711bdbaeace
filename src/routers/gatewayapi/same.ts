import { isDeepStrictEqual } from "node:util"
import type { BackendRef, Filter, HeaderModifier } from "./filters.ts"
import type { Backend, ParentRef, Rule } from "./http-route.ts"
import { everything, type NamedMatch, type RouteMatch } from "./matches.ts"

/** Compares the parts of an HTTPRoute as the API server completes them; lists of names have no order. */
export function sameRoute(live: unknown, desired: unknown, path: readonly string[]): boolean {
  const complete = completions[path.at(-1) ?? ""] ?? ((list: unknown[]) => list)
  const completed = (value: unknown) => tidy(complete(Array.isArray(value) ? value : []))
  return isDeepStrictEqual(completed(live), completed(desired))
}

export const sameMatch = (one: RouteMatch, other: RouteMatch): boolean =>
  isDeepStrictEqual(tidy(completeMatch(one)), tidy(completeMatch(other)))

export const sameParent = (one: ParentRef, other: ParentRef): boolean =>
  isDeepStrictEqual(tidy(completeParent(one)), tidy(completeParent(other)))

const completions: Record<string, (list: unknown[]) => unknown[]> = {
  parentRefs: (refs) => (refs as ParentRef[]).map(completeParent),
  rules: (rules) => (rules as Rule[]).map(completeRule),
}

function completeParent(ref: ParentRef): ParentRef {
  return { group: "gateway.networking.k8s.io", kind: "Gateway", ...ref }
}

function completeRule(rule: Rule): Rule {
  const { matches, filters, backendRefs } = rule
  return {
    ...rule,
    matches: (matches ?? [everything]).map(completeMatch),
    filters: filters?.map(completeFilter),
    backendRefs: backendRefs?.map(completeBackend),
  }
}

function completeMatch(match: RouteMatch): RouteMatch {
  return {
    ...match,
    path: { ...everything.path, ...match.path },
    headers: match.headers?.map(completeNamed).sort(byName),
    queryParams: match.queryParams?.map(completeNamed).sort(byName),
  }
}

const completeNamed = (match: NamedMatch): NamedMatch => ({ type: "Exact", ...match })

function completeBackend(backend: Backend): Backend {
  return { weight: 1, ...completeRef(backend), filters: backend.filters?.map(completeFilter) }
}

const completeRef = <R extends BackendRef>(ref: R): R => ({ group: "", kind: "Service", ...ref })

function completeFilter(filter: Filter): Filter {
  const { requestMirror, cors, requestHeaderModifier, responseHeaderModifier } = filter
  return {
    ...filter,
    ...(requestMirror
      ? { requestMirror: { ...requestMirror, backendRef: completeRef(requestMirror.backendRef) } }
      : {}),
    ...(cors ? { cors: { maxAge: 5, ...cors } } : {}),
    ...(requestHeaderModifier ? { requestHeaderModifier: unordered(requestHeaderModifier) } : {}),
    ...(responseHeaderModifier ? { responseHeaderModifier: unordered(responseHeaderModifier) } : {}),
  }
}

const unordered = (modifier: HeaderModifier): HeaderModifier => ({
  ...modifier,
  add: modifier.add?.toSorted(byName),
  set: modifier.set?.toSorted(byName),
})

const byName = (one: { name: string }, other: { name: string }): number => (one.name < other.name ? -1 : 1)

/** An empty list says the same as none. */
function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy)
  if (typeof value !== "object" || value === null) return value
  const said = Object.entries(value).filter(([, inner]) => inner !== undefined && !isEmptyList(inner))
  return Object.fromEntries(said.map(([key, inner]) => [key, tidy(inner)]))
}

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0
