import { setMaxListeners } from "node:events"

/**
 * Runs a task that any of the signals stops. Unlike `AbortSignal.any` it leaves nothing behind on signals that live as long
 * as the process.
 */
export async function stoppedBy<T>(
  signals: (AbortSignal | undefined)[],
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stopping = new AbortController()
  const links = signals.filter((signal) => signal !== undefined).map((signal) => linked(signal, stopping))
  try {
    return await task(stopping.signal)
  } finally {
    for (const unlink of links) unlink()
  }
}

function linked(signal: AbortSignal, stopping: AbortController): () => void {
  const stop = () => stopping.abort(signal.reason)
  if (signal.aborted) stop()
  // One signal may rightly stop any number of tasks; Node suspects a leak at eleven.
  setMaxListeners(0, signal)
  signal.addEventListener("abort", stop, { once: true })
  return () => signal.removeEventListener("abort", stop)
}
