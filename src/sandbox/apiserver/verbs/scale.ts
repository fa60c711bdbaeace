import { type Call, sent, spotOf, writing } from "../call.ts"
import { send } from "../exchange.ts"
import { patched } from "../patches.ts"
import { methodNotAllowed } from "../refusal.ts"
import { readScale, scaledTo, scaleKind, scaleOf } from "../scale.ts"
import { patchIn } from "./write.ts"

export async function scale(call: Call): Promise<void> {
  const { resource, verb, response } = call
  const paths = resource.scale!
  const spot = spotOf(call)
  if (verb === "get")
    return send(response, { code: 200, body: readScale(call.server.writes.find(spot), paths, resource) })
  if (verb !== "update" && verb !== "patch") throw methodNotAllowed()
  const given = verb === "update" ? await sent(call) : undefined
  const change = verb === "patch" ? await patchIn(call) : undefined
  const { options, warnings } = writing(call)
  const live = call.server.writes.find(spot)
  const wanted = change ? patched(scaleKind, scaleOf(live, paths), change) : given!.raw
  const next = scaledTo(live, wanted, paths, resource, { ...options, repeated: given?.repeated ?? [] })
  const { object } = call.server.writes.update(spot, next, { ...options, subresource: "scale" })
  await call.server.written?.()
  send(response, { code: 200, body: scaleOf(object, paths), warnings })
}
