export interface BackOffLimits {
  firstMs: number
  longestMs: number
}

export const usualBackOff: BackOffLimits = { firstMs: 10_000, longestMs: 300_000 }

/** How long a container that has ended waits: not at all the first time, then longer each time, until it has run long enough. */
export function createBackOff({ firstMs, longestMs }: BackOffLimits): (ranForMs: number) => number {
  let nextMs = 0
  return (ranForMs) => {
    if (ranForMs > 2 * longestMs) nextMs = 0
    const waitMs = nextMs
    nextMs = Math.min(longestMs, waitMs * 2 || firstMs)
    return waitMs
  }
}
