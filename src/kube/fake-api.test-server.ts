import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { keyOf, refOf, type KubeObject, type ObjectRef } from "#api/objects.ts"
import { kindOf } from "./kinds.ts"
import { mergePatched } from "./merge-patch.test-support.ts"

interface Target {
  apiVersion: string
  namespace?: string
  plural: string
  name?: string
  metadataOnly: boolean
}

interface HistoryEvent {
  type: "ADDED" | "MODIFIED" | "DELETED"
  object: KubeObject
  version: number
}

interface OpenWatch {
  target: Target
  response: ServerResponse
}

interface Refusal {
  match: RegExp
  status: number
  times: number
  headers: Record<string, string>
}

const pathPattern = /^\/(?:api\/(v1)|apis\/([^/]+\/[^/]+))(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+)(\/status)?)?$/
export type FakeApi = Awaited<ReturnType<typeof startFakeApi>>

/** An API server for tests: lists, gets, watches and writes what `put` and `remove` make of it, and fails on demand. */
export async function startFakeApi() {
  const stored = new Map<string, KubeObject>()
  let history: HistoryEvent[] = []
  let version = 100
  let compactedAt = 0
  let oldCache: { objects: KubeObject[]; version: number } | undefined
  let silent = false
  let pending: (() => void)[] = []
  let refusals: Refusal[] = []
  let holds: { match: RegExp; released: Promise<void> }[] = []
  const watches = new Set<OpenWatch>()
  const requests: { method: string; url: string; accept: string }[] = []

  const server = createServer((request, response) => void answer(request, response))
  server.listen(0, "127.0.0.1")
  await once(server, "listening")

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://fake")
    const line = { method: request.method ?? "", url: request.url ?? "", accept: request.headers.accept ?? "" }
    requests.push(line)
    const refusal = refusals.find(({ match }) => match.test(`${line.method} ${line.url}`))
    if (refusal) {
      if (--refusal.times <= 0) refusals = refusals.filter((other) => other !== refusal)
      if (refusal.status === 0) return void request.socket.destroy()
      return send(
        response,
        refusal.status,
        statusObject(refusal.status, `refused with ${refusal.status}`),
        refusal.headers,
      )
    }
    if (pathname === "/version") return send(response, 200, { major: "1", minor: "30", gitVersion: "v1.30.0" })
    const [, core, group, namespace, plural = "", name, subresource] = pathPattern.exec(pathname) ?? []
    const target = {
      apiVersion: core ?? group ?? "",
      namespace,
      plural,
      name,
      metadataOnly: line.accept.includes("as=PartialObjectMetadata"),
    }
    if (line.method !== "GET") return write(line.method, target, subresource !== undefined, request, response)
    if (searchParams.get("watch")) return startWatch(target, searchParams.get("resourceVersion") ?? "", response)
    const found = name ? get(target) : list(target, searchParams.get("resourceVersion") === "0")
    await Promise.all(
      holds.filter(({ match }) => match.test(`${line.method} ${line.url}`)).map(({ released }) => released),
    )
    return found ? send(response, 200, found) : send(response, 404, statusObject(404, "not found"))
  }

  async function write(
    method: string,
    target: Target,
    isStatus: boolean,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const text = Buffer.concat(await request.toArray()).toString()
    const body = (text ? JSON.parse(text) : {}) as KubeObject
    const before = find({ ...target, name: target.name ?? body.metadata.name })
    const { resourceVersion } = body.metadata ?? {}
    const isStale = resourceVersion !== undefined && resourceVersion !== before?.metadata.resourceVersion
    if (method === "POST" ? before : before && isStale) return send(response, 409, statusObject(409, "conflict"))
    if (method === "POST") return send(response, 201, put(body))
    if (!before) return send(response, 404, statusObject(404, "not found"))
    if (method === "DELETE") {
      remove(refOf(before))
      return send(response, 200, statusObject(200, "deleted"))
    }
    const { status, ...rest } = body
    send(response, 200, put(mergePatched(before, isStatus ? { status } : rest) as KubeObject))
  }

  const send = (
    response: ServerResponse,
    status: number,
    body: unknown,
    headers: Record<string, string> = {},
  ): void => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body))
  }

  const belongs = (object: KubeObject, target: Target): boolean =>
    object.apiVersion === target.apiVersion &&
    kindOf(object.apiVersion, object.kind).plural === target.plural &&
    (target.namespace === undefined || object.metadata.namespace === target.namespace)

  const shown = (object: KubeObject, { metadataOnly }: Target): KubeObject => {
    if (!metadataOnly) return object
    return { apiVersion: "meta.k8s.io/v1", kind: "PartialObjectMetadata", metadata: object.metadata }
  }

  const find = (target: Target): KubeObject | undefined =>
    [...stored.values()].find((object) => belongs(object, target) && object.metadata.name === target.name)
  const get = (target: Target): KubeObject | undefined => {
    const found = find(target)
    return found && shown(found, target)
  }

  const list = (target: Target, mayBeOld: boolean): unknown => {
    const from = (mayBeOld && oldCache) || { objects: [...stored.values()], version }
    const items = from.objects.filter((object) => belongs(object, target)).map((object) => shown(object, target))
    // Built-in kinds are listed without apiVersion and kind in the items.
    const isBuiltIn = !target.apiVersion.split("/")[0]?.includes(".") && !target.metadataOnly
    const listed = items.map(({ apiVersion, kind, ...rest }) => (isBuiltIn ? rest : { apiVersion, kind, ...rest }))
    return { kind: "List", metadata: { resourceVersion: String(from.version) }, items: listed }
  }

  const startWatch = (target: Target, from: string, response: ServerResponse): void => {
    response.writeHead(200, { "content-type": "application/json" }).flushHeaders()
    const watch = { target, response }
    watches.add(watch)
    response.on("close", () => watches.delete(watch))
    deliver(() => {
      if (!watches.has(watch)) return
      if (Number(from) < compactedAt) return sendLine(watch, "ERROR", statusObject(410, "too old resource version"))
      for (const event of history) if (event.version > Number(from)) sendEvent(watch, event)
    })
  }

  const deliver = (act: () => void): void => {
    if (silent) pending.push(act)
    else act()
  }
  const sendLine = ({ response }: OpenWatch, type: string, object: unknown): void => {
    response.write(`${JSON.stringify({ type, object })}\n`)
  }
  const sendEvent = (watch: OpenWatch, { type, object }: HistoryEvent): void => {
    if (belongs(object, watch.target)) sendLine(watch, type, shown(object, watch.target))
  }
  const endWatch = (watch: OpenWatch): void => {
    watches.delete(watch)
    watch.response.end()
  }
  const happened = (type: HistoryEvent["type"], object: KubeObject): void => {
    const event = { type, object, version }
    history.push(event)
    deliver(() => {
      for (const watch of watches) sendEvent(watch, event)
    })
  }

  /** Creates or replaces an object; answers it as a write would. */
  function put(object: KubeObject): KubeObject {
    const before = stored.get(keyOf(refOf(object)))
    version++
    const uid = before?.metadata.uid ?? `uid-${version}`
    const metadata = {
      ...object.metadata,
      uid,
      resourceVersion: String(version),
      managedFields: [{ manager: "test" }],
    }
    const after = { ...object, metadata }
    stored.set(keyOf(refOf(object)), after)
    happened(before ? "MODIFIED" : "ADDED", after)
    return after
  }

  function remove(ref: ObjectRef): void {
    const before = stored.get(keyOf(ref))
    if (!before) return
    version++
    stored.delete(keyOf(ref))
    happened("DELETED", { ...before, metadata: { ...before.metadata, resourceVersion: String(version) } })
  }

  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    openWatches: (): number => watches.size,
    stored: (): KubeObject[] => [...stored.values()],
    version: (): string => String(version),
    put,
    remove,
    bookmark(): void {
      const object = { metadata: { resourceVersion: String(version) } }
      deliver(() => {
        for (const watch of watches) sendLine(watch, "BOOKMARK", object)
      })
    },
    /** Ends every watch as its time-out would. */
    closeWatches(): void {
      for (const watch of watches) endWatch(watch)
    },
    resetWatches(): void {
      for (const { response } of watches) response.socket?.resetAndDestroy()
      watches.clear()
    },
    /** Sends an error on every watch, and ends it. */
    failWatches(code: number, details?: object): void {
      for (const watch of watches) {
        sendLine(watch, "ERROR", { ...statusObject(code, `stream failed with ${code}`), details })
        endWatch(watch)
      }
    },
    writeToWatches(text: string): void {
      for (const { response } of watches) response.write(text)
    },
    /** Forgets the past: whoever resumes from it is told to list again. */
    compact(): void {
      version++
      compactedAt = version
      history = []
    },
    /** Lists with resourceVersion=0 show this moment from here on. */
    freezeCache(): void {
      oldCache = { objects: [...stored.values()], version }
    },
    /** Open watches stay open, and nothing comes. */
    silence(): void {
      silent = true
    },
    speak(): void {
      silent = false
      for (const act of pending) act()
      pending = []
    },
    /** Status 0 cuts the connection. */
    refuse(match: RegExp, status: number, more: { times?: number; headers?: Record<string, string> } = {}): void {
      refusals.push({ match, status, times: more.times ?? Infinity, headers: more.headers ?? {} })
    },
    accept(): void {
      refusals = []
    },
    /** Answers that match are worked out at once and sent when the returned function is called. */
    hold(match: RegExp): () => void {
      let release = (): void => undefined
      const held = { match, released: new Promise<void>((resolve) => (release = resolve)) }
      holds.push(held)
      return () => {
        holds = holds.filter((other) => other !== held)
        release()
      }
    },
    async close(): Promise<void> {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
}

const statusObject = (code: number, message: string) => ({
  kind: "Status",
  apiVersion: "v1",
  status: "Failure",
  message,
  reason: "",
  code,
})
