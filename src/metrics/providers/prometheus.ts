import type { MetricProviderSpec } from "#api/metric-template.ts"
import type { Measurement } from "#core/analysis/checks.ts"
import { redact } from "#core/text/redact.ts"
import { basicCredentials } from "#net/address.ts"
import type { Http, HttpRequest } from "#net/contract.ts"
import type { MetricProvider, MetricRequest } from "../contract.ts"
import { readAnswer } from "./prometheus-answer.ts"

const TIMEOUT_MS = 5000
const MAX_BODY_BYTES = 4 * 1024 * 1024
const PROBE = "vector(1)"

type Credentials = MetricRequest["credentials"]

/** Prometheus and whatever speaks its query API. */
export const prometheus: MetricProvider = {
  types: ["prometheus"],
  problem: (provider, credentials) => addressProblem(provider) ?? credentialsProblem(provider, credentials),
  query: ask,
  async offline(request, http, signal) {
    const answer = await ask({ ...request, query: PROBE }, http, signal)
    if (answer.kind !== "value") return `running query failed: ${answer.why}`
    return answer.value === 1 ? undefined : `value is not 1 for query: ${PROBE}`
  },
}

function addressProblem({ type, address = "" }: MetricProviderSpec): string | undefined {
  const isUsable = /^https?:$/.test(URL.canParse(address) ? new URL(address).protocol : "")
  return isUsable ? undefined : `${type} address ${redact(address)} is not a valid URL`
}

function credentialsProblem({ type }: MetricProviderSpec, credentials: Credentials): string | undefined {
  if (Object.keys(credentials).length === 0 || "token" in credentials) return undefined
  const missing = ["username", "password"].find((key) => !(key in credentials))
  return missing && `${type} credentials does not contain a ${missing}`
}

async function ask(
  { provider, credentials, query }: MetricRequest,
  http: Http,
  signal: AbortSignal,
): Promise<Measurement> {
  const url = new URL(provider.address!)
  const request: HttpRequest = {
    method: "GET",
    url: queryUrl(url, query),
    headers: headersOf(provider, credentials, basicCredentials(url)),
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_BODY_BYTES,
    ...(provider.insecureSkipVerify ? { insecure: true } : {}),
  }
  try {
    return readAnswer(await http.send(request, signal))
  } catch (error) {
    return { kind: "error", why: `request failed: ${(error as Error).message}` }
  }
}

/** The path of the address is a prefix; its query string and its user are not part of the request's. */
function queryUrl({ origin, pathname }: URL, query: string): string {
  const search = new URLSearchParams({ query: query.replace(/\s+/g, " ") })
  return `${origin}${pathname.replace(/\/+$/, "")}/api/v1/query?${search.toString()}`
}

/** The Secret wins over a header of the template, and that over the user in the address. */
function headersOf(
  { headers = {} }: MetricProviderSpec,
  credentials: Credentials,
  fromAddress: string | undefined,
): Record<string, string | string[]> {
  const secret = authorization(credentials)
  const entries = Object.entries(headers)
  const isAuthorization = ([name]: [string, unknown]) => name.toLowerCase() === "authorization"
  const kept = secret ? entries.filter((entry) => !isAuthorization(entry)) : entries
  const added = secret ?? (entries.some(isAuthorization) ? undefined : fromAddress)
  return { ...Object.fromEntries(kept), ...(added ? { Authorization: added } : {}) }
}

function authorization({ token, username, password }: Credentials): string | undefined {
  if (token) return `Bearer ${token}`
  if (!username || !password) return undefined
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`
}
