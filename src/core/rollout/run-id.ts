import { createHash } from "node:crypto"
import type { Canary } from "#api/canary.ts"

/**
 * The `flagger-id` of the primary's pods, shaped like a UUID. The same release always gives the same one, so a promotion
 * that is repeated after a crash changes nothing; any other release, also of configs alone, gives another.
 */
export function primaryId(canary: Canary, revision: string, configs: Record<string, string> | undefined): string {
  const sums = Object.entries(configs ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  const text = JSON.stringify([canary.metadata.uid, revision, sums])
  const hex = createHash("sha256").update(text).digest("hex")
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  )
}
