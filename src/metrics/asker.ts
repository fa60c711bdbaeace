import { type Http, type HttpRequest, type HttpResponse, NoAnswer } from "#net/contract.ts"
import { type Backend, createBackend } from "./backend.ts"
import { createSharing } from "./sharing.ts"

/**
 * Spares the metrics backends: what several canaries ask at the same time is asked once, each backend gets a limited
 * number of requests at a time, and one that does not answer is left alone for a moment.
 */
export function createAsker(http: Http, { maxConcurrent }: { maxConcurrent: number }): Http {
  const backends = new Map<string, Backend>()
  const share = createSharing<HttpResponse>((cause) => new NoAnswer("context canceled", true, { cause }))

  async function send(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    const name = backendName(request.url)
    const backend = backends.get(name) ?? createBackend(maxConcurrent)
    backends.set(name, backend)
    try {
      return await backend.run(() => http.send(request, signal), signal)
    } finally {
      if (backend.idle()) backends.delete(name)
    }
  }

  return {
    send(request, signal = new AbortController().signal) {
      if (request.method !== "GET") return send(request, signal)
      // The headers are part of it: who asks with other credentials may get another answer.
      return share(JSON.stringify(request), (shared) => send(request, shared), signal)
    },
  }
}

const backendName = (url: string): string => (URL.canParse(url) ? new URL(url).origin : url)
