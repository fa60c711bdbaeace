import { inject, test } from "vitest"
import { startSandboxRig } from "../sandbox/rig.ts"
import type { Address } from "./client.ts"
import { enterWorld } from "./world.ts"

const onCluster = test
  // oxlint-disable-next-line no-empty-pattern -- vitest reads from the pattern what a fixture needs
  .extend("address", { scope: "file" }, async ({}, { onCleanup }): Promise<Address> => {
    const real = inject("address")
    if (real && real !== "none") return real
    const { address, stop } = await startSandboxRig()
    onCleanup(stop)
    return address
  })
  .extend("world", { scope: "file" }, async ({ address }, { onCleanup }) => {
    const world = await enterWorld(address)
    onCleanup(world.leave)
    return world
  })
  .extend("shop", ({ world, task, onTestFailed }) => world.namespace(task.name, onTestFailed))

const nowhere = inject("address") === "none"

/**
 * A story in a namespace of its own, `shop`. All of a file share a `world`: a real control plane, the sandbox in the ordinary
 * tests, and skipped where a real one is asked for and cannot be had.
 */
export const story = onCluster.skipIf(nowhere).concurrent

/** The same, with one operator at work for all stories of the file. */
export const storyOfOneOperator = onCluster
  .extend("operator", { scope: "file", auto: true }, ({ world }) => world.operator())
  .skipIf(nowhere).concurrent
