import type { IncomingMessage, ServerResponse } from "node:http"
import type { KubeObject } from "#api/objects.ts"
import { type Attempt, isAllowed, isPathAllowed, refusalText, rulesFor, type User } from "./access.ts"
import { type Call, isTrue, reply, sent, type ServerParts, spotOf } from "./call.ts"
import { send } from "./exchange.ts"
import { createPublicPages } from "./public-pages.ts"
import { forbidden, methodNotAllowed, noSuchPath, Refusal } from "./refusal.ts"
import { resourcePath, type ResourcePath } from "./request-path.ts"
import { apiVersionOf } from "./resource.ts"
import type { Review } from "./reviews.ts"
import { remove, removeAll } from "./verbs/delete.ts"
import { bind, evict, logs } from "./verbs/pods.ts"
import { follow, list } from "./verbs/read.ts"
import { scale } from "./verbs/scale.ts"
import { change, create, update } from "./verbs/write.ts"

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

type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  user: User,
) => Promise<Omit<RequestInfo, "code" | "durationMs"> | undefined>

/** From HTTP to verbs on resources and back. */
export function createHandler(server: ServerParts): Handler {
  const { store, catalogue, reviews } = server
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
    await perform({ server, request, response, user, path, resource, verb, query })
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

  return handle
}

async function perform(call: Call): Promise<void> {
  const { resource, path, verb } = call
  const review = call.server.reviews.get(resource)
  if (review) return answer(call, review)
  if (resource.namespaced && !path.namespace && (path.name !== undefined || verb === "create")) throw noSuchPath()
  if (path.subresource) return performOnPart(call, path.subresource)
  switch (verb) {
    case "get":
      return reply(call, 200, call.server.writes.find(spotOf(call)))
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
    if (verb === "get") return reply(call, 200, call.server.writes.find(spotOf(call)))
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

async function answer(call: Call, review: Review): Promise<void> {
  if (call.verb !== "create") throw methodNotAllowed()
  const raw = (await sent(call)).raw as KubeObject
  const { resource } = call
  const identity = { apiVersion: apiVersionOf(resource), kind: resource.kind }
  const question = { ...raw, ...identity, metadata: raw.metadata ?? {} } as KubeObject
  const { user, path } = call
  const body = review.answer(question, {
    store: call.server.store,
    user,
    namespace: path.namespace,
    userOfToken: call.server.userOfToken,
  })
  send(call.response, { code: 201, body })
}

/** A selection by name asks for the one object. */
const nameIn = (selector: string | null): string | undefined => /^metadata\.name==?([^,]+)$/.exec(selector ?? "")?.[1]

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
