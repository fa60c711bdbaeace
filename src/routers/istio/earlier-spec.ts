import { isDeepStrictEqual } from "node:util"
import type { Canary } from "#api/canary.ts"
import type { KubeObject } from "#api/objects.ts"
import { fluxOff, LAST_APPLIED, ORIGINAL_CONFIG } from "#api/release.ts"
import { RouteRefused } from "../contract.ts"

/** True until the first write to a VirtualService that was there before the canary. */
export function isForeign(canary: Canary, live: KubeObject): boolean {
  const { ownerReferences = [], annotations = {} } = live.metadata
  const isOwned = ownerReferences.some(({ kind, name }) => kind === "Canary" && name === canary.metadata.name)
  const isMarked = Object.entries(fluxOff).every(([key, value]) => annotations[key] === value)
  return !isOwned && !isMarked && !(ORIGINAL_CONFIG in annotations)
}

/** Keeps what the VirtualService was before the canary, to be put back when the canary leaves. */
export function memoryOf(canary: Canary, live: KubeObject | undefined, desired: unknown): Record<string, string> {
  if (!live || !isForeign(canary, live) || isDeepStrictEqual(live.spec, desired)) return {}
  if (live.metadata.annotations && LAST_APPLIED in live.metadata.annotations) return {}
  return { [ORIGINAL_CONFIG]: textOf(live.spec ?? {}) }
}

/** Keys in order: the same spec gives the same text. */
const textOf = (spec: object): string =>
  JSON.stringify(spec, (_, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )

/** What the VirtualService was before the canary; undefined when nobody kept it. */
export function earlierSpec(live: KubeObject): object | undefined {
  const { [LAST_APPLIED]: lastApplied, [ORIGINAL_CONFIG]: original } = live.metadata.annotations ?? {}
  if (lastApplied !== undefined) return objectIn(live, LAST_APPLIED, (parsed) => parsed?.spec)
  if (original !== undefined) return objectIn(live, ORIGINAL_CONFIG, (parsed) => parsed)
  return undefined
}

function objectIn(live: KubeObject, annotation: string, pick: (parsed: KubeObject | null) => unknown): object {
  const { name, namespace, annotations } = live.metadata
  const refusal = `VirtualService ${name}.${namespace} cannot be put back: annotation ${annotation}`
  let spec: unknown
  try {
    spec = pick(JSON.parse(annotations?.[annotation] ?? ""))
  } catch (cause) {
    throw new RouteRefused(`${refusal} is not JSON`, { cause })
  }
  if (typeof spec !== "object" || spec === null || Array.isArray(spec)) throw new RouteRefused(`${refusal} has no spec`)
  return spec
}
