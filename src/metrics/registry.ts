import type { MetricProvider } from "./contract.ts"
import { prometheus } from "./providers/prometheus.ts"

const all: MetricProvider[] = [prometheus]

const providers: ReadonlyMap<string, MetricProvider> = new Map(
  all.flatMap((provider) => provider.types.map((type) => [type, provider] as const)),
)

export function providerFor(type: string): MetricProvider {
  const provider = providers.get(type)
  if (!provider) throw new Error(`unknown metrics provider ${type}: there are ${[...providers.keys()].join(", ")}`)
  return provider
}
