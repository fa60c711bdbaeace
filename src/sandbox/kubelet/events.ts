import type { KubeObject } from "#api/objects.ts"
import type { Log } from "#kube/contract.ts"
import type { Clock, Cluster } from "../contract.ts"
import { createEventWriter, type Happening as AnyHappening, type Told } from "../events.ts"

export type Happening = Omit<AnyHappening, "source">

export type Tell = (about: KubeObject, happening: Happening, component?: string) => void

/** Of one kind about one object, before it is counted only now and then. */
const AT_ONCE = 25
const LATER_EVERY_MS = 300_000

/** Events of the node: probes fail again and again, which is not worth a write each time. */
export function createTell({ host, ...world }: { cluster: Cluster; clock: Clock; log: Log; host: string }): Tell {
  const isDue = ({ count, writtenMs }: Told, nowMs: number) => count <= AT_ONCE || nowMs - writtenMs >= LATER_EVERY_MS
  const write = createEventWriter({ ...world, isDue })
  return (about, happening, component = "kubelet") =>
    write(about, { ...happening, source: component === "kubelet" ? { component, host } : { component } })
}
