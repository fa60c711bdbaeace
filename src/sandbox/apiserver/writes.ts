import { randomUUID } from "node:crypto"
import { isDeepStrictEqual } from "node:util"
import type { KubeObject, Metadata } from "#api/objects.ts"
import { type Clock, type DeleteOptions, timeText } from "../contract.ts"
import { unlessIdle, withManagers } from "../patch/managed-fields.ts"
import { defaulted, refuseInvalid } from "./admission.ts"
import { decoded, type Decoding } from "./decoding.ts"
import { type Catalogue, familyOf, inVersion } from "./catalogue.ts"
import { generatedName } from "./metadata.ts"
import { alreadyExists, badRequest, conflict, forbidden, invalid, notFound, Refusal } from "./refusal.ts"
import type { Place, Resource } from "./resource.ts"
import type { Store } from "./store.ts"

/** Where an object is, in the words of its path. */
export interface Spot {
  resource: Resource
  namespace?: string | undefined
  name: string
}

export interface WriteOptions extends Decoding {
  /** Who is noted as the manager of the fields. */
  manager: string
  dryRun?: boolean | undefined
  /** Who manages which field is already noted in the object. */
  isApplied?: boolean
}

export interface UpdateOptions extends WriteOptions {
  subresource?: string | undefined
}

/** What managed fields of the object know while it lives in this server. */
type Managed = Metadata & { managedFields?: unknown[]; deletionGracePeriodSeconds?: number; generateName?: string }

/** Everything that changes objects, by the rules of their kinds. At once, and one after the other. */
export interface Writes {
  find(spot: Spot): KubeObject
  create(spot: Omit<Spot, "name">, raw: unknown, options: WriteOptions): KubeObject
  /** Where the kind allows it, an object that is missing is created. */
  update(spot: Spot, raw: unknown, options: UpdateOptions): { object: KubeObject; isNew: boolean }
  /** Gives what is left of it: nothing when it is gone. */
  remove(spot: Spot, options: DeleteOptions & { resourceVersion?: string; dryRun?: boolean }): Removal
}

export interface Removal {
  /** As it is, or as it was. */
  object: KubeObject
  isGone: boolean
}

export const keyOf = (namespace: string | undefined, name: string): string =>
  namespace ? `${namespace}/${name}` : name

