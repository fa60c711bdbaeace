import { type Call, isTrue, reply, sent, spotOf, writing } from "../call.ts"
import { bodyOf, mediaTypeOf, parsed } from "../exchange.ts"
import { type Patch, patch, patchTypes } from "../patches.ts"
import { badRequest, invalid, methodNotAllowed, Refusal } from "../refusal.ts"
import type { UpdateOptions } from "../writes.ts"

export async function create(call: Call): Promise<void> {
  if (call.path.name !== undefined) throw methodNotAllowed()
  const { raw, repeated } = await sent(call)
  const { options, warnings } = writing(call)
  const place = { resource: call.resource, namespace: call.path.namespace }
  const object = call.server.writes.create(place, raw, { ...options, repeated })
  await call.server.written?.()
  reply(call, 201, object, warnings)
}

export async function update(call: Call): Promise<void> {
  if (call.path.name === undefined) throw methodNotAllowed()
  const { raw, repeated } = await sent(call)
  const { options, warnings } = writing(call)
  const { subresource } = call.path
  const { object, isNew } = call.server.writes.update(spotOf(call), raw, { ...options, repeated, subresource })
  await call.server.written?.()
  reply(call, isNew ? 201 : 200, object, warnings)
}

export async function change(call: Call): Promise<void> {
  if (call.path.name === undefined) throw methodNotAllowed()
  const given = await patchIn(call)
  const { options, warnings } = writing(call)
  const update: UpdateOptions = { ...options, subresource: call.path.subresource }
  const { object, isNew } = patch(call.server.writes, spotOf(call), given, update, call.server.clock)
  await call.server.written?.()
  reply(call, isNew ? 201 : 200, object, warnings)
}

export async function patchIn(call: Call): Promise<Patch> {
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

function patchBody(body: Buffer, mediaType: string): unknown {
  try {
    return parsed(body, mediaType)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw badRequest(`error decoding patch: ${error.message[0]!.toLowerCase()}${error.message.slice(1)}`)
  }
}
