interface Shared<T> {
  result: Promise<T>
  stop: AbortController
  wanted: number
}

/** Work that several ask for at the same time is done once. It is stopped when nobody waits for it any more. */
export type Sharing<T> = (key: string, work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal) => Promise<T>

export function createSharing<T>(canceled: (reason: unknown) => Error): Sharing<T> {
  const underWay = new Map<string, Shared<T>>()

  function begin(key: string, work: (signal: AbortSignal) => Promise<T>): Shared<T> {
    const stop = new AbortController()
    const shared: Shared<T> = { result: work(stop.signal), stop, wanted: 0 }
    underWay.set(key, shared)
    const end = () => {
      if (underWay.get(key) === shared) underWay.delete(key)
    }
    shared.result.then(end, end)
    return shared
  }

  return async (key, work, signal) => {
    if (signal.aborted) throw canceled(signal.reason)
    const shared = underWay.get(key) ?? begin(key, work)
    shared.wanted++
    let leave = () => {}
    const left = new Promise<never>((_resolve, reject) => {
      leave = () => reject(canceled(signal.reason))
      signal.addEventListener("abort", leave, { once: true })
    })
    try {
      return await Promise.race([shared.result, left])
    } finally {
      signal.removeEventListener("abort", leave)
      if (--shared.wanted === 0) {
        underWay.delete(key)
        shared.stop.abort(signal.reason)
      }
    }
  }
}