export function createWrites(parts: {
  store: Store
  catalogue: Catalogue
  clock: Clock
  place: Omit<Place, "nowMs">
}): Writes {
  const { store, catalogue, clock } = parts
  const now = (): string => timeText(clock.now())
  const place = (): Place => ({ ...parts.place, nowMs: clock.now() })

  const live = ({ resource, namespace, name }: Spot): KubeObject | undefined =>
    store.get(familyOf(resource), keyOf(namespace, name))

  function find(spot: Spot): KubeObject {
    const object = live(spot)
    if (!object) throw notFound(spot.resource, spot.name)
    return inVersion(object, spot.resource)
  }

  function keep(resource: Resource, object: KubeObject, dryRun: boolean | undefined): KubeObject {
    if (dryRun) return object
    const family = familyOf(resource)
    const stored = catalogue.stored(family) ?? resource
    const kept = store.put(family, keyOf(object.metadata.namespace, object.metadata.name), inVersion(object, stored))
    return inVersion(kept, resource)
  }

  function create({ resource, namespace }: Omit<Spot, "name">, raw: unknown, options: WriteOptions): KubeObject {
    const given = decoded(resource, raw, options)
    const metadata = given.metadata as Managed
    if (metadata.resourceVersion && metadata.resourceVersion !== "0") {
      throw new Refusal(500, "InternalError", "resourceVersion should not be set on objects to be created")
    }
    refuseOtherNamespace(resource, metadata, namespace)
    const name = metadata.name ?? (metadata.generateName ? generatedName(metadata.generateName) : "")
    if (resource.namespaced) refuseMissingNamespace(resource, namespace!, name)
    const { managedFields, deletionTimestamp: _, deletionGracePeriodSeconds: __, ...kept } = metadata
    const filled = defaulted(resource, {
      ...given,
      metadata: {
        ...kept,
        name,
        ...(resource.namespaced ? { namespace: namespace! } : {}),
        uid: randomUUID(),
        creationTimestamp: now(),
      },
    })
    if (!resource.namespaced) delete filled.metadata.namespace
    // Nodes tell themselves what they are.
    if (resource.hasStatus && resource.kind !== "Node") delete filled["status"]
    // Who manages what is known before the server adds what is its own.
    const object = managed(resource, undefined, filled, managedFields, options)
    if (resource.rules.generationCounts !== null) object.metadata.generation = 1
    else delete object.metadata.generation
    resource.rules.beforeCreate?.(object, place())
    refuseInvalid(resource, object, undefined)
    const there = live({ resource, namespace, name })
    if (there) throw alreadyExists(resource, name, there.metadata.deletionTimestamp !== undefined)
    return keep(resource, object, options.dryRun)
  }

  function managed(
    resource: Resource,
    before: KubeObject | undefined,
    object: KubeObject,
    managedFields: unknown[] | undefined,
    options: UpdateOptions,
  ): KubeObject {
    const after = managedFields ? { ...object, metadata: { ...object.metadata, managedFields } } : object
    if (options.isApplied) return after
    return withManagers({
      before,
      after,
      schema: resource.schema,
      hasStatus: resource.hasStatus,
      manager: options.manager,
      ...(options.subresource ? { subresource: options.subresource } : {}),
      now: now(),
    })
  }

  function refuseMissingNamespace(resource: Resource, namespace: string, name: string): void {
    const found = store.get("namespaces", namespace)
    if (!found) throw notFound({ group: "", plural: "namespaces" }, namespace)
    if (!found.metadata.deletionTimestamp) return
    const why = `unable to create new content in namespace ${namespace} because it is being terminated`
    const cause = {
      reason: "NamespaceTerminating",
      message: `namespace ${namespace} is being terminated`,
      field: "metadata.namespace",
    }
    throw forbidden(resource, name, why, [cause])
  }

  function update(spot: Spot, raw: unknown, options: UpdateOptions): { object: KubeObject; isNew: boolean } {
    const { resource, namespace, name } = spot
    const given = decoded(resource, raw, options)
    refuseOtherName(given.metadata, spot)
    const old = live(spot)
    if (!old) {
      if (!mayBeCreatedByUpdate(resource) || options.subresource) throw notFound(resource, name)
      return { object: create({ resource, namespace }, raw, options), isNew: true }
    }
    const before = inVersion(old, resource)
    refuseStale(resource, given.metadata, before)
    const filled = defaulted(resource, successor(resource, before, given, options.subresource))
    const { managedFields } = given.metadata as Managed
    const object = managed(resource, before, filled, managedFields, options)
    resource.rules.beforeUpdate?.(object, before, place())
    if (options.subresource !== "status") setGeneration(resource, object, before)
    refuseInvalid(resource, object, before, options.subresource)
    const after = unlessIdle(before, object)
    if (after === before) return { object: before, isNew: false }
    if (isFinished(after)) return { object: end(resource, after, options.dryRun), isNew: false }
    return { object: keep(resource, after, options.dryRun), isNew: false }
  }

  /** Nobody holds it back any more. */
  function end(resource: Resource, object: KubeObject, dryRun?: boolean): KubeObject {
    if (dryRun) return object
    const { namespace, name } = object.metadata
    const last = store.remove(familyOf(resource), keyOf(namespace, name), object)
    return last ? inVersion(last, resource) : object
  }

  /** With what its kind notes at its going. */
  function leaving(resource: Resource, object: KubeObject): KubeObject {
    if (!resource.rules.beforeDelete || object.metadata.deletionTimestamp) return object
    const own = structuredClone(object)
    resource.rules.beforeDelete(own, place())
    return own
  }

  function remove(spot: Spot, options: DeleteOptions & { resourceVersion?: string; dryRun?: boolean }): Removal {
    const { resource, name } = spot
    const object = leaving(resource, find(spot))
    const metadata = object.metadata as Managed
    refusePreconditions(resource, object, options)
    refuseNeeded(resource, name)
    const graceSeconds = graceOf(resource, object, options)
    const finalizers = finalizersFor(metadata, options)
    const isHeldBack = finalizers.length > 0 || isHeldByItsSpec(resource, object)
    if (!isHeldBack && graceSeconds === 0) {
      return { object: end(resource, ended(resource, object, now()), options.dryRun), isGone: true }
    }
    if (metadata.deletionTimestamp) {
      const isSooner = graceSeconds < (metadata.deletionGracePeriodSeconds ?? 0)
      if (!isSooner && isDeepStrictEqual(finalizers, metadata.finalizers ?? [])) return { object, isGone: false }
    }
    const going: KubeObject = {
      ...object,
      metadata: {
        ...metadata,
        deletionTimestamp: timeText(clock.now() + graceSeconds * 1000),
        deletionGracePeriodSeconds: graceSeconds,
        ...(finalizers.length > 0 ? { finalizers } : {}),
        ...(metadata.generation === undefined
          ? {}
          : { generation: metadata.generation + (metadata.deletionTimestamp ? 0 : 1) }),
      } as Managed,
      ...(resource.kind === "Namespace" && resource.group === ""
        ? { status: { ...object["status"], phase: "Terminating" } }
        : {}),
    }
    return { object: keep(resource, going, options.dryRun), isGone: false }
  }

  return { find, create, update, remove }
}

