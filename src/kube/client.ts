import { type KubeObject, refOf } from "#api/objects.ts"
import { type Call, connect } from "./connection.ts"
import type { CallOptions, KubeApi } from "./contract.ts"
import type { Answer } from "./exchange.ts"
import type { Credentials } from "./identity.ts"
import { homeOf, pathOf } from "./kinds.ts"
import { createLineSplitter } from "./lines.ts"
import { createSender } from "./patience.ts"
import { createRateLimits } from "./rate-limit.ts"
import { isGood, parsed, refusal } from "./refusal.ts"

export interface ClientOptions {
  /** Requests per second over a long time, and at once; for each family of kinds. */
  qps: number
  burst: number
  userAgent: string
  /** Closes the client. */
  signal?: AbortSignal
  /** For one request and its answer, without the wait for its turn. */
  deadlineMs?: number
  /** Longest silence of a watch. Bookmarks come about every minute, so a longer one means a broken connection. */
  idleMs?: number
  /** Is told of every answer: its status, or why there was none. */
  onAnswer?: (method: string, outcome: number | string) => void
}

export interface ReadOptions extends CallOptions {
  /** Media types of the answer, when not plain JSON. */
  accept?: string
}

export interface KubeClient extends KubeApi {
  raw(method: string, path: string, body?: unknown, options?: ReadOptions): Promise<unknown>
  /** Follows a watch until the server ends it. Throws when it is refused, breaks or goes silent; starting anew is up to the caller. */
  watch(path: string, options: ReadOptions & { onLine: (line: string) => void }): Promise<void>
  /** Ends everything under way, and all later calls, with an error. */
  close(): Promise<void>
}

const contentTypes = { merge: "application/merge-patch+json", json: "application/json-patch+json" }

export function createKubeApi(credentials: Credentials, options: ClientOptions): KubeClient {
  const { userAgent, deadlineMs = 30_000, idleMs = 90_000, onAnswer } = options
  const closing = new AbortController()
  const connection = connect(credentials, { userAgent, deadlineMs, idleMs, onAnswer })
  const send = createSender(connection, createRateLimits(options), closing.signal)

  async function accepted(call: Call): Promise<Answer> {
    const answer = await send(call)
    if (!isGood(answer)) throw refusal(call, answer)
    return answer
  }
  const asked = async (call: Call) => parsed(call, await accepted(call)) as KubeObject

  async function close(): Promise<void> {
    closing.abort(new Error(`the client of ${connection.host} is closed`))
    await connection.close()
  }
  if (options.signal?.aborted) void close()
  options.signal?.addEventListener("abort", () => void close(), { once: true })

  return {
    host: connection.host,

    async get(ref, { signal } = {}) {
      const call: Call = { method: "GET", path: pathOf(ref), repeatable: true, signal }
      const answer = await send(call)
      if (answer.status === 404) return undefined
      if (!isGood(answer)) throw refusal(call, answer)
      return parsed(call, answer) as KubeObject
    },

    async create(object, { signal } = {}) {
      const body = JSON.stringify(object)
      return asked({ method: "POST", path: homeOf(refOf(object)), body, contentType: "application/json", signal })
    },

    async patch(ref, body, { subresource, type = "merge", signal } = {}) {
      return asked({
        method: "PATCH",
        path: pathOf(ref, subresource),
        body: JSON.stringify(body),
        contentType: contentTypes[type],
        repeatable: type === "merge" && !isConditional(body),
        signal,
      })
    },

    async delete(ref, { signal } = {}) {
      const call: Call = { method: "DELETE", path: pathOf(ref), repeatable: true, signal }
      const answer = await send(call)
      // The first try may have done it although its answer got lost.
      const isGone = answer.status === 404 && answer.tries > 1
      if (!isGood(answer) && !isGone) throw refusal(call, answer)
    },

    async raw(method, path, body, reading = {}) {
      const content = body === undefined ? {} : { body: JSON.stringify(body), contentType: contentTypeOf(method) }
      const call: Call = { method, path, ...content, repeatable: method === "GET" || method === "DELETE", ...reading }
      const answer = await accepted(call)
      return String(answer.headers["content-type"]).includes("json") ? parsed(call, answer) : answer.text
    },

    async watch(path, { onLine, ...reading }) {
      const lines = createLineSplitter(onLine)
      await accepted({ method: "GET", path, onChunk: lines.push, ...reading })
      lines.end()
    },

    close,
  }
}

const contentTypeOf = (method: string): string => (method === "PATCH" ? contentTypes.merge : "application/json")

/** A conditional patch that is repeated after it succeeded unseen would look like somebody else's conflict. */
const isConditional = (body: unknown): boolean =>
  (body as { metadata?: { resourceVersion?: string } } | undefined)?.metadata?.resourceVersion !== undefined
