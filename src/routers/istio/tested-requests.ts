import type { AnalysisMatch, HttpMatch } from "#api/canary.ts"
import { RouteRefused } from "../contract.ts"
import { testMatches } from "../match-merging.ts"

type Field = keyof AnalysisMatch

/** Conditions of an A/B test's rule. Next to conditions of the service only some fields of an entry count. */
export function testedRequests(entries: AnalysisMatch[], service: HttpMatch[]): HttpMatch[] {
  entries.forEach(refuseSuffixes)
  const fields: Field[] = ["headers", "sourceLabels", ...(service.length > 0 ? [] : ["queryParams" as const])]
  return testMatches<HttpMatch>({
    provider: "istio",
    entries: entries.map((entry) => filled(entry, fields)),
    service,
    fields: fields.join(" and "),
  })
}

function filled(entry: AnalysisMatch, fields: Field[]): HttpMatch {
  const present = fields.filter((field) => Object.keys(entry[field] ?? {}).length > 0)
  return Object.fromEntries(present.map((field) => [field, entry[field]]))
}

/** Istio's API server would drop the suffix and match any value. */
function refuseSuffixes(entry: AnalysisMatch, index: number): void {
  const name = Object.keys(entry.headers ?? {}).find((header) => entry.headers?.[header]?.suffix !== undefined)
  if (name === undefined) return
  throw new RouteRefused(`provider istio cannot express analysis.match[${index}]: header ${name} is matched by suffix`)
}
