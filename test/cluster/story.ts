import { inject, test } from "vitest"
import { enterWorld } from "./world.ts"

const onCluster = test
  .extend("address", { scope: "file" }, () => inject("address")!)
  .extend("world", { scope: "file" }, async ({ address }, { onCleanup }) => {
    const world = await enterWorld(address)
    onCleanup(world.leave)
    return world
  })
  .extend("shop", ({ world, task, onTestFailed }) => world.namespace(task.name, onTestFailed))

const nowhere = inject("address") === undefined

/** A story in a namespace of its own, `shop`. All of a file share a `world`. Skipped where no control plane can be had. */
export const story = onCluster.skipIf(nowhere)

/** The same, with one operator at work for all stories of the file. */
export const storyOfOneOperator = onCluster
  .extend("operator", { scope: "file", auto: true }, ({ world }) => world.operator())
  .skipIf(nowhere)
