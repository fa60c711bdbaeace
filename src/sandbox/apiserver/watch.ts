import type { KubeObject } from "#api/objects.ts"
import type { ChangeType } from "../contract.ts"
import type { Form } from "./accept.ts"
import { familyOf, inVersion } from "./catalogue.ts"
import { fromTheFuture, selection, versionIn } from "./reads.ts"
import { statusOf, tooOld } from "./refusal.ts"
import { apiVersionOf, type Resource } from "./resource.ts"
import { shown } from "./show.ts"
import type { Change, Store } from "./store.ts"
import type { TableOptions } from "./table.ts"

export interface WatchOptions {
  labelSelector?: string | undefined
  fieldSelector?: string | undefined
  resourceVersion?: string | undefined
  bookmarks: boolean
  /** The state at the beginning, and a bookmark that says that this was all of it. */
  sendInitialEvents: boolean
  form: Form
  includeObject: TableOptions["includeObject"]
  now(): number
}

export interface Watch {
  /** Tells the version up to which everything has been told. */
  bookmark(): void
  stop(): void
  /** There was something to tell, and then nothing more. */
  isOver: boolean
}

/** Begins to tell of a kind, line by line. Throws where it cannot begin. */
export function watch(
  store: Store,
  resource: Resource,
  namespace: string | undefined,
  options: WatchOptions,
  write: (line: string) => void,
): Watch {
  const matches = selection(resource, namespace, options)
  const family = familyOf(resource)
  const { resourceVersion } = options
  let isFirst = true

  function tell(type: ChangeType, object: KubeObject): void {
    write(lineOf(type, object))
    isFirst = false
  }

  function lineOf(type: string, object: KubeObject): string {
    if (options.form === "object") return `{"type":"${type}","object":${textOf(resource, object)}}\n`
    const table = { nowMs: options.now(), includeObject: options.includeObject, withoutColumns: !isFirst }
    return `${JSON.stringify({ type, object: shown(resource, object, options.form, table) })}\n`
  }

  function bookmark(isEndOfInitial = false): void {
    const metadata = {
      resourceVersion: String(store.version()),
      ...(isEndOfInitial ? { annotations: { "k8s.io/initial-events-end": "true" } } : {}),
    }
    const kind = { kind: resource.kind, apiVersion: apiVersionOf(resource) }
    const object = options.form === "metadata" ? { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1" } : kind
    write(`${JSON.stringify({ type: "BOOKMARK", object: { ...object, metadata } })}\n`)
  }

  /** For whoever selects, an object comes and goes also by beginning and ceasing to match. */
  function follow({ type, object, before }: Change): void {
    const isSeen = type !== "DELETED" && matches(object)
    const wasSeen = before !== undefined && matches(before)
    if (isSeen) tell(wasSeen ? "MODIFIED" : "ADDED", object)
    else if (wasSeen) tell("DELETED", lastSeen(before, object))
  }

  const begins = resourceVersion === undefined || resourceVersion === "" || resourceVersion === "0"
  if (begins || options.sendInitialEvents) {
    for (const object of store.list(family)) if (matches(object)) tell("ADDED", object)
    if (options.sendInitialEvents && options.bookmarks) bookmark(true)
  } else {
    const version = versionIn(resourceVersion)
    if (version > store.version()) throw fromTheFuture(version, store.version())
    const missed = store.since(family, version)
    if (!missed) {
      // The stream has begun, so the refusal is its first and last event.
      write(
        `${JSON.stringify({ type: "ERROR", object: statusOf(tooOld(resourceVersion, String(store.oldest(family)))) })}\n`,
      )
      return { bookmark() {}, stop() {}, isOver: true }
    }
    for (const change of missed) follow(change)
  }
  const stop = store.onChange((change) => {
    if (change.family === family) follow(change)
  })
  return { bookmark: () => bookmark(), stop, isOver: false }
}

/** What was seen of it, at the version of its going. */
function lastSeen(before: KubeObject, { metadata }: KubeObject): KubeObject {
  return { ...before, metadata: { ...before.metadata, resourceVersion: metadata.resourceVersion! } }
}

const texts = new WeakMap<KubeObject, string>()

/** Many watches tell of the same object, so it is put into words once. */
function textOf(resource: Resource, object: KubeObject): string {
  const own = inVersion(object, resource)
  const known = texts.get(own)
  if (known !== undefined) return known
  const text = JSON.stringify(own)
  texts.set(own, text)
  return text
}
