import type { MetricProviderSpec } from "#api/metric-template.ts"
import type { Measurement } from "#core/analysis/checks.ts"
import type { Http } from "#net/contract.ts"

export interface MetricRequest {
  provider: MetricProviderSpec
  /** Data of the provider's Secret, decoded, without trailing line ends; empty when it has none. */
  credentials: Readonly<Record<string, string>>
  /** The rendered query. */
  query: string
  /** Window the query looks back over. */
  intervalMs: number
}

/** One metrics backend. Builds its request, picks its value; sending, limits and connections are shared. */
export interface MetricProvider {
  readonly types: readonly string[]
  /** What is wrong with the configuration, in the original's words; undefined when it can be asked. */
  problem(provider: MetricProviderSpec, credentials: Readonly<Record<string, string>>): string | undefined
  query(request: MetricRequest, http: Http, signal: AbortSignal): Promise<Measurement>
  /** Undefined when the backend answers, else why not. */
  offline(request: Omit<MetricRequest, "query">, http: Http, signal: AbortSignal): Promise<string | undefined>
}
