import { randomBytes } from "node:crypto"
import { Agent } from "undici"
import { test } from "vitest"
import { connect } from "./http.ts"
import { spaceOf } from "./paths.ts"
import { findTarget } from "./target.ts"

/** A name nobody else uses. */
export const fresh = (word: string): string => `${word}-${randomBytes(4).toString("hex")}`

/** A case about the API server under test. */
export const it = test
  // oxlint-disable-next-line no-empty-pattern -- vitest reads from the pattern what a fixture needs
  .extend("target", { scope: "file" }, async ({}, { onCleanup }) => {
    const target = await findTarget()
    onCleanup(target.close)
    return target
  })
  .extend("agent", { scope: "file" }, ({ target }, { onCleanup }) => {
    const agent = new Agent({ connect: { ca: target.ca }, bodyTimeout: 0 })
    onCleanup(() => agent.destroy())
    return agent
  })
  .extend("api", { scope: "file" }, ({ target, agent }) => connect(target.url, agent, target.adminToken))
  .extend("visitor", { scope: "file" }, ({ target, agent }) => connect(target.url, agent, target.visitorToken))
  .extend("anonymous", { scope: "file" }, ({ target, agent }) => connect(target.url, agent))
  .extend("space", async ({ api }) => {
    const name = fresh("api")
    await api.given("/api/v1/namespaces", { metadata: { name } })
    return spaceOf(name)
  })
