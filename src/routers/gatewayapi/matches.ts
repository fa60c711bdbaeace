import type { AnalysisMatch, HttpMatch } from "#api/canary.ts"
import { RouteRefused } from "../contract.ts"

/** Conditions of an HTTPRoute rule; all of one entry must hold. */
export interface RouteMatch {
  path?: { type?: string; value?: string }
  method?: string
  headers?: NamedMatch[]
  queryParams?: NamedMatch[]
}
export interface NamedMatch {
  name: string
  type?: string
  value: string
}

type Texts = { exact?: string; prefix?: string; suffix?: string; regex?: string }

export const everything: RouteMatch = { path: { type: "PathPrefix", value: "/" } }

/** Conditions of the service. Those that only other routers know are left out. */
export const serviceMatches = (entries: HttpMatch[]): RouteMatch[] =>
  entries
    .map((entry, index) => {
      const at = `service.match[${index}]`
      return {
        ...(entry.uri ? { path: path(entry.uri, at) } : {}),
        ...(entry.method ? { method: method(entry.method, at) } : {}),
        ...named("headers", entry.headers, at),
        ...named("queryParams", entry.queryParams, at),
      }
    })
    .filter((match) => Object.keys(match).length > 0)

/** Conditions of an A/B test. Path and method are the service's alone. */
export const analysisMatches = (entries: AnalysisMatch[]): RouteMatch[] =>
  entries.map((entry, index) => ({
    ...named("headers", entry.headers, `analysis.match[${index}]`),
    ...named("queryParams", entry.queryParams, `analysis.match[${index}]`),
  }))

export const cookieMatch = (regex: string): RouteMatch => ({
  headers: [{ name: "Cookie", type: "RegularExpression", value: regex }],
})

function path({ exact, prefix, regex }: Texts, at: string): RouteMatch["path"] {
  if (regex) return { type: "RegularExpression", value: regex }
  if (exact) return { type: "Exact", value: exact }
  if (prefix) return { type: "PathPrefix", value: prefix }
  throw refusal(at, "uri needs exact, prefix or regex")
}

function method({ exact }: Texts, at: string): string {
  if (exact) return exact
  throw refusal(at, "method can only be matched by exact")
}

function named(
  field: "headers" | "queryParams",
  wanted: Record<string, Texts> | undefined,
  at: string,
): Pick<RouteMatch, "headers" | "queryParams"> {
  const names = Object.keys(wanted ?? {}).sort()
  const matches = names.map((name): NamedMatch => {
    const { exact, regex } = wanted?.[name] ?? {}
    if (exact) return { name, type: "Exact", value: exact }
    if (regex) return { name, type: "RegularExpression", value: regex }
    throw refusal(at, `${field}.${name} can only be matched by exact or regex`)
  })
  return matches.length > 0 ? { [field]: matches } : {}
}

const refusal = (at: string, why: string) => new RouteRefused(`provider gatewayapi cannot express ${at}: ${why}`)