function refuseOtherNamespace(resource: Resource, metadata: Metadata, namespace: string | undefined): void {
  if (!resource.namespaced || !metadata.namespace || metadata.namespace === namespace) return
  throw badRequest("the namespace of the provided object does not match the namespace sent on the request")
}

function refuseOtherName(metadata: Metadata, { resource, namespace, name }: Spot): void {
  if (!metadata.name) {
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`)
  }
  if (metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`)
  }
  refuseOtherNamespace(resource, metadata, namespace)
}

function refuseStale(resource: Resource, { uid, resourceVersion }: Metadata, old: KubeObject): void {
  const { name } = old.metadata
  if (uid && uid !== old.metadata.uid) {
    throw conflict(
      resource,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`,
    )
  }
  if (!resourceVersion || resourceVersion === "0") {
    if (!needsVersion(resource)) return
    const { group, kind, plural } = resource
    throw invalid({ group, kind: resource.isCustom ? plural : kind }, name, [
      {
        field: "metadata.resourceVersion",
        type: "Invalid value",
        value: 0,
        detail: "must be specified for an update",
      },
    ])
  }
  if (resourceVersion !== old.metadata.resourceVersion) throw conflict(resource, name)
}

/** Kinds that nobody may overwrite without having seen them. */
const versioned = new Set(["Lease", "PodDisruptionBudget", "CustomResourceDefinition"])
const needsVersion = ({ isCustom, kind }: Resource): boolean => isCustom || versioned.has(kind)

const creatable = new Set(["Lease", "Service", "Endpoints", "Event", "LimitRange"])
const mayBeCreatedByUpdate = ({ isCustom, kind, group }: Resource): boolean =>
  !isCustom && creatable.has(kind) && (group === "" || group === "coordination.k8s.io")

/** What becomes of an object when somebody sends this for it. */
function successor(
  resource: Resource,
  old: KubeObject,
  given: KubeObject,
  subresource: string | undefined,
): KubeObject {
  const {
    uid,
    creationTimestamp,
    generation,
    deletionTimestamp,
    deletionGracePeriodSeconds,
    namespace,
    resourceVersion,
  } = old.metadata as Managed
  const servers = withoutUndefined({
    uid,
    creationTimestamp,
    generation,
    deletionTimestamp,
    deletionGracePeriodSeconds,
    namespace,
    resourceVersion,
  })
  const { managedFields: _, ...sent } = given.metadata as Managed
  const metadata = { ...without(sent, ["deletionTimestamp", "deletionGracePeriodSeconds"]), ...servers }
  const { managedFields: known } = old.metadata as Managed
  const own = { ...metadata, ...(known ? { managedFields: known } : {}) } as Metadata
  if (subresource === "status") {
    // Controllers of built-in kinds note things in annotations together with the status.
    const { annotations } = given.metadata
    const noted = resource.isCustom ? {} : { annotations: annotations ?? {} }
    return { ...old, metadata: withoutEmpty({ ...old.metadata, ...noted }), status: given["status"] ?? {} }
  }
  if (subresource) return { ...given, metadata: own }
  if (!resource.hasStatus) return { ...given, metadata: own }
  const { status: __, ...rest } = given
  return { ...rest, metadata: own, ...("status" in old ? { status: old["status"] } : {}) }
}

function setGeneration(resource: Resource, object: KubeObject, old: KubeObject): void {
  const counts = resource.rules.generationCounts
  if (counts === null) return void delete object.metadata.generation
  const generation = old.metadata.generation ?? 1
  const fields = counts ?? countedFields(resource, object, old)
  const isChanged = fields.some((path) => !isDeepStrictEqual(valueAt(object, path), valueAt(old, path)))
  object.metadata.generation = generation + (isChanged ? 1 : 0)
}

const valueAt = (object: KubeObject, path: string): unknown =>
  path.split(".").reduce<unknown>((inside, field) => (inside as Record<string, unknown> | undefined)?.[field], object)

/** Of custom kinds everything counts but the metadata, and the status where it is written apart. */
function countedFields(resource: Resource, object: KubeObject, old: KubeObject): string[] {
  if (!resource.isCustom) return ["spec"]
  const fields = new Set([...Object.keys(object), ...Object.keys(old)])
  for (const field of ["metadata", "apiVersion", "kind"]) fields.delete(field)
  if (resource.hasStatus) fields.delete("status")
  return [...fields]
}

function isFinished({ kind, metadata, spec }: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = metadata as Managed
  if (!deletionTimestamp || (finalizers?.length ?? 0) > 0) return false
  if (kind === "Namespace") return (spec?.finalizers?.length ?? 0) === 0
  return (deletionGracePeriodSeconds ?? 0) === 0
}

const isHeldByItsSpec = ({ group, kind }: Resource, { spec }: KubeObject): boolean =>
  group === "" && kind === "Namespace" && (spec?.finalizers?.length ?? 0) > 0

/** Only pods are given time, and only those that run somewhere. */
function graceOf(
  { group, kind }: Resource,
  { spec, status }: KubeObject,
  { gracePeriodSeconds }: DeleteOptions,
): number {
  if (group !== "" || kind !== "Pod") return 0
  if (!spec.nodeName || status?.phase === "Succeeded" || status?.phase === "Failed") return 0
  return Math.max(0, gracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30)
}

const deletionFinalizers = ["orphan", "foregroundDeletion"]

function finalizersFor({ finalizers = [] }: Metadata, { propagationPolicy }: DeleteOptions): string[] {
  if (!propagationPolicy) return finalizers
  const others = finalizers.filter((name) => !deletionFinalizers.includes(name))
  if (propagationPolicy === "Foreground") return [...others, "foregroundDeletion"]
  return propagationPolicy === "Orphan" ? [...others, "orphan"] : others
}

/** Only this very object, in this very state. */
function refusePreconditions(
  { group, kind }: Resource,
  { metadata: { name, uid, resourceVersion } }: KubeObject,
  wanted: { uid?: string; resourceVersion?: string },
): void {
  const unmet = (what: string, asked: string, actual: string | undefined, why: string) =>
    conflict(
      { group, kind, plural: kind },
      name,
      `the ${what} in the precondition (${asked}) does not match the ${what} in record (${actual}). The object might have been ${why}`,
    )
  if (wanted.uid !== undefined && wanted.uid !== uid) {
    throw unmet("UID", wanted.uid, uid, "deleted and then recreated")
  }
  if (wanted.resourceVersion !== undefined && wanted.resourceVersion !== resourceVersion) {
    throw unmet("ResourceVersion", wanted.resourceVersion, resourceVersion, "modified")
  }
}

const neededNamespaces = new Set(["default", "kube-system", "kube-public"])

function refuseNeeded(resource: Resource, name: string): void {
  const { group, kind } = resource
  if (group === "" && kind === "Namespace" && neededNamespaces.has(name)) {
    throw forbidden(resource, name, "this namespace may not be deleted")
  }
}

/** Pods tell in the end that they got no more time. */
function ended({ group, kind }: Resource, object: KubeObject, now: string): KubeObject {
  if (group !== "" || kind !== "Pod") return object
  const metadata: Managed = { ...object.metadata, deletionTimestamp: now, deletionGracePeriodSeconds: 0 }
  return { ...object, metadata }
}

function withoutEmpty({ annotations, ...rest }: Metadata): Metadata {
  return annotations && Object.keys(annotations).length > 0 ? { ...rest, annotations } : rest
}

const without = (object: object, fields: readonly string[]): object =>
  Object.fromEntries(Object.entries(object).filter(([field]) => !fields.includes(field)))

const withoutUndefined = (object: object): object =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))
