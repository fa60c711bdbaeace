import type { Canary } from "#api/canary.ts"
import { API_VERSION } from "#api/canary.ts"
import { keyOf, refOf } from "#api/objects.ts"
import { namespaceOf, targetName } from "#api/release.ts"

export const canaryKind = { apiVersion: API_VERSION, kind: "Canary" } as const

/** Names a canary in queues and as a follower of objects. */
export const keyOfCanary = (canary: Canary): string => keyOf(refOf(canary))

/** All canaries by what they release: two on one target would undo each other's work. */
export interface Canaries {
  get(key: string): Canary | undefined
  took(canary: Canary): void
  /** The canaries that the target is free for now. */
  lost(canary: Canary): Canary[]
  /** Whom a canary's target belongs to, when not to itself: the older of two has it. */
  holderOfTarget(canary: Canary): Canary | undefined
  perNamespace(): Map<string, number>
}

export function createCanaries(): Canaries {
  const all = new Map<string, Canary>()
  const byTarget = new Map<string, Map<string, Canary>>()

  function leaveTarget(canary: Canary): void {
    const key = targetKey(canary)
    const sharing = byTarget.get(key)
    sharing?.delete(keyOfCanary(canary))
    if (sharing?.size === 0) byTarget.delete(key)
  }

  return {
    get: (key) => all.get(key),
    took(canary) {
      const key = keyOfCanary(canary)
      const before = all.get(key)
      if (before && targetKey(before) !== targetKey(canary)) leaveTarget(before)
      all.set(key, canary)
      const sharing = byTarget.get(targetKey(canary)) ?? new Map<string, Canary>()
      byTarget.set(targetKey(canary), sharing.set(key, canary))
    },
    lost(canary) {
      all.delete(keyOfCanary(canary))
      leaveTarget(canary)
      return [...(byTarget.get(targetKey(canary))?.values() ?? [])]
    },
    holderOfTarget(canary) {
      const sharing = byTarget.get(targetKey(canary))
      if (!sharing || sharing.size < 2) return undefined
      const [oldest] = [...sharing.values()].sort(byAge)
      return oldest && keyOfCanary(oldest) !== keyOfCanary(canary) ? oldest : undefined
    },
    perNamespace() {
      const counts = new Map<string, number>()
      for (const canary of all.values()) counts.set(namespaceOf(canary), (counts.get(namespaceOf(canary)) ?? 0) + 1)
      return counts
    },
  }
}

const targetKey = (canary: Canary): string =>
  `${canary.spec?.targetRef?.kind}/${namespaceOf(canary)}/${canary.spec?.targetRef ? targetName(canary) : canary.metadata.name}`

function byAge(one: Canary, other: Canary): number {
  const [a, b] = [one, other].map(({ metadata }) => `${metadata.creationTimestamp ?? ""} ${metadata.name}`)
  return a! < b! ? -1 : 1
}
