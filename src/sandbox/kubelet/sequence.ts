import type { Bell } from "./bell.ts"
import type { ContainerLife } from "./container.ts"
import { isSidecar } from "./pod.ts"

const isLasting = ({ view }: ContainerLife): boolean => view.isInit && isSidecar(view.spec)
const LOOK_MS = 60_000

/** Runs init containers one after the other, then the others together. Resolves when those have ended for good. */
export async function runInOrder(
  containers: readonly ContainerLife[],
  { progress, signal }: { progress: Bell; signal: AbortSignal },
): Promise<void> {
  for (const container of containers.filter(({ view }) => view.isInit)) {
    const end = container.run()
    if (isLasting(container)) {
      while (!container.view.started && !signal.aborted) await progress.wait(LOOK_MS, signal)
    } else {
      await end
      if (container.view.state.terminated?.exitCode !== 0) return
    }
    if (signal.aborted) return
  }
  await Promise.all(containers.filter(({ view }) => !view.isInit).map((container) => container.run()))
}

/** Ends what runs beside the others, the last one first. */
export async function stopLasting(containers: readonly ContainerLife[], graceMs: () => number): Promise<void> {
  for (const container of containers.filter(isLasting).toReversed()) await container.stop(graceMs())
}

/** Ends the others; those that run beside them are still needed until then. */
export function stopOthers(containers: readonly ContainerLife[], graceMs: number): void {
  for (const container of containers) if (!isLasting(container)) void container.stop(graceMs)
}
