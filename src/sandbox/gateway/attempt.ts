import type { Dispatcher } from "undici"
import type { Lease, Upstream } from "./upstream.ts"

export type AnsweredHeaders = Readonly<Record<string, string | string[] | undefined>>

/** Who hears of what a pod answers. */
export interface Listener {
  onHead(status: number, headers: AnsweredHeaders, statusText: string): void
  /** False asks for a pause until `resume`. */
  onData(chunk: Buffer): boolean
  onEnd(): void
  onFailure(error: Error): void
}

const stopped = new Error("stopped")

/** One request to one pod. Its listener hears nothing more once it is stopped. */
export class Attempt implements Dispatcher.DispatchHandler {
  readonly upstream: Upstream
  readonly startedAt = performance.now()
  /** 0 until there is one. */
  status = 0
  /** Bytes have gone to the pod. */
  isSent = false
  isOver = false
  readonly #listener: Listener
  #lease: Lease | undefined
  #wasReused = false
  #controller: Dispatcher.DispatchController | undefined

  constructor(upstream: Upstream, listener: Listener) {
    this.upstream = upstream
    this.#listener = listener
  }

  send(options: Dispatcher.DispatchOptions): void {
    this.#lease = this.upstream.take()
    this.#lease.dispatch(options, this)
  }

  /** It went over a kept connection and not a byte came back: the pod may have closed it before the request came. */
  get mayBeUnseen(): boolean {
    return this.isSent && this.status === 0 && this.#wasReused
  }

  resume(): void {
    this.#controller?.resume()
  }

  /** A connection that is still being made is let go when that has ended. */
  stop(): void {
    if (this.isOver) return
    this.isOver = true
    this.#controller?.abort(stopped)
  }

  #release(): void {
    this.#lease?.giveBack()
    this.#lease = undefined
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    this.isSent = true
    this.#wasReused = this.#lease?.isReused() ?? false
    if (this.isOver) controller.abort(stopped)
  }

  onResponseStart(_: unknown, status: number, headers: AnsweredHeaders, statusText = ""): void {
    if (status < 200 || this.isOver) return
    this.status = status
    this.#listener.onHead(status, headers, statusText)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.isOver && !this.#listener.onData(chunk)) controller.pause()
  }

  onResponseEnd(): void {
    this.#release()
    if (this.isOver) return
    this.isOver = true
    this.#listener.onEnd()
  }

  /** Also told, and at once, of what was stopped. */
  onResponseError(_: unknown, error: Error): void {
    this.#release()
    if (this.isOver) return
    this.isOver = true
    this.#listener.onFailure(error)
  }
}
