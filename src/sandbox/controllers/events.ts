import type { KubeObject } from "#api/objects.ts"
import type { Clock, Cluster } from "../contract.ts"
import { createEventWriter } from "../events.ts"
import type { OnError } from "./loop.ts"

export interface Told {
  by: string
  type?: "Normal" | "Warning"
  reason: string
  message: string
}
export type Tell = (about: KubeObject, told: Told) => void

/** Events of controllers. */
export function createTell({ onError, ...world }: { cluster: Cluster; clock: Clock; onError: OnError }): Tell {
  const write = createEventWriter({ ...world, log: onError })
  return (about, { by, type = "Normal", reason, message }) =>
    write(about, { type, reason, message, source: { component: by } })
}
