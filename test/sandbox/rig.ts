import { appendFileSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { User } from "#sandbox/apiserver/access.ts"
import { startApiServer } from "#sandbox/apiserver/server.ts"
import { startControllers } from "#sandbox/controllers/start.ts"
import { systemClock } from "#sandbox/contract.ts"
import { startPretendKubelet } from "#sandbox/kubelet/pretend.ts"
import { auditFile, operatorGroup } from "../cluster/audit.ts"
import { killChildren } from "../cluster/child.ts"
import { type Address, tokenOf } from "../cluster/client.ts"
import { crds } from "../cluster/crds.ts"
import { operatorUsers, users, visitor } from "../cluster/rig.ts"

export interface SandboxRig {
  address: Address
  stop(): Promise<void>
}

/** The same control plane as `startRig` makes, in this process: API, controllers, and pods that only pretend. */
export async function startSandboxRig(): Promise<SandboxRig> {
  const folder = mkdtempSync(join(tmpdir(), "flagger-sandbox-"))
  const said = (what: string, error: unknown) => console.error(`sandbox: ${what}:`, error)
  const server = await startApiServer({
    tokens,
    onError: (error) => said("API server", error),
    onRequest({ user, userAgent, verb, resource, subresource, namespace, name }) {
      if (!operatorUsers.includes(user)) return
      const objectRef = { resource, subresource, namespace, name }
      appendFileSync(auditFile(folder), `${JSON.stringify({ user: { username: user }, userAgent, verb, objectRef })}\n`)
    },
  })
  const { cluster } = server
  for (const crd of crds()) cluster.create(crd)
  const controllers = startControllers({
    cluster,
    clock: systemClock,
    kinds: server.kinds,
    usage: () => undefined,
    onError: said,
  })
  const kubelet = startPretendKubelet({ cluster, clock: systemClock })
  return {
    address: { folder, server: server.url, ca: "" },
    async stop() {
      controllers.stop()
      kubelet.stop()
      await server.close()
      killChildren(folder)
      rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
    },
  }
}

const tokens = new Map<string, User>([
  ...users.map((name) => tokened(name, "system:masters")),
  ...operatorUsers.map((name) => tokened(name, "system:masters", operatorGroup)),
  tokened(visitor.name, visitor.group),
])

function tokened(name: string, ...groups: string[]): [string, User] {
  return [tokenOf(name), { name, groups: [...groups, "system:authenticated"] }]
}
