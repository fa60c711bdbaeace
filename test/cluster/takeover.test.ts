import { setTimeout as pause } from "node:timers/promises"
import { expect } from "vitest"
import { isWrite } from "./audit.ts"
import { leave } from "./left-by-the-original.ts"
import { story as it } from "./story.ts"

const INTERVAL_MS = 10_000
// Hashes in the original's shape; what was hashed is unknown.
const hash = "5498f4fcd6"
const otherHash = "68d7b4f5c9"

it("adopts what is settled without touching it, and releases the next version", async ({ shop, world }) => {
  const settled = { target: "1.0.0", lastAppliedSpec: hash, lastPromotedSpec: hash }
  await leave(shop, "fresh", { ...settled, phase: "Initialized" })
  await leave(shop, "released", { ...settled, phase: "Succeeded" })
  const rolledBack = { target: "1.1.0", lastAppliedSpec: hash, lastPromotedSpec: otherHash }
  await leave(shop, "failed", { ...rolledBack, phase: "Failed" })
  const names = ["fresh", "released", "failed"]
  await shop.until("the primaries run", () =>
    names.every((name) => shop.get("Deployment", `${name}-primary`)?.["status"]?.availableReplicas === 2),
  )

  const requests = world.requests()
  await world.operator({ namespace: shop.name })
  await shop.until("the hashes are ours", () => names.every((name) => shop.status(name).lastAppliedSpec !== hash))
  const first = requests().filter(({ namespace }) => namespace === shop.name)
  await pause(INTERVAL_MS + 2000)
  const later = requests().filter(({ namespace, verb }) => namespace === shop.name && verb !== "watch")

  const written = first.filter(isWrite).map(({ resource, subresource, name }) => `${resource}/${subresource} ${name}`)
  expect(written.toSorted()).toEqual(["canaries/status failed", "canaries/status fresh", "canaries/status released"])
  expect(later).toEqual([])
  expect(names.map((name) => shop.status(name).phase)).toEqual(["Initialized", "Succeeded", "Failed"])
  expect(names.flatMap((name) => shop.texts(name))).toEqual([])

  await shop.push("1.1.0", "released")
  await shop.push("1.2.0", "failed")
  await shop.hears(`New revision detected! Scaling up released.${shop.name}`, "released")
  await shop.hears(`New revision detected! Scaling up failed.${shop.name}`, "failed")
  expect(shop.status("fresh").phase).toBe("Initialized")
})
