import type { IncomingMessage } from "node:http"
import type { Dispatcher } from "undici"
import type { Forward } from "./decision.ts"
import { edited } from "./headers.ts"
import { modifiedPath } from "./paths.ts"
import { passedOn, type RequestHead } from "./request-head.ts"

/** A client's request as pods get it, without its body. */
export interface Outgoing {
  options: Dispatcher.DispatchOptions
  clientAddress: string
  /** Sending it twice does no harm. */
  isSafe: boolean
}

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"])

export function outgoing(incoming: IncomingMessage, head: RequestHead, { share, prefix }: Forward): Outgoing {
  const { rewrite, requestEdits } = share
  const clientAddress = incoming.socket.remoteAddress ?? ""
  const headers = passedOn(head, rewrite?.hostname ?? head.host, clientAddress)
  const method = incoming.method ?? "GET"
  return {
    options: {
      method,
      path: rewrite?.path ? rewritten(head.target, prefix, rewrite.path) : head.target,
      headers: requestEdits.length > 0 ? edited(headers, requestEdits) : headers,
    },
    clientAddress,
    isSafe: SAFE_METHODS.has(method),
  }
}

function rewritten(
  target: string,
  prefix: string,
  path: NonNullable<NonNullable<Forward["share"]["rewrite"]>["path"]>,
) {
  const query = target.indexOf("?")
  if (query < 0) return modifiedPath(path, target, prefix)
  return modifiedPath(path, target.slice(0, query), prefix) + target.slice(query)
}
