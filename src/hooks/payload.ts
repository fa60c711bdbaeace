import type { Canary, CanaryStatus, Phase } from "#api/canary.ts"
import { fnv1a32, safeEncode } from "#core/text/fnv.ts"

/** What hooks are told about a canary. */
export interface HookPayload {
  name: string
  namespace: string
  phase: Phase
  /** Identifies the revision and its configs. */
  checksum: string
  metadata?: Record<string, string>
}

export function hookPayload(canary: Canary, phase: Phase, metadata: Record<string, string> = {}): HookPayload {
  return {
    name: canary.metadata.name,
    namespace: canary.metadata.namespace,
    phase,
    checksum: checksumOf(canary.status),
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
  }
}

/** The original hashes Go's print-out of a struct; receivers may compare checksums across an upgrade. */
export function checksumOf(status: CanaryStatus | undefined): string {
  const printed =
    "(struct { TrackedConfigs *map[string]string; LastAppliedSpec string })" +
    `{TrackedConfigs:(*map[string]string)${printedMap(status?.trackedConfigs)}` +
    ` LastAppliedSpec:(string)${status?.lastAppliedSpec ?? ""}}`
  return safeEncode(`${fnv1a32(printed)}`)
}

function printedMap(map: Record<string, string> | undefined): string {
  if (!map) return "<nil>"
  const pairs = Object.keys(map)
    .toSorted()
    .map((key) => `${key}:${map[key]}`)
  return `map[${pairs.join(" ")}]`
}
