import type { Dispatcher } from "undici"
import { Agent, request } from "undici"
import type { KubeObject, ObjectRef } from "#api/objects.ts"

/** Where a running control plane is; may be handed to another process. */
export interface Address {
  folder: string
  server: string
  /** Empty where there is no TLS. */
  ca: string
}

export interface Kind {
  apiVersion: string
  kind: string
}

export interface Cluster {
  get(ref: ObjectRef): Promise<KubeObject | undefined>
  list(kind: Kind, namespace?: string): Promise<KubeObject[]>
  create(object: KubeObject): Promise<KubeObject>
  /** JSON merge patch. */
  patch(ref: ObjectRef, body: unknown, subresource?: "status"): Promise<KubeObject>
  delete(ref: ObjectRef): Promise<void>
  deleteAll(kind: Kind, namespace: string): Promise<void>
  /** Tells of every object that is there and of every change after it, until the signal. */
  watch(kind: Kind, seen: Seen, signal: AbortSignal): Promise<void>
  isServing(): Promise<boolean>
  close(): Promise<void>
}
export type Seen = (type: "ADDED" | "MODIFIED" | "DELETED", object: KubeObject) => void

/** The API server said no. */
export class Refused extends Error {
  override readonly name = "Refused"
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export const tokenOf = (user: string): string => `token-of-${user}`

/** A client of the control plane, as one of its users. */
export function connect({ server, ca }: Pick<Address, "server" | "ca">, user: string): Cluster {
  const agent = new Agent({ connections: 64, connect: ca ? { ca } : {}, bodyTimeout: 0 })
  const headers = { authorization: `Bearer ${tokenOf(user)}`, "user-agent": `rig/${user}` }

  async function send(method: Dispatcher.HttpMethod, path: string, body?: unknown): Promise<any> {
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json"
    const answer = await request(server + path, {
      method,
      dispatcher: agent,
      headers: body === undefined ? headers : { ...headers, "content-type": type },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    const text = await answer.body.text()
    if (answer.statusCode < 300) return text.startsWith("{") ? JSON.parse(text) : text
    throw new Refused(answer.statusCode, `${method} ${path}: ${messageIn(text)}`)
  }

  /** Until the server ends it, as it does from time to time. Returns where to go on, undefined for a new start. */
  async function follow(kind: Kind, from: string, seen: Seen, signal: AbortSignal): Promise<string | undefined> {
    let version = from
    const path = `${pathOf(kind)}?watch=1&allowWatchBookmarks=true&resourceVersion=${from}`
    const { body } = await request(server + path, { method: "GET", dispatcher: agent, headers, signal })
    for await (const line of lines(body)) {
      const { type, object } = JSON.parse(line)
      if (type === "ERROR") return undefined
      version = object.metadata.resourceVersion
      if (type !== "BOOKMARK") seen(type, object)
    }
    return version
  }

  const listed = async (kind: Kind, namespace?: string): Promise<{ items: KubeObject[]; version: string }> => {
    const { items, metadata } = await send("GET", pathOf(kind, namespace))
    return { items: items.map((item: KubeObject) => ({ ...kind, ...item })), version: metadata.resourceVersion }
  }

  return {
    get: async (ref) => {
      try {
        return await send("GET", pathTo(ref))
      } catch (error) {
        if (error instanceof Refused && error.status === 404) return undefined
        throw error
      }
    },
    list: async (kind, namespace) => (await listed(kind, namespace)).items,
    create: (object) => send("POST", pathOf(object, object.metadata.namespace), object),
    patch: (ref, body, subresource) => send("PATCH", pathTo(ref) + (subresource ? `/${subresource}` : ""), body),
    delete: (ref) => send("DELETE", pathTo(ref), { gracePeriodSeconds: 0 }),
    deleteAll: (kind, namespace) => send("DELETE", pathOf(kind, namespace)),
    async watch(kind, seen, signal) {
      let version: string | undefined
      while (!signal.aborted) {
        try {
          if (version === undefined) {
            const all = await listed(kind)
            for (const item of all.items) seen("ADDED", item)
            version = all.version
          }
          version = await follow(kind, version, seen, signal)
        } catch {
          version = undefined
          if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 200))
        }
      }
    },
    isServing: async () => (await send("GET", "/readyz").catch(() => "no")) === "ok",
    close: () => agent.destroy(),
  }
}

/** Where objects of a kind are listed; in all namespaces when none is given. */
export function pathOf({ apiVersion, kind }: Kind, namespace?: string): string {
  const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  return `${group}${namespace ? `/namespaces/${namespace}` : ""}/${pluralOf(kind)}`
}

const pathTo = (ref: ObjectRef): string => `${pathOf(ref, ref.namespace)}/${ref.name}`

function pluralOf(kind: string): string {
  const word = kind.toLowerCase()
  if (word.endsWith("s")) return `${word}es`
  return /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`
}

function messageIn(text: string): string {
  try {
    return JSON.parse(text).message
  } catch {
    return text.slice(0, 500)
  }
}

export async function* lines(body: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest = ""
  const decoder = new TextDecoder()
  for await (const chunk of body) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n")
    rest = parts.pop()!
    yield* parts.filter(Boolean)
  }
}
