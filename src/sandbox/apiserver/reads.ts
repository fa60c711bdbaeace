import type { KubeObject } from "#api/objects.ts"
import { familyOf, inVersion } from "./catalogue.ts"
import { badRequest, continueExpired, invalid, Refusal, tooOld } from "./refusal.ts"
import { apiVersionOf, type Resource } from "./resource.ts"
import { fieldSelector, labelSelector, type Matches } from "./selectors.ts"
import type { ListMetadata } from "./table.ts"
import type { Store } from "./store.ts"
import { keyOf } from "./writes.ts"

export interface ListOptions {
  labelSelector?: string | undefined
  fieldSelector?: string | undefined
  limit?: number | undefined
  continue?: string | undefined
  resourceVersion?: string | undefined
  resourceVersionMatch?: string | undefined
}

export interface Listing {
  objects: KubeObject[]
  metadata: ListMetadata
}

/** Of whom a list or a watch tells. */
export function selection(
  resource: Resource,
  namespace: string | undefined,
  options: Pick<ListOptions, "labelSelector" | "fieldSelector">,
): Matches {
  const about = { apiVersion: apiVersionOf(resource), kind: resource.kind }
  const tests: Matches[] = []
  if (namespace) tests.push(({ metadata }) => metadata.namespace === namespace)
  if (options.labelSelector) tests.push(labelSelector(options.labelSelector))
  if (options.fieldSelector) tests.push(fieldSelector(options.fieldSelector, about, resource.rules.fieldLabels))
  return (object) => {
    const own = inVersion(object, resource)
    return tests.every((test) => test(own))
  }
}

/** What a page of a list remembers: the moment of the first page, and where it ended. */
interface Bookmark {
  version: number
  after: string
}

export function listed(store: Store, resource: Resource, namespace: string | undefined, options: ListOptions): Listing {
  const matches = selection(resource, namespace, options)
  const family = familyOf(resource)
  const from = options.continue ? bookmarkIn(options.continue) : undefined
  refuseOddVersions(options)
  const version = from?.version ?? versionOf(store, options)
  const all = version === undefined ? store.list(family) : store.listAt(family, version)
  if (!all) throw from ? continueExpired() : tooOld(options.resourceVersion!, String(store.oldest(family)))
  const rest = from ? all.filter((object) => placeOf(object) > from.after) : all
  const objects = rest.filter(matches)
  const resourceVersion = String(version ?? store.version())
  const { limit } = options
  if (!limit || objects.length <= limit) return { objects, metadata: { resourceVersion } }
  const page = objects.slice(0, limit)
  const next: Bookmark = { version: Number(resourceVersion), after: placeOf(page.at(-1)!) }
  const isFiltered = Boolean(options.labelSelector || options.fieldSelector)
  return {
    objects: page,
    metadata: {
      resourceVersion,
      continue: Buffer.from(JSON.stringify(next)).toString("base64url"),
      ...(isFiltered ? {} : { remainingItemCount: objects.length - limit }),
    },
  }
}

const placeOf = ({ metadata }: KubeObject): string => keyOf(metadata.namespace, metadata.name)

function bookmarkIn(token: string): Bookmark {
  try {
    const { version, after } = JSON.parse(Buffer.from(token, "base64url").toString()) as Bookmark
    if (typeof version === "number" && typeof after === "string") return { version, after }
  } catch {
    // Told below.
  }
  throw badRequest("invalid continue token: continue key is not valid: illegal base64 data")
}

export const listOptions = { group: "meta.k8s.io", kind: "ListOptions" }

function refuseOddVersions({ resourceVersion, resourceVersionMatch, ...options }: ListOptions): void {
  const refuse = (field: string, detail: string, type: "Forbidden" | "Unsupported value" = "Forbidden") =>
    invalid(listOptions, "", [{ field, type, value: type === "Forbidden" ? undefined : resourceVersionMatch, detail }])
  if (resourceVersionMatch !== undefined) {
    if (!resourceVersion) {
      throw refuse("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided")
    }
    if (options.continue) {
      throw refuse("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided")
    }
    if (resourceVersionMatch !== "Exact" && resourceVersionMatch !== "NotOlderThan") {
      throw refuse("resourceVersionMatch", 'supported values: "Exact", "NotOlderThan", ""', "Unsupported value")
    }
    if (resourceVersionMatch === "Exact" && resourceVersion === "0") {
      throw refuse("resourceVersionMatch", 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"')
    }
  }
  if (options.continue && resourceVersion && resourceVersion !== "0") {
    throw badRequest("specifying resource version is not allowed when using continue")
  }
}

/** Undefined means the present. */
function versionOf(store: Store, { resourceVersion, resourceVersionMatch, limit }: ListOptions): number | undefined {
  if (!resourceVersion || resourceVersion === "0") return undefined
  const version = versionIn(resourceVersion)
  if (version > store.version()) throw fromTheFuture(version, store.version())
  return resourceVersionMatch === "Exact" || (limit && resourceVersionMatch === undefined) ? version : undefined
}

export function versionIn(text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  const why = `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`
  throw badRequest(`invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(text)}: ${why}`)
}

export const fromTheFuture = (asked: number, present: number): Refusal =>
  new Refusal(504, "Timeout", `Timeout: Too large resource version: ${asked}, current: ${present}`, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  })
