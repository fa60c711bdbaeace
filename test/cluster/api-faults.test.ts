import { expect } from "vitest"
import type { Asked, Fate } from "./faults.ts"
import { expectSteps } from "./istio.ts"
import { canary, deployment } from "./objects.ts"
import { story as it } from "./story.ts"

const CUT_WATCHES_EVERY_MS = 3000

const conflict: Fate = { status: 409, reason: "Conflict" }
const overloaded: Fate = { status: 429, reason: "TooManyRequests", headers: { "retry-after": "1" } }
const broken: Fate = { status: 500, reason: "InternalError" }
const fates: Fate[] = ["pass", "pass", "pass", "pass", "pass", overloaded, "cut", conflict, broken, "lose the answer"]

it("does not change what a release does", async ({ shop, world, onTestFinished }) => {
  const faults = await world.faults()
  await world.operator({ namespace: shop.name, via: faults.url })

  const draw = draws(20)
  let suffered = 0
  faults.let(({ method, isWatch }: Asked) => {
    if (isWatch) return "pass"
    const fate = fates[Math.floor(draw() * fates.length)]!
    // Reads never conflict.
    if (fate === conflict && method === "GET") return "pass"
    if (fate !== "pass") suffered++
    return fate
  })
  const cutting = setInterval(faults.cutWatches, CUT_WATCHES_EVERY_MS)
  onTestFinished(() => clearInterval(cutting))

  await shop.create(deployment(), canary())
  await shop.reaches("Initialized", "app", { withinMs: 60_000 })
  await shop.push("1.1.0")
  await shop.reaches("Succeeded", "app", { withinMs: 100_000 })

  expect(suffered).toBeGreaterThan(15)
  expectSteps(shop, "1.1.0")
  expect(shop.get("Deployment")!["spec"].replicas).toBe(0)
})

it("takes no step early because the one before could not be noted", async ({ shop, world }) => {
  const faults = await world.faults()
  await world.operator({ namespace: shop.name, via: faults.url })
  await shop.create(deployment(), canary())
  await shop.reaches("Initialized")
  const refused = new Set<string>()
  faults.let(({ path, body }) => {
    const [weight] = /"canaryWeight":[36]0/.exec(body) ?? []
    if (!weight || !path.endsWith("/status") || refused.has(weight)) return "pass"
    refused.add(weight)
    return broken
  })
  await shop.push("1.1.0")
  await shop.reaches("Succeeded")

  expect(refused.size).toBe(2)
  expectSteps(shop, "1.1.0")
})

/** Numbers from 0 to 1, the same in every run. Faults in a rhythm could hit one request every time. */
function draws(seed: number): () => number {
  let state = seed
  return () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32
  }
}
