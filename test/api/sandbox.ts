import { anonymous } from "#sandbox/apiserver/access.ts"
import { startApiServer } from "#sandbox/apiserver/server.ts"
import { systemClock } from "#sandbox/contract.ts"
import { createTell } from "#sandbox/controllers/events.ts"
import { followEverything } from "#sandbox/controllers/garbage/everything.ts"
import { startGarbageCollector } from "#sandbox/controllers/garbage/garbage.ts"
import { pods } from "#sandbox/controllers/kinds.ts"
import { lookUpLabelled } from "#sandbox/controllers/lookup.ts"
import { startNamespaceEnd } from "#sandbox/controllers/namespace/end.ts"
import { tokenOf } from "../cluster/client.ts"
import type { Target } from "./target.ts"

const visitor = { name: "visitor", groups: ["visitors", "system:authenticated"] }

/** An API server in this process, with the controllers that the API itself promises: garbage and namespaces go away. */
export async function startSandbox(): Promise<Target> {
  const visitorToken = tokenOf(visitor.name)
  const onError = (error: unknown) => console.error(error)
  const server = await startApiServer({ tokens: new Map([[visitorToken, visitor]]), withoutToken: anonymous, onError })
  const { cluster, kinds } = server
  const parts = { cluster, kinds, clock: systemClock, onError: (_: string, error: unknown) => onError(error) }
  const everything = followEverything(parts)
  const world = { ...parts, pods: lookUpLabelled(cluster, pods), tell: createTell(parts) }
  const controllers = [startGarbageCollector(world, everything), startNamespaceEnd(world, everything)]
  return {
    url: server.url,
    adminToken: server.adminToken,
    visitorToken,
    async close() {
      for (const controller of controllers) controller.stop()
      world.pods.stop()
      everything.stop()
      await server.close()
    },
  }
}
