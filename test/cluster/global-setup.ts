import type { TestProject } from "vitest/node"
import { binaries } from "./binaries.ts"
import { buildProgram } from "./build-program.ts"
import type { Address } from "./client.ts"
import { startRig } from "./rig.ts"

declare module "vitest" {
  export interface ProvidedContext {
    /** Of a real control plane; undefined where the sandbox is to be used. */
    address: Address | "none" | undefined
  }
}

/** One control plane for the whole run. */
export default async function setUp({ provide }: TestProject): Promise<(() => Promise<void>) | undefined> {
  const found = binaries()
  if ("missing" in found) {
    console.warn(`\nThe cluster tests are skipped. ${found.missing}\n`)
    provide("address", "none")
    return undefined
  }
  buildProgram()
  const rig = await startRig(found)
  provide("address", rig.address)
  return rig.stop
}
