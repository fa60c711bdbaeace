import { setMaxListeners } from "node:events"

export interface Delivery {
  deliver(signal: AbortSignal): Promise<void>
  failed(error: Error): void
}

export interface DeliveryQueueOptions {
  /** Deliveries that may wait in one lane. */
  limit?: number
  /** A delivery was given up because newer ones came. */
  dropped(lane: string): void
}

/** Deliveries of one lane go out one after another, in order; lanes do not wait for each other, and nobody waits for a lane. */
export interface DeliveryQueue {
  add(lane: string, delivery: Delivery): void
  /** Resolves when nothing is left. */
  idle(): Promise<void>
  /** Gives up what waits and what is under way. */
  close(): void
}

interface Lane {
  waiting: Delivery[]
  emptied: Promise<void>
}

export function createDeliveryQueue({ limit = 256, dropped }: DeliveryQueueOptions): DeliveryQueue {
  const lanes = new Map<string, Lane>()
  const stop = new AbortController()
  setMaxListeners(0, stop.signal)

  const empty = async (name: string, waiting: Delivery[]) => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await attempt(next, stop.signal)
    lanes.delete(name)
  }

  return {
    add(name, delivery) {
      if (stop.signal.aborted) return
      const lane = lanes.get(name)
      if (!lane) {
        const waiting = [delivery]
        lanes.set(name, { waiting, emptied: Promise.resolve().then(() => empty(name, waiting)) })
        return
      }
      lane.waiting.push(delivery)
      if (lane.waiting.length <= limit) return
      lane.waiting.shift()
      dropped(name)
    },
    async idle() {
      while (lanes.size > 0) await Promise.all(Array.from(lanes.values(), (lane) => lane.emptied))
    },
    close() {
      stop.abort()
      for (const lane of lanes.values()) lane.waiting.length = 0
    },
  }
}

async function attempt(delivery: Delivery, signal: AbortSignal): Promise<void> {
  try {
    await delivery.deliver(signal)
  } catch (error) {
    if (!signal.aborted) delivery.failed(error instanceof Error ? error : new Error(String(error)))
  }
}
