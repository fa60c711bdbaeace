import type { DeleteOptions } from "../../contract.ts"
import { type Call, formOf, reply, selectorsIn, spotOf, tableOptions } from "../call.ts"
import { bodyOf, mediaTypeOf, parsed, send } from "../exchange.ts"
import { listed } from "../reads.ts"
import { invalid, methodNotAllowed } from "../refusal.ts"
import type { Resource } from "../resource.ts"
import { shownList } from "../show.ts"

export async function remove(call: Call): Promise<void> {
  const { object, isGone } = call.server.writes.remove(spotOf(call), await deletion(call))
  await call.server.written?.()
  if (!isGone || returnsDeleted(call.resource)) return reply(call, 200, object)
  const { group, plural } = call.resource
  const { name, uid } = object.metadata
  const details = { name, ...(group ? { group } : {}), kind: plural, uid }
  send(call.response, {
    code: 200,
    body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details },
  })
}

export async function removeAll(call: Call): Promise<void> {
  const { resource, path, query } = call
  if (resource.group === "" && resource.kind === "Namespace") throw methodNotAllowed()
  const options = await deletion(call)
  const { objects, metadata } = listed(call.server.store, resource, path.namespace, selectorsIn(query))
  const removed = objects.map(
    ({ metadata: { namespace, name } }) => call.server.writes.remove({ resource, namespace, name }, options).object,
  )
  await call.server.written?.()
  const { form, isYaml } = formOf(call)
  send(call.response, { code: 200, isYaml, body: shownList(resource, removed, metadata, form, tableOptions(call)) })
}

type Propagation = NonNullable<DeleteOptions["propagationPolicy"]>

interface SentDeletion {
  gracePeriodSeconds?: number
  propagationPolicy?: Propagation
  preconditions?: { uid?: string; resourceVersion?: string }
  dryRun?: string[]
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
