import type { IncomingMessage, ServerResponse } from "node:http"
import type { KubeObject } from "#api/objects.ts"
import type { Clock } from "../contract.ts"
import type { LogOptions } from "../kubelet/logs.ts"
import { type Accepted, accepted } from "./accept.ts"
import type { User } from "./access.ts"
import type { Catalogue } from "./catalogue.ts"
import { type FieldValidation, unrecognized } from "./decoding.ts"
import { bodyOf, mediaTypeOf, parsed, send } from "./exchange.ts"
import { badRequest, invalid } from "./refusal.ts"
import { repeatedFields } from "./repeated-fields.ts"
import type { ResourcePath } from "./request-path.ts"
import type { Resource } from "./resource.ts"
import type { Review } from "./reviews.ts"
import { shown } from "./show.ts"
import type { Store } from "./store.ts"
import type { TableOptions } from "./table.ts"
import type { Spot, WriteOptions, Writes } from "./writes.ts"

/** What a container has written. Throws where it cannot be read. */
export type LogsOf = (pod: KubeObject, container: string, options: LogOptions) => AsyncIterable<Buffer>

/** What all verbs work with. */
export interface ServerParts {
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

/** One request about one resource, understood. */
export interface Call {
  server: ServerParts
  request: IncomingMessage
  response: ServerResponse
  user: User
  path: ResourcePath
  resource: Resource
  verb: string
  query: URLSearchParams
}

export const spotOf = ({ resource, path }: Call): Spot => ({ resource, namespace: path.namespace, name: path.name! })

export function reply(call: Call, code: number, object: KubeObject, warnings?: readonly string[]): void {
  const accept = formOf(call)
  const body = shown(call.resource, object, accept.form, tableOptions(call))
  send(call.response, { code, body, isYaml: accept.isYaml, ...(warnings ? { warnings } : {}) })
}

export function tableOptions(call: Call): TableOptions {
  const include = call.query.get("includeObject") ?? "Metadata"
  if (include !== "None" && include !== "Metadata" && include !== "Object") {
    throw badRequest(
      `unrecognized includeObject value: ${JSON.stringify(include)}: must be 'Metadata', 'Object', 'None', or empty`,
    )
  }
  return { nowMs: call.server.clock.now(), includeObject: include }
}

/** Options of a write, and the warnings that come of it. */
export function writing(call: Call): { options: WriteOptions; warnings: string[] } {
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

/** What was sent, and which fields stood in it twice. */
export async function sent(call: Call): Promise<{ raw: unknown; repeated: readonly string[] }> {
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

export const formOf = ({ request, verb }: Call): Accepted => {
  return verb === "watch"
    ? accepted(request.headers.accept?.replaceAll(";stream=watch", ""), { mayBeYaml: false })
    : accepted(request.headers.accept)
}

export const isTrue = (text: string | null): boolean => text !== null && text !== "" && text !== "false" && text !== "0"

export const selectorsIn = (query: URLSearchParams) => ({
  labelSelector: query.get("labelSelector") || undefined,
  fieldSelector: query.get("fieldSelector") || undefined,
  resourceVersion: query.get("resourceVersion") || undefined,
})

const managerOf = (userAgent = "unknown"): string => userAgent.split("/")[0]!.slice(0, 128) || "unknown"
