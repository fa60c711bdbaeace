import type { IncomingMessage, ServerResponse } from "node:http"
import type { KubeObject } from "#api/objects.ts"
import { type Clock, type DeleteOptions, timeText } from "../contract.ts"
import type { LogOptions } from "../kubelet/logs.ts"
import { type Attempt, isAllowed, isPathAllowed, refusalText, rulesFor, type User } from "./access.ts"
import { type Accepted, accepted, type Form } from "./accept.ts"
import { type FieldValidation, unrecognized } from "./decoding.ts"
import { repeatedFields } from "./repeated-fields.ts"
import type { Catalogue } from "./catalogue.ts"
import { bodyOf, mediaTypeOf, parsed, send } from "./exchange.ts"
import { patch, patched, patchTypes } from "./patches.ts"
import { createPublicPages } from "./public-pages.ts"
import { listed } from "./reads.ts"
import { badRequest, forbidden, invalid, methodNotAllowed, noSuchPath, Refusal } from "./refusal.ts"
import type { Resource } from "./resource.ts"
import { resourcePath, type ResourcePath } from "./request-path.ts"
import type { Review } from "./reviews.ts"
import { readScale, scaledTo, scaleKind, scaleOf } from "./scale.ts"
import { shown, shownList } from "./show.ts"
import type { Store } from "./store.ts"
import type { TableOptions } from "./table.ts"
import { watch } from "./watch.ts"
import type { Spot, UpdateOptions, WriteOptions, Writes } from "./writes.ts"

/** What a container has written. Throws where it cannot be read. */
export type LogsOf = (pod: KubeObject, container: string, options: LogOptions) => AsyncIterable<Buffer>

export interface RequestInfo {
  user: string
  userAgent: string
  verb: string
  group: string
  resource: string
  subresource: string
  namespace: string
  name: string
  code: number
  durationMs: number
}

export interface HandlerParts {
  store: Store
  catalogue: Catalogue
  writes: Writes
  clock: Clock
  reviews: ReadonlyMap<Resource, Review>
  userOfToken(token: string): User | undefined
  logsOf: LogsOf | undefined
  /** Resolves when what was written will survive. */
  written: (() => Promise<void>) | undefined
}

type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  user: User,
) => Promise<Omit<RequestInfo, "code" | "durationMs"> | undefined>

/** One request about one resource, understood. */
interface Call {
  request: IncomingMessage
  response: ServerResponse
  user: User
  path: ResourcePath
  resource: Resource
  verb: string
  query: URLSearchParams
}

const BOOKMARK_EVERY_MS = 60_000
const SHORTEST_WATCH_S = 1800

