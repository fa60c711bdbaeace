import { isDeepStrictEqual } from "node:util"
import type { KubeObject } from "#api/objects.ts"
import { type Clock, timeText } from "../contract.ts"
import { applied } from "../patch/apply.ts"
import { type Conflict, conflictText } from "../patch/conflicts.ts"
import { jsonPatched } from "../patch/json.ts"
import { mergePatched } from "../patch/merge.ts"
import { PatchRefused } from "../patch/refused.ts"
import { strategicPatched } from "../patch/strategic.ts"
import { Undecodable } from "./decoding.ts"
import { badRequest, conflict, invalid, notFound, Refusal, unsupportedMediaType } from "./refusal.ts"
import { apiVersionOf, type Resource } from "./resource.ts"
import type { Spot, UpdateOptions, Writes } from "./writes.ts"

export type PatchType = "json" | "merge" | "strategic" | "apply"

export interface Patch {
  type: PatchType
  body: unknown
  /** Apply only: take over what others manage. */
  force?: boolean
}

export const patchTypes: ReadonlyMap<string, PatchType> = new Map([
  ["application/json-patch+json", "json"],
  ["application/merge-patch+json", "merge"],
  ["application/strategic-merge-patch+json", "strategic"],
  ["application/apply-patch+yaml", "apply"],
])

/** What a patch makes of an object. */
export function patched(resource: Resource, object: KubeObject, { type, body }: Patch): KubeObject {
  return inServersWords(() => {
    if (type === "json") return jsonPatched(object, body)
    if (type === "merge") return mergePatched(object, body)
    return strategicPatched(object, body, resource.schema)
  })
}

function inServersWords<T>(act: () => T): T {
  try {
    return act()
  } catch (error) {
    if (!(error instanceof PatchRefused)) throw error
    throw new Refusal(error.status, error.reason, error.message, {})
  }
}

function asObject(body: unknown): Partial<KubeObject> {
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return body
  throw badRequest("error decoding patch: json: cannot unmarshal into Go value of type map[string]interface {}")
}

/** A patch, begun and finished. */
export function patch(writes: Writes, spot: Spot, given: Patch, options: UpdateOptions, clock: Clock): Outcome {
  if (given.type === "apply") return apply(writes, spot, given, options, clock)
  refuseStrategic(spot.resource, given)
  const live = writes.find(spot)
  const wanted = patched(spot.resource, live, given)
  if (wanted.metadata?.uid !== live.metadata.uid) {
    const problem = { field: "metadata.uid", value: wanted.metadata?.uid, detail: "field is immutable" }
    throw invalid(spot.resource, spot.name, [{ ...problem, type: "Invalid value" }])
  }
  try {
    return writes.update(spot, wanted, options)
  } catch (error) {
    if (!(error instanceof Undecodable)) throw error
    const shown = JSON.stringify(JSON.stringify(given.body))
    throw new Refusal(422, "Invalid", ` "" is invalid: patch: Invalid value: ${shown}: ${error.message}`, {})
  }
}

/** Merging by the meaning of lists needs to know it, and custom kinds do not tell. */
function refuseStrategic(resource: Resource, { type }: Patch): void {
  if (type !== "strategic" || !resource.isCustom) return
  throw unsupportedMediaType(
    "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
  )
}

export interface Outcome {
  object: KubeObject
  isNew: boolean
}

/** Server-side apply: what the manager wants to be, and nothing about the rest. */
function apply(writes: Writes, spot: Spot, given: Patch, options: UpdateOptions, clock: Clock): Outcome {
  const { resource, name } = spot
  const config = asObject(given.body)
  refuseOtherKind(resource, config)
  const { metadata = {} as KubeObject["metadata"] } = config
  if ("managedFields" in metadata) throw badRequest("metadata.managedFields must be nil")
  if (metadata.name !== undefined && metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`)
  }
  const named = {
    ...config,
    metadata: { ...metadata, name, ...(spot.namespace ? { namespace: spot.namespace } : {}) },
  } as KubeObject
  const live = found(writes, spot)
  if (!live && options.subresource) throw notFound(resource, name)
  const { uid, resourceVersion } = metadata
  if (!live && uid)
    throw conflict(
      resource,
      name,
      `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
    )
  const { object, conflicts } = inServersWords(() =>
    applied({
      live,
      config: named,
      schema: resource.schema,
      hasStatus: resource.hasStatus,
      manager: options.manager,
      force: given.force ?? false,
      ...(options.subresource ? { subresource: options.subresource } : {}),
      now: timeText(clock.now()),
    }),
  )
  if (conflicts.length > 0 && !given.force) throw applyConflict(conflicts)
  if (!live) return { object: writes.create(spot, object, { ...options, isApplied: true }), isNew: true }
  if (isDeepStrictEqual(object, live)) return { object: live, isNew: false }
  const versioned = { ...object.metadata, resourceVersion: resourceVersion ?? live.metadata.resourceVersion }
  return writes.update(spot, { ...object, metadata: versioned }, { ...options, isApplied: true })
}

function refuseOtherKind(resource: Resource, { apiVersion = "", kind = "" }: Partial<KubeObject>): void {
  if (apiVersion === apiVersionOf(resource) && kind === resource.kind) return
  const named = apiVersion.includes("/") ? apiVersion : `/${apiVersion}`
  throw badRequest(`invalid object type: ${named}, Kind=${kind}`)
}

function found(writes: Writes, spot: Spot): KubeObject | undefined {
  try {
    return writes.find(spot)
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return undefined
    throw error
  }
}

function applyConflict(conflicts: readonly Conflict[]): Refusal {
  const causes = conflicts.map(({ manager, field }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${manager}`,
    field,
  }))
  return new Refusal(409, "Conflict", conflictText(conflicts), { causes })
}
