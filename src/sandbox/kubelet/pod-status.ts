import { isDeepStrictEqual } from "node:util"
import { ApiError, type Log } from "#kube/contract.ts"
import type { Clock, Cluster } from "../contract.ts"
import { type Pod, podRef } from "./pod.ts"
import { type PodView, statusOf } from "./status.ts"

export interface PodStatusWriter {
  /** Something is different. What changes at the same time is written at once. */
  changed(): void
  write(): void
  /** Writes nothing any more. */
  close(): void
}

export function createPodStatus(
  { cluster, clock, log }: { cluster: Cluster; clock: Clock; log: Log },
  first: Pod,
  view: () => Omit<PodView, "pod">,
): PodStatusWriter {
  let isDue = false
  let isClosed = false

  function write(): void {
    isDue = false
    if (isClosed) return
    try {
      const pod = cluster.get(podRef(first)) as Pod | undefined
      if (!pod || pod.metadata.uid !== first.metadata.uid) return
      const status = statusOf({ pod, ...view() }, clock.now())
      if (!isDeepStrictEqual(status, pod.status)) cluster.update({ ...pod, status }, "status")
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return
      log(`the status of pod ${first.metadata.namespace}/${first.metadata.name} could not be written`, error)
    }
  }

  return {
    changed() {
      if (isDue) return
      isDue = true
      queueMicrotask(write)
    },
    write,
    close() {
      isClosed = true
    },
  }
}
