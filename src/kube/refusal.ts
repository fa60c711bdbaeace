import type { Call } from "./connection.ts"
import { ApiError } from "./contract.ts"
import type { Answer } from "./exchange.ts"

const MESSAGE_SHOWN = 2048
const BODY_SHOWN = 200

export const isGood = ({ status }: Answer): boolean => status >= 200 && status < 300

/** The server's own words where it has some, as every user of Kubernetes knows them. */
export function refusal(call: Call, answer: Answer): ApiError {
  const { message, reason } = statusOf(answer.text)
  const error = new ApiError(cut(message || described(call, answer), MESSAGE_SHOWN), answer.status, reason)
  const seconds = Number(answer.headers["retry-after"] ?? Number.NaN)
  return seconds > 0 ? Object.assign(error, { retryAfterMs: seconds * 1000 }) : error
}

function described({ method, path }: Call, { status, headers, text }: Answer): string {
  const body = text.trim()
  if (headers.location)
    return `${method} ${path}: the server points to ${String(headers.location)}, which is not followed`
  return `${method} ${path}: the server answered ${status}${body && `: ${cut(body, BODY_SHOWN)}`}`
}

/** The body of a good answer. */
export function parsed(call: Call, answer: Answer): unknown {
  try {
    return JSON.parse(answer.text)
  } catch (cause) {
    const body = answer.text.trim()
    // Half an object may be half a Secret.
    const shown = body.startsWith("{")
      ? `${body.length} characters of broken JSON`
      : `something that is not JSON: ${cut(body, BODY_SHOWN)}`
    const message = `${call.method} ${call.path}: the server answered ${answer.status} with ${shown}`
    throw new ApiError(message, answer.status, "UnexpectedAnswer", body.startsWith("{") ? {} : { cause })
  }
}

function statusOf(text: string): { message: string; reason: string } {
  try {
    const { kind, message, reason } = JSON.parse(text) as Record<string, unknown>
    if (kind === "Status") return { message: String(message ?? ""), reason: String(reason ?? "") }
  } catch {
    // Something between us and the API server answered.
  }
  return { message: "", reason: "" }
}

const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length - 1)}…` : text)
