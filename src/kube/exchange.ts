import { setMaxListeners } from "node:events"
import type { Dispatcher } from "undici"

export interface Exchange {
  method: string
  origin: string
  path: string
  headers: string[]
  body?: string
  signal?: AbortSignal
  /** Everything, or with `onChunk` only the answer's head, must be there by then. */
  deadlineMs: number
  /** Takes the body of a good answer as it comes, for as long as it comes, and not as text at the end. */
  onChunk?: (chunk: Buffer) => void
  /** With `onChunk`: longest silence that is not yet a broken connection. */
  idleMs?: number
}

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
}

/** The exchange did not come to its end. */
export class Interrupted extends Error {
  override readonly name = "Interrupted"
  /** False when the request certainly never left this process, so that repeating it is harmless. */
  readonly sent: boolean
  readonly code: string
  constructor(message: string, sent: boolean, cause: Error) {
    super(message, { cause })
    this.sent = sent
    this.code = (cause as NodeJS.ErrnoException).code ?? ""
  }
}

/** One request and its answer on one connection. Redirects are answers like any other. */
export function exchange(dispatcher: Dispatcher, request: Exchange): Promise<Answer> {
  const { signal, deadlineMs, idleMs = deadlineMs, onChunk } = request
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined
    let timer: NodeJS.Timeout | undefined
    let over = false
    let streams = false
    const chunks: Buffer[] = []
    const answer: Answer = { status: 0, headers: {}, text: "" }

    function finish(): void {
      over = true
      clearTimeout(timer)
      signal?.removeEventListener("abort", onAbort)
    }
    function giveUp(reason: unknown): void {
      if (over) return
      finish()
      reject(reason)
      controller?.abort(reason instanceof Error ? reason : new Error("aborted"))
    }
    function fail(cause: Error): void {
      const where = `${request.method} ${request.origin}${request.path}`
      const reason = cause.message || (cause as NodeJS.ErrnoException).code
      giveUp(new Interrupted(`${where}: ${reason}`, controller !== undefined, cause))
    }
    const onAbort = () => giveUp(signal?.reason)

    if (signal?.aborted) return reject(signal.reason)
    if (signal) {
      // One signal may rightly end any number of requests; Node suspects a leak at eleven.
      setMaxListeners(0, signal)
      signal.addEventListener("abort", onAbort, { once: true })
    }
    timer = setTimeout(() => fail(new Error(`no answer within ${deadlineMs / 1000}s`)), deadlineMs)
    const watchSilence = (): void => {
      clearTimeout(timer)
      const stalled = () => fail(new Error(`nothing received for ${idleMs / 1000}s, the connection is stalled`))
      timer = setTimeout(stalled, idleMs)
    }

    dispatcher.dispatch(
      {
        origin: request.origin,
        path: request.path,
        method: request.method,
        headers: request.headers,
        body: request.body ?? null,
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      {
        onRequestStart(started) {
          if (over) return started.abort(new Error("nobody waits for the answer"))
          controller = started
        },
        onResponseStart(_, status, headers) {
          answer.status = status
          answer.headers = headers
          streams = onChunk !== undefined && status === 200
          if (streams) watchSilence()
        },
        onResponseData(_, chunk) {
          if (over) return
          if (!streams) return void chunks.push(chunk)
          timer?.refresh()
          try {
            onChunk?.(chunk)
          } catch (error) {
            giveUp(error)
          }
        },
        onResponseEnd() {
          if (over) return
          finish()
          answer.text = textOf(chunks)
          resolve(answer)
        },
        onResponseError: (_, error) => fail(error),
      },
    )
  })
}

const textOf = (chunks: Buffer[]): string => (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString("utf8")
