import type { Dispatcher } from "undici"

export interface Answered {
  /** 0 when there was no answer. */
  status: number
  version?: string
  /** Why there was no answer. */
  trouble?: string
}

export interface Outgoing {
  path: string
  method: Dispatcher.HttpMethod
  /** Names and values in turn. */
  headers: string[]
  timeoutMs: number
}

/** Enough for an answer that tells its version; what is longer is read, but not kept. */
const BODY_LIMIT = 64 * 1024
const tooLate = new Error("timeout")

/** Sends one request and reads all of the answer. `over` is called once. */
export function send(
  dispatcher: Dispatcher,
  { path, method, headers, timeoutMs }: Outgoing,
  over: (answered: Answered) => void,
): void {
  let controller: Dispatcher.DispatchController | undefined
  let isOver = false
  let status = 0
  let version: string | undefined
  let body: Buffer[] | undefined
  let length = 0

  const timer = setTimeout(() => {
    controller?.abort(tooLate)
    end({ status: 0, trouble: "timeout" })
  }, timeoutMs)

  function end(answered: Answered): void {
    if (isOver) return
    isOver = true
    clearTimeout(timer)
    over(answered)
  }

  dispatcher.dispatch(
    { path, method, headers },
    {
      onRequestStart(started) {
        controller = started
        if (isOver) controller.abort(tooLate)
      },
      onResponseStart(_, code, answerHeaders) {
        status = code
        const said = answerHeaders["x-version"]
        if (typeof said === "string") version = said
        else if (String(answerHeaders["content-type"]).includes("json")) body = []
      },
      onResponseData(_, chunk) {
        length += chunk.length
        if (length > BODY_LIMIT) body = undefined
        body?.push(chunk)
      },
      onResponseEnd: () => end({ status, version: version ?? (body && versionIn(Buffer.concat(body))) }),
      onResponseError: (_, error) => end({ status: 0, trouble: (error as { code?: string }).code ?? error.message }),
    },
  )
}

function versionIn(body: Buffer): string | undefined {
  try {
    const { version } = JSON.parse(body.toString()) as { version?: unknown }
    return typeof version === "string" ? version : undefined
  } catch {
    return undefined
  }
}