/** From HTTP to verbs on resources and back. */
export function createHandler(parts: HandlerParts): Handler {
  const { store, catalogue, writes, clock, reviews } = parts
  const pages = createPublicPages(catalogue, new Set(reviews.keys()))

  async function handle(request: IncomingMessage, response: ServerResponse, user: User) {
    const { pathname, searchParams: query } = new URL(request.url ?? "/", "http://sandbox")
    const path = resourcePath(pathname)
    if (!path) {
      if (!pages.isOpen(pathname)) allowPath(user, request.method ?? "GET", pathname)
      send(response, pages.page(pathname, request.headers.accept))
      return undefined
    }
    const verb = verbOf(request.method ?? "GET", path, query)
    const resource = catalogue.served(path.group, path.version, path.plural)
    const name = path.name ?? nameIn(query.get("fieldSelector"))
    const attempt: Attempt = { ...path, verb, resource: path.plural, ...(name === undefined ? {} : { name }) }
    allow(user, attempt)
    if (!resource) {
      if (catalogue.isServed(path.group)) throw noSuchPath()
      send(response, { code: 404, body: "404 page not found\n" })
      return undefined
    }
    await perform({ request, response, user, path, resource, verb, query })
    return {
      user: user.name,
      userAgent: request.headers["user-agent"] ?? "",
      verb,
      group: path.group,
      resource: path.plural,
      subresource: path.subresource ?? "",
      namespace: path.namespace ?? "",
      name: path.name ?? "",
    }
  }

  function allowPath(user: User, method: string, path: string): void {
    if (isPathAllowed(rulesFor(store, user, undefined), method.toLowerCase(), path)) return
    throw new Refusal(
      403,
      "Forbidden",
      `forbidden: User ${JSON.stringify(user.name)} cannot ${method.toLowerCase()} path ${JSON.stringify(path)}`,
      {},
    )
  }

  function allow(user: User, attempt: Attempt): void {
    if (isAllowed(rulesFor(store, user, attempt.namespace), attempt)) return
    throw forbidden({ group: attempt.group, plural: attempt.resource }, attempt.name ?? "", refusalText(user, attempt))
  }

  async function perform(call: Call): Promise<void> {
    const { resource, path, verb } = call
    const review = reviews.get(resource)
    if (review) return answer(call, review)
    if (resource.namespaced && !path.namespace && (path.name !== undefined || verb === "create")) throw noSuchPath()
    if (path.subresource) return performOnPart(call, path.subresource)
    switch (verb) {
      case "get":
        return reply(call, 200, writes.find(spotOf(call)))
      case "list":
        return list(call)
      case "watch":
        return follow(call)
      case "create":
        return create(call)
      case "update":
        return update(call)
      case "patch":
        return change(call)
      case "delete":
        return remove(call)
      case "deletecollection":
        return removeAll(call)
      default:
        throw methodNotAllowed()
    }
  }

  async function performOnPart(call: Call, part: string): Promise<void> {
    const { resource, verb } = call
    const isCore = resource.group === ""
    if (part === "status" && resource.hasStatus) {
      if (verb === "get") return reply(call, 200, writes.find(spotOf(call)))
      if (verb === "update") return update(call)
      if (verb === "patch") return change(call)
      throw methodNotAllowed()
    }
    if (part === "scale" && resource.scale) return scale(call)
    if (part === "log" && isCore && resource.kind === "Pod") return logs(call)
    if (part === "eviction" && isCore && resource.kind === "Pod" && verb === "create") return evict(call)
    if (part === "binding" && isCore && resource.kind === "Pod" && verb === "create") return bind(call)
    if (part === "finalize" && resource.kind === "Namespace" && verb === "update") return update(call)
    throw noSuchPath()
  }

  const spotOf = ({ resource, path }: Call): Spot => ({ resource, namespace: path.namespace, name: path.name! })

  function reply(call: Call, code: number, object: KubeObject, warnings?: readonly string[]): void {
    const accept = formOf(call)
    const body = shown(call.resource, object, accept.form, tableOptions(call))
    send(call.response, { code, body, isYaml: accept.isYaml, ...(warnings ? { warnings } : {}) })
  }

  function tableOptions({ query }: Call): TableOptions {
    const include = query.get("includeObject") ?? "Metadata"
    if (include !== "None" && include !== "Metadata" && include !== "Object") {
      throw badRequest(
        `unrecognized includeObject value: ${JSON.stringify(include)}: must be 'Metadata', 'Object', 'None', or empty`,
      )
    }
    return { nowMs: clock.now(), includeObject: include }
  }

  function list(call: Call): void {
    const { resource, path, query, response } = call
    if (query.has("sendInitialEvents")) {
      const detail = "sendInitialEvents is forbidden for list"
      throw invalid(listOptions, "", [{ field: "sendInitialEvents", type: "Forbidden", detail }])
    }
    const { form, isYaml } = formOf(call)
    const number = query.get("limit")
    const { objects, metadata } = listed({ store, catalogue }, resource, path.namespace, {
      ...selectorsIn(query),
      limit: number ? wholeNumber(number) : undefined,
      continue: query.get("continue") || undefined,
      resourceVersionMatch: query.get("resourceVersionMatch") ?? undefined,
    })
    send(response, { code: 200, isYaml, body: shownList(resource, objects, metadata, form, tableOptions(call)) })
  }

  async function follow(call: Call): Promise<void> {
    const { resource, path, query, request, response } = call
    const { form } = formOf(call)
    const bookmarks = isTrue(query.get("allowWatchBookmarks"))
    const sendInitialEvents = isTrue(query.get("sendInitialEvents"))
    const fieldSelector = [query.get("fieldSelector"), path.name && `metadata.name=${path.name}`]
      .filter(Boolean)
      .join(",")
    const waiting: string[] = []
    const write = (line: string) => (response.headersSent ? void response.write(line) : void waiting.push(line))
    const options = {
      ...selectorsIn(query),
      fieldSelector,
      bookmarks,
      sendInitialEvents,
      form,
      includeObject: tableOptions(call).includeObject,
      now: () => clock.now(),
    }
    refuseOddWatch(query)
    const watching = watch(store, resource, path.namespace, options, write)
    response.writeHead(200, { "content-type": "application/json" })
    response.flushHeaders()
    for (const line of waiting) response.write(line)
    if (watching.isOver) return void response.end()
    const seconds = Number(query.get("timeoutSeconds")) || SHORTEST_WATCH_S * (1 + Math.random())
    const timers = [
      setTimeout(() => {
        if (bookmarks) watching.bookmark()
        response.end()
      }, seconds * 1000),
      ...(bookmarks ? [setInterval(() => watching.bookmark(), BOOKMARK_EVERY_MS)] : []),
    ]
    // Clients begin anew with the new shape, or find that the kind is gone.
    const forget = catalogue.onceReplaced(resource, () => response.end())
    await new Promise<void>((closed) => {
      request.once("close", closed)
      response.once("close", closed)
    })
    watching.stop()
    forget()
    for (const timer of timers) clearTimeout(timer)
    if (!response.writableEnded) response.end()
  }

  /** Options of a write, and the warnings that come of it. */
  function writing(call: Call): { options: WriteOptions; warnings: string[] } {
    const { query, request } = call
    const dryRun = query.getAll("dryRun")
    if (dryRun.some((value) => value !== "All")) {
      throw invalid({ group: "meta.k8s.io", kind: "CreateOptions" }, "", [
        { field: "dryRun", type: "Unsupported value", value: dryRun, detail: 'supported values: "All"' },
      ])
    }
    const fieldValidation = (query.get("fieldValidation") || undefined) as FieldValidation | undefined
    if (fieldValidation && !["Ignore", "Warn", "Strict"].includes(fieldValidation)) {
      throw invalid({ group: "meta.k8s.io", kind: "CreateOptions" }, "", [
        {
          field: "fieldValidation",
          type: "Unsupported value",
          value: fieldValidation,
          detail: 'supported values: "", "Ignore", "Strict", "Warn"',
        },
      ])
    }
    const warnings: string[] = []
    const manager = query.get("fieldManager") || managerOf(request.headers["user-agent"])
    const warn = (text: string) => void warnings.push(text)
    return { options: { manager, dryRun: dryRun.length > 0, fieldValidation, warn }, warnings }
  }

  async function sent(call: Call): Promise<{ raw: unknown; repeated: readonly string[] }> {
    const body = await bodyOf(call.request)
    const mediaType = mediaTypeOf(call.request)
    try {
      const raw = parsed(body, mediaType)
      const isText = mediaType.endsWith("json") && call.query.get("fieldValidation") !== "Ignore"
      return { raw, repeated: isText ? repeatedFields(body.toString()) : [] }
    } catch (error) {
      throw error instanceof SyntaxError ? unrecognized(call.resource, error.message) : error
    }
  }

  async function create(call: Call): Promise<void> {
    if (call.path.name !== undefined) throw methodNotAllowed()
    const { raw, repeated } = await sent(call)
    const { options, warnings } = writing(call)
    const place = { resource: call.resource, namespace: call.path.namespace }
    const object = writes.create(place, raw, { ...options, repeated })
    await parts.written?.()
    reply(call, 201, object, warnings)
  }

  async function update(call: Call): Promise<void> {
    if (call.path.name === undefined) throw methodNotAllowed()
    const { raw, repeated } = await sent(call)
    const { options, warnings } = writing(call)
    const { subresource } = call.path
    const { object, isNew } = writes.update(spotOf(call), raw, { ...options, repeated, subresource })
    await parts.written?.()
    reply(call, isNew ? 201 : 200, object, warnings)
  }

  async function patchIn(call: Call) {
    const mediaType = mediaTypeOf(call.request)
    const type = patchTypes.get(mediaType)
    if (!type) {
      throw new Refusal(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})
    }
    const body = patchBody(await bodyOf(call.request), type === "apply" ? "application/yaml" : "application/json")
    const force = isTrue(call.query.get("force"))
    if (force && type !== "apply") {
      throw invalid({ group: "meta.k8s.io", kind: "PatchOptions" }, "", [
        { field: "force", type: "Forbidden", detail: "may not be specified for non-apply patch" },
      ])
    }
    if (type === "apply" && !call.query.get("fieldManager")) {
      throw invalid({ group: "meta.k8s.io", kind: "PatchOptions" }, "", [
        { field: "fieldManager", type: "Required value", detail: "is required for apply patch" },
      ])
    }
    return { type, body, force }
  }

  async function change(call: Call): Promise<void> {
    if (call.path.name === undefined) throw methodNotAllowed()
    const given = await patchIn(call)
    const { options, warnings } = writing(call)
    const update: UpdateOptions = { ...options, subresource: call.path.subresource }
    const { object, isNew } = patch(writes, spotOf(call), given, update, clock)
    await parts.written?.()
    reply(call, isNew ? 201 : 200, object, warnings)
  }

  async function scale(call: Call): Promise<void> {
    const { resource, verb, response } = call
    const paths = resource.scale!
    const spot = spotOf(call)
    if (verb === "get") return send(response, { code: 200, body: readScale(writes.find(spot), paths, resource) })
    if (verb !== "update" && verb !== "patch") throw methodNotAllowed()
    const given = verb === "update" ? await sent(call) : undefined
    const change = verb === "patch" ? await patchIn(call) : undefined
    const { options, warnings } = writing(call)
    const live = writes.find(spot)
    const wanted = change ? patched(scaleKind, scaleOf(live, paths), change) : given!.raw
    const next = scaledTo(live, wanted, paths, resource, { ...options, repeated: given?.repeated ?? [] })
    const { object } = writes.update(spot, next, { ...options, subresource: "scale" })
    await parts.written?.()
    send(response, { code: 200, body: scaleOf(object, paths), warnings })
  }

  async function deletion(call: Call) {
    const body = await bodyOf(call.request)
    const given = body.length > 0 ? (parsed(body, mediaTypeOf(call.request)) as SentDeletion) : {}
    const { query } = call
    const grace = given["gracePeriodSeconds"] ?? query.get("gracePeriodSeconds") ?? undefined
    const propagationPolicy =
      given.propagationPolicy ?? (query.get("propagationPolicy") as Propagation | null) ?? undefined
    if (propagationPolicy !== undefined && !["Background", "Foreground", "Orphan"].includes(propagationPolicy)) {
      throw invalid({ group: "meta.k8s.io", kind: "DeleteOptions" }, "", [
        {
          field: "propagationPolicy",
          type: "Unsupported value",
          value: propagationPolicy,
          detail: 'supported values: "Foreground", "Background", "Orphan", "nil"',
        },
      ])
    }
    return {
      ...(grace === undefined ? {} : { gracePeriodSeconds: Number(grace) }),
      ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
      ...(given["preconditions"]?.uid ? { uid: given["preconditions"].uid } : {}),
      ...(given["preconditions"]?.resourceVersion ? { resourceVersion: given["preconditions"].resourceVersion } : {}),
      dryRun: query.has("dryRun") || (given["dryRun"]?.length ?? 0) > 0,
    }
  }

  async function remove(call: Call): Promise<void> {
    const { object, isGone } = writes.remove(spotOf(call), await deletion(call))
    await parts.written?.()
    if (!isGone || returnsDeleted(call.resource)) return reply(call, 200, object)
    const { group, plural } = call.resource
    const { name, uid } = object.metadata
    const details = { name, ...(group ? { group } : {}), kind: plural, uid }
    send(call.response, {
      code: 200,
      body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details },
    })
  }

  async function removeAll(call: Call): Promise<void> {
    const { resource, path, query } = call
    if (resource.group === "" && resource.kind === "Namespace") throw methodNotAllowed()
    const options = await deletion(call)
    const { objects, metadata } = listed({ store, catalogue }, resource, path.namespace, selectorsIn(query))
    const removed = objects.map(
      ({ metadata: { namespace, name } }) => writes.remove({ resource, namespace, name }, options).object,
    )
    await parts.written?.()
    const { form, isYaml } = formOf(call)
    send(call.response, { code: 200, isYaml, body: shownList(resource, removed, metadata, form, tableOptions(call)) })
  }

  async function answer(call: Call, review: Review): Promise<void> {
    if (call.verb !== "create") throw methodNotAllowed()
    const raw = (await sent(call)).raw as KubeObject
    const { apiVersion, kind } = {
      apiVersion: `${call.resource.group}/${call.resource.version}`,
      kind: call.resource.kind,
    }
    const question = { ...raw, apiVersion, kind, metadata: raw.metadata ?? {} } as KubeObject
    const { user, path } = call
    const body = review.answer(question, { store, user, namespace: path.namespace, userOfToken: parts.userOfToken })
    send(call.response, { code: 201, body })
  }

  async function logs(call: Call): Promise<void> {
    const { query, response } = call
    const pod = writes.find(spotOf(call))
    const containers: { name: string }[] = pod["spec"].containers
    const number = (name: string) => (query.has(name) ? Number(query.get(name)) : undefined)
    const container = query.get("container") ?? (containers.length === 1 ? containers[0]!.name : undefined)
    if (!container) {
      const names = containers.map(({ name }) => name).join(" ")
      throw badRequest(`a container name must be specified for pod ${pod.metadata.name}, choose one of: [${names}]`)
    }
    if (!parts.logsOf) throw badRequest("there is nobody here who runs pods")
    const over = new AbortController()
    response.once("close", () => over.abort())
    const lines = parts.logsOf(pod, container, {
      follow: isTrue(query.get("follow")),
      previous: isTrue(query.get("previous")),
      timestamps: isTrue(query.get("timestamps")),
      tailLines: number("tailLines"),
      sinceSeconds: number("sinceSeconds"),
      sinceTime: query.get("sinceTime") ?? undefined,
      limitBytes: number("limitBytes"),
      signal: over.signal,
    })
    response.writeHead(200, { "content-type": "text/plain" })
    response.flushHeaders()
    for await (const line of lines) response.write(line)
    response.end()
  }

  async function evict(call: Call): Promise<void> {
    await bodyOf(call.request)
    writes.remove(spotOf(call), {})
    await parts.written?.()
    send(call.response, {
      code: 201,
      body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 },
    })
  }

  async function bind(call: Call): Promise<void> {
    const { target } = (await sent(call)).raw as KubeObject
    const spot = spotOf(call)
    const pod = writes.find(spot)
    if (pod["spec"].nodeName)
      throw new Refusal(
        409,
        "Conflict",
        `pod ${pod.metadata.name} is already assigned to node ${JSON.stringify(pod["spec"].nodeName)}`,
      )
    const { options } = writing(call)
    const condition = {
      type: "PodScheduled",
      status: "True",
      lastProbeTime: null,
      lastTransitionTime: timeText(clock.now()),
    }
    const conditions = [...(pod["status"]?.conditions ?? []), condition]
    writes.update(
      spot,
      { ...pod, spec: { ...pod["spec"], nodeName: target?.name } },
      { ...options, subresource: "binding" },
    )
    const bound = writes.find(spot)
    writes.update(spot, { ...bound, status: { ...bound["status"], conditions } }, { ...options, subresource: "status" })
    await parts.written?.()
    send(call.response, {
      code: 201,
      body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 },
    })
  }

  return handle
}

