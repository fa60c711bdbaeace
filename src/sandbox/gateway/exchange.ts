import type { IncomingMessage, ServerResponse } from "node:http"
import { type AnsweredHeaders, Attempt, type Listener } from "./attempt.ts"
import { CORS_HEADERS } from "./cors.ts"
import type { Forward } from "./decision.ts"
import { edited, type HeaderList, passedBack, without } from "./headers.ts"
import { sendCopies } from "./mirror.ts"
import { type Outgoing, outgoing } from "./outgoing.ts"
import type { Plane } from "./plane.ts"
import { type RequestBody, requestBody } from "./request-body.ts"
import type { RequestHead } from "./request-head.ts"
import { ownAnswer } from "./own-answer.ts"
import { sessionHeaders } from "./sessions.ts"
import { backendFor } from "./table.ts"
import { tellPod, tellServed } from "./tell.ts"
import type { Upstream } from "./upstream.ts"

/** A pod that refused a connection is passed over for a while. */
const REST_MS = 500
const CLIENT_LEFT = 499

/** One request of a client, until it has its answer: over one pod or, where nothing is lost by it, several. */
export class Exchange implements Listener {
  readonly #plane: Plane
  readonly #incoming: IncomingMessage
  readonly #response: ServerResponse
  readonly #forward: Forward
  readonly #outgoing: Outgoing
  readonly #body: RequestBody | undefined
  readonly #startedAt: number
  #tried: Set<string> | undefined
  #attempt: Attempt | undefined
  #retriesLeft: number
  #version: string | undefined
  #hasBegun = false
  #waitsForDrain = false
  #isOver = false
  #requestTimer: NodeJS.Timeout | undefined
  #attemptTimer: NodeJS.Timeout | undefined

  constructor(
    plane: Plane,
    client: { incoming: IncomingMessage; response: ServerResponse },
    head: RequestHead,
    forward: Forward,
  ) {
    this.#plane = plane
    this.#incoming = client.incoming
    this.#response = client.response
    this.#forward = forward
    this.#startedAt = performance.now()
    this.#outgoing = outgoing(client.incoming, head, forward)
    this.#body = head.hasBody ? requestBody(client.incoming) : undefined
    this.#retriesLeft = this.#body ? 0 : (forward.rule?.retry?.attempts ?? 0)
  }

