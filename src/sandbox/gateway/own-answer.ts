import type { ServerResponse } from "node:http"
import type { Answer } from "./decision.ts"

/** An answer of the gateway itself. */
export function ownAnswer(response: ServerResponse, { status, headers, text }: Omit<Answer, "route">): void {
  const body = text && `${text}\n`
  const framing =
    status === 204
      ? []
      : ["content-type", "text/plain; charset=utf-8", "content-length", String(Buffer.byteLength(body))]
  response.writeHead(status, [...headers, ...framing])
  response.end(body)
}