const listOptions = { group: "meta.k8s.io", kind: "ListOptions" }

function refuseOddWatch(query: URLSearchParams): void {
  const match = query.get("resourceVersionMatch")
  const refuse = (detail: string) =>
    invalid(listOptions, "", [{ field: "resourceVersionMatch", type: "Forbidden", detail }])
  if (isTrue(query.get("sendInitialEvents"))) {
    if (match !== "NotOlderThan")
      throw refuse("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
  } else if (match) {
    throw refuse("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")
  }
}

function patchBody(body: Buffer, mediaType: string): unknown {
  try {
    return parsed(body, mediaType)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw badRequest(`error decoding patch: ${error.message[0]!.toLowerCase()}${error.message.slice(1)}`)
  }
}

/** A selection by name asks for the one object. */
const nameIn = (selector: string | null): string | undefined => /^metadata\.name==?([^,]+)$/.exec(selector ?? "")?.[1]

function wholeNumber(text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text)
  throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
}

const formOf = ({ request, verb }: Call): Accepted => {
  const allowed: readonly Form[] = ["object", "metadata", "table"]
  return verb === "watch"
    ? accepted(request.headers.accept?.replaceAll(";stream=watch", ""), allowed, false)
    : accepted(request.headers.accept, allowed)
}

type Propagation = NonNullable<DeleteOptions["propagationPolicy"]>

