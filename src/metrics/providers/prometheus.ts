import type { MetricProviderSpec } from "#api/metric-template.ts"
import type { Measurement } from "#core/analysis/checks.ts"
import { cutBytes } from "#core/text/cut.ts"
import { parseGoFloat } from "#core/text/go-number.ts"
import type { Http, HttpResponse } from "#net/contract.ts"
import type { MetricProvider, MetricRequest } from "../contract.ts"

const TIMEOUT_MS = 5000
const MAX_BODY_BYTES = 4 * 1024 * 1024
const MAX_QUOTED_BYTES = 1024

/** Prometheus and whatever speaks its query API. */
export const prometheus: MetricProvider = {
  types: ["prometheus"],
  problem: ({ address }, credentials) => addressProblem(address) ?? credentialProblem(credentials),
  query: (request, http, signal) => ask(request, http, signal),
  async offline(request, http, signal) {
    const probe = "vector(1)"
    const answer = await ask({ ...request, query: probe }, http, signal)
    if (answer.kind !== "value") return answer.why
    return answer.value === 1 ? undefined : `value is not 1 for query: ${probe}`
  },
}

const addressProblem = (address: string | undefined): string | undefined =>
  address && URL.canParse(address) ? undefined : `prometheus address ${address ?? ""} is not a valid URL`

function credentialProblem(credentials: Readonly<Record<string, string>>): string | undefined {
  if (Object.keys(credentials).length === 0 || "token" in credentials) return undefined
  for (const key of ["username", "password"]) {
    if (!(key in credentials)) return `prometheus credentials does not contain a ${key}`
  }
  return undefined
}

async function ask({ provider, credentials, query }: MetricRequest, http: Http, signal: AbortSignal): Promise<Measurement> {
  try {
    const response = await http.send(
      {
        method: "GET",
        url: queryUrl(provider.address!, query),
        headers: headersOf(provider, credentials),
        timeoutMs: TIMEOUT_MS,
        maxBytes: MAX_BODY_BYTES,
        ...(provider.insecureSkipVerify ? { insecure: true } : {}),
      },
      signal,
    )
    return read(response)
  } catch (error) {
    return { kind: "error", why: `request failed: ${(error as Error).message}` }
  }
}

/** A path in the address is a prefix; a query string in it is not part of it. */
function queryUrl(address: string, query: string): string {
  const url = new URL(address)
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/api/v1/query`
  url.search = new URLSearchParams({ query: query.replace(/\s+/g, " ") }).toString()
  return url.href
}

function headersOf(provider: MetricProviderSpec, credentials: Readonly<Record<string, string>>) {
  const own = Object.entries(provider.headers ?? {})
  const { token, username, password } = credentials
  const authorization = token
    ? `Bearer ${token}`
    : username && password
      ? `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`
      : undefined
  const kept = authorization ? own.filter(([name]) => name.toLowerCase() !== "authorization") : own
  return { ...Object.fromEntries(kept), ...(authorization ? { authorization } : {}) }
}

interface Answer {
  status?: string
  error?: string
  data?: { resultType?: string; result?: unknown }
}

function read({ status, statusText, body, truncated }: HttpResponse): Measurement {
  const quoted = cutBytes(body, MAX_QUOTED_BYTES)
  if (status >= 400) {
    return { kind: "error", why: `error response: Status ${status} ${statusText}: ${quoted}` }
  }
  if (truncated) return { kind: "error", why: `the answer is larger than ${MAX_BODY_BYTES} bytes` }
  const answer = parsed(body)
  if (!answer) return { kind: "error", why: `error unmarshaling result: '${quoted}' is not what Prometheus answers` }
  if (answer.status === "error") return { kind: "error", why: `error response: ${answer.error ?? quoted}` }
  const { resultType, result } = answer.data ?? {}
  if (resultType === "scalar") return measured([sampleOf(result)], "")
  if (!Array.isArray(result)) return { kind: "noValues", why: NO_VALUES }
  if (result.some((series) => Array.isArray((series as { values?: unknown } | null)?.values))) {
    return { kind: "error", why: "query returned multiple values" }
  }
  const samples = result.map((series) => sampleOf((series as { value?: unknown } | null)?.value))
  return measured(samples, result.length > 1 ? `the query returned ${result.length} series, the last one counts` : "")
}

const NO_VALUES = "no values found"

function parsed(body: string): Answer | undefined {
  try {
    const answer: unknown = JSON.parse(body)
    return typeof answer === "object" && answer !== null && !Array.isArray(answer) ? answer : undefined
  } catch {
    return undefined
  }
}

/** A sample is `[time, "value"]`; native histograms and the like have none. */
const sampleOf = (sample: unknown): number | undefined =>
  Array.isArray(sample) && typeof sample[1] === "string" ? parseGoFloat(sample[1]) : undefined

function measured(samples: (number | undefined)[], note: string): Measurement {
  const value = samples.findLast((sample) => sample !== undefined)
  if (value === undefined || Number.isNaN(value)) return { kind: "noValues", why: NO_VALUES }
  return { kind: "value", value, ...(note ? { note } : {}) }
}
