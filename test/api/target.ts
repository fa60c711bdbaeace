import { inject } from "vitest"
import { tokenOf } from "../cluster/client.ts"

/** The API server under test, and who may talk to it. */
export interface Target {
  url: string
  /** The certificate it is to be trusted by; none where it speaks plain HTTP. */
  ca?: string
  /** May do everything. */
  adminToken: string
  /** Of the user "visitor" in the group "visitors", who may do nothing that not everybody may. */
  visitorToken: string
  close(): Promise<void>
}

/** The real one where there is one, otherwise a sandbox of our own. */
export async function findTarget(): Promise<Target> {
  const address = inject("address")
  if (address && address !== "none") {
    const { server, ca } = address
    return { url: server, ca, adminToken: tokenOf("rig"), visitorToken: tokenOf("visitor"), close: async () => {} }
  }
  const { startSandbox } = await import("./sandbox.ts")
  return startSandbox()
}
