/** One outgoing request: to a metrics backend, a hook or a chat. */
export interface HttpRequest {
  method: "GET" | "POST" | "PUT" | "DELETE"
  url: string
  headers?: Record<string, string | string[]>
  body?: string
  timeoutMs: number
  /** Do not verify the server's certificate. */
  insecure?: boolean
  /** Proxy for this request; the environment's applies when absent. */
  proxy?: string
  /** More of the body than this is not read. */
  maxBytes?: number
}

export interface HttpResponse {
  status: number
  statusText: string
  headers: Record<string, string>
  body: string
  truncated: boolean
}

/** Keep-alive connections, redirects, time and size limits. Throws only when no answer came; the message is Go's, as users know it. */
export interface Http {
  send(request: HttpRequest, signal?: AbortSignal): Promise<HttpResponse>
}

/** No answer: the connection failed, was refused, or took too long. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer"
  /** Repeating cannot help: bad certificate, unknown scheme, too many redirects. */
  readonly final: boolean
  constructor(message: string, final: boolean, options?: ErrorOptions) {
    super(message, options)
    this.final = final
  }
}
