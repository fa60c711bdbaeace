import { randomBytes } from "node:crypto"
import { describe, test } from "vitest"
import { kubectlBinary } from "./binary.ts"
import { player } from "./player.ts"
import { openStage } from "./stage.ts"

const binary = kubectlBinary()
if ("missing" in binary) console.warn(`\nThe transcripts of kubectl are skipped: ${binary.missing}.\n`)

/** What kubectl does, where there is one. */
export const transcript = describe.skipIf("missing" in binary).concurrent

/** A case with a namespace of its own. */
export const it = test
  // oxlint-disable-next-line no-empty-pattern -- vitest reads from the pattern what a fixture needs
  .extend("stage", { scope: "file" }, async ({}, { onCleanup }) => {
    const stage = await openStage()
    onCleanup(stage.close)
    return stage
  })
  .extend("kubectl", async ({ stage }) => {
    const path = "path" in binary ? binary.path : ""
    const name = `play-${randomBytes(4).toString("hex")}`
    const kubectl = player(path, stage.folder, name)
    await kubectl.play(`create namespace ${name}`)
    return kubectl
  })
