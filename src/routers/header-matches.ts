import type { AnalysisMatch } from "#api/canary.ts"

const forms = ["exact", "prefix", "suffix", "regex"] as const

export interface HeaderMatch {
  name: string
  form: (typeof forms)[number]
  value: string
}

/** The entry's headers by name, so that the order does not depend on how the map was written. */
export function headersOf(entry: AnalysisMatch): HeaderMatch[] {
  const headers = Object.entries(entry.headers ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  return headers.map(([name, match]) => {
    const form = forms.find((candidate) => match?.[candidate] !== undefined) ?? "exact"
    return { name, form, value: match?.[form] ?? "" }
  })
}

/** Why a router that tells users apart by headers alone cannot honour the entry; undefined when it can. */
export function beyondHeaders(entry: AnalysisMatch): string | undefined {
  const others = (["queryParams", "sourceLabels"] as const).filter((key) => Object.keys(entry[key] ?? {}).length > 0)
  if (others.length > 0) return `it asks for ${others.join(" and ")}`
  const headers = headersOf(entry)
  if (headers.length === 0) return "it names no header and would match everybody"
  const empty = headers.find((header) => header.value === "")
  return empty ? `header ${empty.name} has no value` : undefined
}