interface SentDeletion {
  gracePeriodSeconds?: number
  propagationPolicy?: Propagation
  preconditions?: { uid?: string; resourceVersion?: string }
  dryRun?: string[]
}

const isTrue = (text: string | null): boolean => text !== null && text !== "" && text !== "false" && text !== "0"

const selectorsIn = (query: URLSearchParams) => ({
  labelSelector: query.get("labelSelector") || undefined,
  fieldSelector: query.get("fieldSelector") || undefined,
  resourceVersion: query.get("resourceVersion") || undefined,
})

function verbOf(method: string, { name }: ResourcePath, query: URLSearchParams): string {
  const isOne = name !== undefined
  switch (method) {
    case "GET":
    case "HEAD":
      if (isTrue(query.get("watch"))) return "watch"
      return isOne ? "get" : "list"
    case "POST":
      return "create"
    case "PUT":
      return "update"
    case "PATCH":
      return "patch"
    case "DELETE":
      return isOne ? "delete" : "deletecollection"
    default:
      return method.toLowerCase()
  }
}

const managerOf = (userAgent = "unknown"): string => userAgent.split("/")[0]!.slice(0, 128) || "unknown"

/** Kinds of which a deletion answers with the object, as it was. */
const returned = new Set([
  "ResourceQuota",
  "PersistentVolume",
  "ServiceAccount",
  "PersistentVolumeClaim",
  "Namespace",
  "Pod",
  "Service",
  "PodTemplate",
])
const returnsDeleted = ({ group, kind }: Resource): boolean =>
  (group === "" && returned.has(kind)) || kind === "StorageClass"