  start(): void {
    const { rule, share } = this.#forward
    if (rule?.requestTimeoutMs) this.#requestTimer = setTimeout(() => this.#timedOut(), rule.requestTimeoutMs)
    this.#response.on("close", () => this.#clientClosed())
    if (share.mirrors.length > 0) sendCopies(this.#plane, this.#forward, this.#outgoing, this.#body)
    this.#try()
  }

  #try(): void {
    const upstream = this.#pick()
    if (!upstream) return this.#noEndpoint()
    const attempt = new Attempt(upstream, this)
    this.#attempt = attempt
    const limit = this.#forward.rule?.backendTimeoutMs
    if (limit) this.#attemptTimer = setTimeout(() => this.#timedOut(), limit)
    attempt.send(this.#body ? { ...this.#outgoing.options, body: this.#body.stream } : this.#outgoing.options)
  }

  #pick(): Upstream | undefined {
    const { pinned, share } = this.#forward
    if (pinned && !this.#tried?.has(pinned.endpoint.key)) return this.#plane.upstreams.of(pinned.endpoint)
    const backend = backendFor(this.#plane.table(), share.to)
    return backend && this.#plane.upstreams.pick(backend, this.#outgoing.clientAddress, this.#tried)
  }

  onHead(status: number, headers: AnsweredHeaders, statusText: string): void {
    if (this.#asksForRetry(status)) return this.#retryAnswered(status)
    const version = headers["x-version"]
    if (typeof version === "string") this.#version = version
    this.#response.writeHead(status, statusText || undefined, this.#answerHeaders(headers))
    queueMicrotask(() => this.#flush())
  }

  /** Most answers come in one piece and leave in one; a head without anything behind it is not to wait. */
  #flush(): void {
    if (!this.#isOver && !this.#hasBegun) this.#response.flushHeaders()
  }

  #answerHeaders(headers: AnsweredHeaders): HeaderList {
    const { rule, share, prefix, pinned } = this.#forward
    let list = passedBack(headers)
    if (share.responseEdits.length > 0) list = edited(list, share.responseEdits)
    const { origin } = rule?.cors ? this.#incoming.headers : {}
    if (rule?.cors && origin) list = [...without(list, CORS_HEADERS), ...rule.cors.granted(origin)]
    const { endpoint } = this.#attempt!.upstream
    if (rule?.session && pinned?.endpoint.key !== endpoint.key) {
      list.push(...sessionHeaders(rule.session, endpoint, prefix))
    }
    return list
  }

  onData(chunk: Buffer): boolean {
    this.#hasBegun = true
    if (this.#response.write(chunk)) return true
    if (!this.#waitsForDrain) this.#response.on("drain", () => this.#attempt?.resume())
    this.#waitsForDrain = true
    return false
  }

  onEnd(): void {
    this.#response.end()
    this.#podAnswered(this.#attempt!.status)
    this.#conclude(this.#attempt!.status)
  }

  onFailure(error: Error): void {
    const attempt = this.#attempt!
    clearTimeout(this.#attemptTimer)
    if (this.#incoming.destroyed && !this.#incoming.complete) return this.#clientClosed()
    if (!attempt.isSent && isConnectionTrouble(error)) {
      attempt.upstream.restsUntil = performance.now() + REST_MS
      return this.#another("connect", 503)
    }
    if (attempt.mayBeUnseen && this.#outgoing.isSafe && !this.#body) return this.#another("closed", 502)
    this.#fail(502, `pod ${this.#podName()}: ${error.message}`)
  }

  /** The same request to a pod that has not had it yet. */
  #another(reason: string, statusWhenNone: number): void {
    const { endpoint } = this.#attempt!.upstream
    this.#tried = new Set(this.#tried).add(endpoint.key)
    if (!this.#pick()) return this.#fail(statusWhenNone, `no pod of ${this.#serviceName()} takes the request`)
    this.#plane.metrics.retried(endpoint, reason)
    this.#try()
  }

  #asksForRetry(status: number): boolean {
    return this.#retriesLeft > 0 && (this.#forward.rule?.retry?.codes.has(status) ?? false)
  }

  #retryAnswered(status: number): void {
    const attempt = this.#attempt!
    this.#retriesLeft--
    attempt.stop()
    clearTimeout(this.#attemptTimer)
    this.#podAnswered(status)
    this.#attempt = undefined
    this.#plane.metrics.retried(attempt.upstream.endpoint, "status")
    this.#attemptTimer = setTimeout(() => this.#try(), this.#forward.rule?.retry?.backoffMs ?? 0)
  }

  #timedOut(): void {
    this.#attempt?.stop()
    this.#fail(504, `pod ${this.#podName()} took too long`)
  }

  #noEndpoint(): void {
    this.#fail(503, `no pod of ${this.#serviceName()} is ready`)
  }

  /** An answer that has begun can only be cut off. */
  #fail(status: number, text: string): void {
    if (this.#isOver) return
    if (this.#attempt) this.#podAnswered(status)
    this.#conclude(status)
    this.#body?.stream.destroy()
    if (this.#response.headersSent) this.#response.destroy()
    else ownAnswer(this.#response, { status, headers: [], text })
  }

  #clientClosed(): void {
    if (this.#isOver) return
    this.#attempt?.stop()
    if (this.#attempt) this.#podAnswered(CLIENT_LEFT)
    this.#body?.stream.destroy()
    this.#conclude(CLIENT_LEFT)
  }

  #podAnswered(status: number): void {
    const { upstream, startedAt } = this.#attempt!
    const { method } = this.#outgoing.options
    tellPod(this.#plane, upstream, { method, status, durationMs: performance.now() - startedAt })
  }

  #conclude(status: number): void {
    this.#isOver = true
    clearTimeout(this.#requestTimer)
    clearTimeout(this.#attemptTimer)
    const { route, share } = this.#forward
    tellServed(this.#plane, {
      route,
      to: share.to,
      upstream: this.#attempt?.upstream,
      version: this.#version,
      status,
      durationMs: performance.now() - this.#startedAt,
    })
  }

  #podName(): string {
    const { namespace = "", pod = "" } = this.#attempt?.upstream.endpoint ?? {}
    return `${namespace}/${pod}`
  }

  #serviceName(): string {
    return `Service ${this.#forward.share.to?.service}`
  }
}

/** Whatever comes before the first byte is sent, but for a request that cannot be sent at all. */
const isConnectionTrouble = (error: Error & { code?: string }): boolean => error.code !== "UND_ERR_INVALID_ARG"
