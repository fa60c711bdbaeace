import { expect } from "vitest"
import { isWrite } from "./audit.ts"
import type { Asked } from "./faults.ts"
import { expectSteps } from "./istio.ts"
import { canary, deployment } from "./objects.ts"
import { story as it } from "./story.ts"
import type { Namespace, World } from "./world.ts"

const leaderElection = ["-enable-leader-election"]
// A follower asks for the lease every 2 to 4.4 seconds.
const RETRY_MS = 4400
const LEASE_MS = 15_000
const SLACK_MS = 2000

async function halfway(shop: Namespace): Promise<void> {
  await shop.create(deployment(), canary())
  await shop.reaches("Initialized")
  await shop.push("1.1.0")
  await shop.hears(`Advance app.${shop.name} canary weight 30`)
}

/** As if one operator had done it without a break. */
async function expectOneRelease(shop: Namespace): Promise<void> {
  await shop.reaches("Succeeded")
  expectSteps(shop, "1.1.0")
  await shop.hears(`Promotion completed! Scaling down app.${shop.name}`)
  const told = shop.events().filter(({ text }) => !/waiting for rollout|providers are available/.test(text))
  expect(told.map(({ text, count }) => `${count} × ${text}`)).toEqual([
    `1 × Initialization done! app.${shop.name}`,
    `1 × New revision detected! Scaling up app.${shop.name}`,
    `1 × Starting canary analysis for app.${shop.name}`,
    `1 × Advance app.${shop.name} canary weight 30`,
    `1 × Advance app.${shop.name} canary weight 60`,
    `1 × Copying app.${shop.name} template spec to app-primary.${shop.name}`,
    "1 × Routing all traffic to primary",
    `1 × Promotion completed! Scaling down app.${shop.name}`,
  ])
}

it("goes on from the live split when it was killed in the middle", async ({ shop, world }) => {
  const operator = await world.operator({ namespace: shop.name })
  await halfway(shop)
  await operator.kill()
  await operator.restart()
  await expectOneRelease(shop)
})

it("loses nothing when it is killed after each thing it writes", async ({ shop, world }) => {
  const faults = await world.faults()
  const operator = await world.operator({ namespace: shop.name, via: faults.url })
  await shop.create(deployment(), canary())
  await shop.reaches("Initialized")
  const written = new Set<string>()
  let restarting = Promise.resolve()
  faults.let(async (asked) => {
    if (!isNews(asked, written)) return "pass"
    await restarting
    await operator.kill()
    restarting = operator.restart()
    return "lose the answer"
  })
  await shop.push("1.1.0")
  await shop.reaches("Succeeded")
  await restarting

  expect(written.size).toBeGreaterThanOrEqual(10)
  expectSteps(shop, "1.1.0")
  expect(shop.history("Deployment", ({ spec }) => spec.replicas)).toEqual([2, 0, 2, 0])
  expect(shop.get("Deployment", "app-primary")!.metadata.generation).toBe(2)
})

it("hands over at once when the leader is asked to end", async ({ shop, world }) => {
  const requests = world.requests()
  const [leader, follower] = await pair(world, shop)
  await halfway(shop)
  const written = requests().filter((request) => isWrite(request) && request.resource !== "leases")
  expect(written.filter(({ user }) => user === follower.user)).toEqual([])
  expect(written.filter(({ user }) => user === leader.user)).not.toEqual([])

  const before = holder(shop)
  await leader.stop()
  await shop.until("the other one leads", () => isHeldByAnother(shop, before), { withinMs: RETRY_MS + SLACK_MS })
  await expectOneRelease(shop)
})

it("takes over when the leader has died", async ({ shop, world }) => {
  const [leader] = await pair(world, shop)
  await halfway(shop)
  const before = holder(shop)
  await leader.kill()
  const withinMs = LEASE_MS + RETRY_MS + SLACK_MS
  await shop.until("the other one leads", () => isHeldByAnother(shop, before), { withinMs })
  await expectOneRelease(shop)
})

async function pair(world: World, shop: Namespace) {
  const leader = await world.operator({ namespace: shop.name, flags: leaderElection })
  await shop.until("somebody leads", () => holder(shop))
  const follower = await world.operator({ namespace: shop.name, flags: leaderElection })
  return [leader, follower] as const
}

const holder = (shop: Namespace): string => shop.get("Lease", "flagger-leader-election")?.["spec"].holderIdentity ?? ""
const isHeldByAnother = (shop: Namespace, before: string): boolean => holder(shop) !== "" && holder(shop) !== before

/** A write of something that has not been written before, events apart. */
function isNews({ method, path, body }: Asked, written: Set<string>): boolean {
  if (method === "GET" || path.includes("/events")) return false
  const write = `${method} ${path} ${body.replaceAll(/"\d{4}-\d\d-\d\dT[^"]*"/g, '"T"')}`
  if (written.has(write)) return false
  written.add(write)
  return true
}
