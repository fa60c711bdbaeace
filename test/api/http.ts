import { type Agent, type Dispatcher, request } from "undici"
import type { KubeObject } from "#api/objects.ts"
import { openWatch, type Watch } from "./watch.ts"

interface Answer {
  status: number
  headers: Record<string, string>
  /** Parsed where it is JSON. */
  body: any
}

interface RequestOptions {
  /** Content type of the body. */
  type?: string
  accept?: string
}

/** Requests of one user. */
export interface Api {
  send(method: Dispatcher.HttpMethod, path: string, body?: unknown, options?: RequestOptions): Promise<Answer>
  get(path: string, options?: RequestOptions): Promise<Answer>
  create(path: string, body: unknown, options?: RequestOptions): Promise<Answer>
  replace(path: string, body: unknown, options?: RequestOptions): Promise<Answer>
  patch(path: string, type: PatchType, body: unknown): Promise<Answer>
  /** Server-side apply by a field manager of this name. */
  apply(path: string, manager: string, body: unknown, options?: { force: boolean }): Promise<Answer>
  delete(path: string, options?: unknown): Promise<Answer>
  /** Creates what a case starts from. */
  given(path: string, object: unknown): Promise<KubeObject>
  /** What is there, which must be there. */
  read(path: string): Promise<any>
  watch(path: string, options?: RequestOptions): Promise<Watch>
}

const patchTypes = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
}
type PatchType = keyof typeof patchTypes

/** The field manager of what is written without naming one. */
export const agentName = "api-suite"

export function connect(url: string, agent: Agent, token?: string): Api {
  const identity = { "user-agent": `${agentName}/1.0`, ...(token ? { authorization: `Bearer ${token}` } : {}) }

  const open = (method: Dispatcher.HttpMethod, path: string, body: unknown, { type, accept }: RequestOptions) =>
    request(url + path, {
      method,
      dispatcher: agent,
      headers: {
        ...identity,
        ...(accept ? { accept } : {}),
        ...(body === undefined ? {} : { "content-type": type ?? "application/json" }),
      },
      body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
    })

  const send: Api["send"] = async (method, path, body, options = {}) => {
    const answer = await open(method, path, body, options)
    const headers = answer.headers as Record<string, string>
    return { status: answer.statusCode, headers, body: parsed(await answer.body.text()) }
  }

  const must = async (asked: Promise<Answer>) => {
    const { status, body } = await asked
    if (status >= 300) throw new Error(`${status}: ${body?.message ?? body}`)
    return body
  }

  const patch: Api["patch"] = (path, type, body) => send("PATCH", path, body, { type: patchTypes[type] })

  return {
    send,
    get: (path, options) => send("GET", path, undefined, options),
    create: (path, body, options) => send("POST", path, body, options),
    replace: (path, body, options) => send("PUT", path, body, options),
    patch,
    apply: (path, manager, body, { force } = { force: false }) =>
      patch(
        `${path}${path.includes("?") ? "&" : "?"}fieldManager=${manager}${force ? "&force=true" : ""}`,
        "apply",
        body,
      ),
    delete: (path, options) => send("DELETE", path, options),
    given: (path, object) => must(send("POST", path, object)),
    read: (path) => must(send("GET", path)),
    watch: async (path, options = {}) => openWatch(await open("GET", path, undefined, options)),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** The answer that refuses a request. */
export const refusal = (status: number, reason: string, message: unknown, details?: Record<string, unknown>) => ({
  status,
  body: {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason,
    ...(details ? { details } : {}),
    code: status,
  },
})

/** What is wrong with an object that was refused, as "field: message". */
export const problemsOf = ({ status, body }: Answer): string[] => {
  if (status !== 422) throw new Error(`${status}: ${body?.message}`)
  return body.details.causes.map(({ field, message }: { field: string; message: string }) => `${field}: ${message}`)
}
