import type { KubeObject } from "#api/objects.ts"
import { parseDurationMs } from "#api/duration.ts"
import { stratified } from "./choose.ts"
import { type CorsPolicy, corsPolicy } from "./cors.ts"
import { type HeaderEdit, headerEdit } from "./headers.ts"
import { type CompiledMatch, compileMatch } from "./matches.ts"
import {
  type BackendRef,
  type Filter,
  nameOf,
  namespaceOf,
  type ObjectReference,
  type RequestRedirect,
  type Rule,
  type SessionPersistence,
  specOf,
  type UrlRewrite,
} from "./objects.ts"
import { forbidden, serviceKey } from "./references.ts"

/** Where requests go; which pods that means is looked up when one comes. */
export interface Destination {
  service: string
  port: number | undefined
}

/** A destination that takes part of a rule's requests. */
export interface Share {
  weight: number
  /** Undefined where the reference is of no use: its requests fail. */
  to?: Destination
  requestEdits: readonly HeaderEdit[]
  responseEdits: readonly HeaderEdit[]
  rewrite?: UrlRewrite
  mirrors: readonly Mirror[]
}
interface Mirror {
  to?: Destination
  /** Says of the next request whether it is copied. */
  isDue(): boolean
}

export interface CompiledRule {
  /** Namespace and name of the route. */
  route: string
  shares: readonly Share[]
  /** Position of the share that takes the next request, -1 for none. */
  choose(): number
  redirect?: RequestRedirect
  cors?: CorsPolicy
  /** 0 means no limit. */
  requestTimeoutMs: number
  backendTimeoutMs: number
  retry?: { codes: ReadonlySet<number>; attempts: number; backoffMs: number }
  session?: SessionPersistence
  /** What of it the gateway cannot do; requests are answered with it. */
  problem?: string
}

/** One match of a rule: what is looked through for each request. */
export interface Candidate extends CompiledMatch {
  rule: CompiledRule
}

export interface CompiledRoute {
  candidates: readonly Candidate[]
  /** What is wrong with rules; those that cannot be read are left out. */
  problems: readonly string[]
  ruleCount: number
}

export function compileRoute(route: KubeObject, grants: readonly KubeObject[]): CompiledRoute {
  const { rules = [] } = specOf(route)
  const candidates: Candidate[] = []
  const problems: string[] = []
  for (const [index, rule] of rules.entries()) {
    try {
      const compiled = compileRule(route, rule, grants)
      if (compiled.problem) problems.push(`rules[${index}]: ${compiled.problem}`)
      const { matches = [] } = rule
      for (const match of matches.length > 0 ? matches : [{}])
        candidates.push({ ...compileMatch(match), rule: compiled })
    } catch (error) {
      problems.push(`rules[${index}]: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return { candidates, problems, ruleCount: rules.length }
}

function compileRule(route: KubeObject, rule: Rule, grants: readonly KubeObject[]): CompiledRule {
  const { filters = [], backendRefs = [], timeouts = {}, retry, sessionPersistence } = rule
  const find = (ref: ObjectReference): Destination | undefined =>
    forbidden(ref, namespaceOf(route), grants)
      ? undefined
      : { service: serviceKey(ref, namespaceOf(route)), port: ref.port }
  const shares = backendRefs.map((ref) => share(ref, filters, find))
  const cors = filters.find((filter) => filter.cors)?.cors
  const all = [...filters, ...backendRefs.flatMap((ref) => ref.filters ?? [])]
  return {
    route: nameOf(route),
    shares,
    choose: stratified(shares.map(({ weight }) => weight)),
    redirect: filters.find((filter) => filter.requestRedirect)?.requestRedirect,
    cors: cors && corsPolicy(cors),
    requestTimeoutMs: milliseconds(timeouts.request),
    backendTimeoutMs: milliseconds(timeouts.backendRequest),
    retry: retry && {
      codes: new Set(retry.codes ?? []),
      attempts: retry.attempts ?? 1,
      backoffMs: milliseconds(retry.backoff),
    },
    session: sessionPersistence,
    problem: all.filter(isUnknown).map(({ type }) => `filter ${type} is not known here`)[0],
  }
}

function share(ref: BackendRef, ruleFilters: Filter[], find: (ref: ObjectReference) => Destination | undefined): Share {
  const filters = [...ruleFilters, ...(ref.filters ?? [])]
  const edits = (field: "requestHeaderModifier" | "responseHeaderModifier") =>
    filters.flatMap((filter) => (filter[field] ? [headerEdit(filter[field])] : []))
  return {
    weight: ref.weight ?? 1,
    to: find(ref),
    requestEdits: edits("requestHeaderModifier"),
    responseEdits: edits("responseHeaderModifier"),
    rewrite: filters.findLast((filter) => filter.urlRewrite)?.urlRewrite,
    mirrors: filters.flatMap(({ requestMirror }) => {
      if (!requestMirror) return []
      const { percent = 100, fraction = { numerator: percent } } = requestMirror
      const { numerator, denominator = 100 } = fraction
      const choose = stratified([numerator, Math.max(0, denominator - numerator)])
      return [{ to: find(requestMirror.backendRef), isDue: () => choose() === 0 }]
    }),
  }
}

const KNOWN = new Set([
  "RequestHeaderModifier",
  "ResponseHeaderModifier",
  "RequestRedirect",
  "URLRewrite",
  "RequestMirror",
  "CORS",
])
const isUnknown = ({ type }: Filter): boolean => !KNOWN.has(type)

const milliseconds = (text = "0s"): number => parseDurationMs(text) ?? 0
