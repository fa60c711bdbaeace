import type { KubeObject, ObjectRef } from "#api/objects.ts"
import { isConflict, type KubeApi } from "./contract.ts"

export interface LeaseWanted {
  api: KubeApi
  namespace: string
  name: string
  identity: string
  leaseSeconds: number
  /** Milliseconds since 1970 that never jump. */
  now(): number
}

interface LeaseSpec {
  holderIdentity?: string
  leaseDurationSeconds?: number
  leaseTransitions?: number
  acquireTime?: string
  renewTime?: string
}

/** One candidate's view of a Lease. */
export interface LeaseLock {
  /** Makes the lease ours, or keeps it so. False when somebody else has it. */
  take(signal: AbortSignal): Promise<boolean>
  /** Lets the next candidate in at once, if the lease is still ours. */
  release(signal: AbortSignal): Promise<void>
  /** As last seen. */
  holder(): string
}

export function createLeaseLock({ api, namespace, name, identity, leaseSeconds, now }: LeaseWanted): LeaseLock {
  const ref: ObjectRef = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", namespace, name }
  let seen: KubeObject | undefined
  let seenAt = 0

  const spec = (): LeaseSpec => seen?.spec ?? {}
  const holder = () => spec().holderIdentity ?? ""

  function see(found: KubeObject | undefined): void {
    // Clocks of nodes differ, so a lease lives from when we saw it change, whatever times are written in it.
    if (JSON.stringify(found?.spec) !== JSON.stringify(seen?.spec)) seenAt = now()
    seen = found
  }

  function isFree(): boolean {
    const seconds = spec().leaseDurationSeconds ?? leaseSeconds
    return holder() === "" || now() >= seenAt + seconds * 1000
  }

  /** What the lease says when it is ours. */
  function claim(): LeaseSpec {
    const renewTime = microTime(now())
    const ours = { holderIdentity: identity, leaseDurationSeconds: leaseSeconds, renewTime }
    if (holder() === identity) return ours
    const leaseTransitions = seen ? (spec().leaseTransitions ?? 0) + 1 : 0
    return { ...ours, acquireTime: renewTime, leaseTransitions }
  }

  async function write(changes: LeaseSpec, signal: AbortSignal): Promise<boolean> {
    const { apiVersion, kind } = ref
    const resourceVersion = seen?.metadata.resourceVersion
    try {
      const written = seen
        ? await api.patch(ref, { metadata: { resourceVersion }, spec: changes }, { signal })
        : await api.create({ apiVersion, kind, metadata: { namespace, name }, spec: changes }, { signal })
      see(written)
      return true
    } catch (error) {
      if (isConflict(error)) return false
      throw error
    }
  }

  return {
    async take(signal) {
      // While nobody interferes a renewal is a single request.
      if (holder() === identity && (await write(claim(), signal))) return true
      see(await api.get(ref, { signal }))
      if (holder() !== identity && !isFree()) return false
      return write(claim(), signal)
    },
    async release(signal) {
      see(await api.get(ref, { signal }))
      if (holder() !== identity) return
      const at = microTime(now())
      await write({ holderIdentity: "", leaseDurationSeconds: 1, acquireTime: at, renewTime: at }, signal)
    },
    holder,
  }
}

/** Kubernetes' MicroTime. */
function microTime(ms: number): string {
  const micros = String(Math.floor((ms % 1000) * 1000)).padStart(6, "0")
  return `${new Date(ms).toISOString().slice(0, 19)}.${micros}Z`
}
