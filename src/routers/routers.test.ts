import { describe, expect, it } from "vitest"
import type { Analysis, Canary, ServiceSpec } from "#api/canary.ts"
import { refOf } from "#api/objects.ts"
import { differs } from "#kube/apply.ts"
import { allToCanary, allToPrimary, RouteRefused, type Router, type Routes } from "./contract.ts"
import { allExamples, applied, type Example, frozen, outcomeOf, type World, worldOf } from "./examples.test-support.ts"
import { providerNames, routerFor } from "./registry.ts"

const routers = providerNames.map(routerFor)
const examples = allExamples()
const weighted = (canary: number): Routes => ({ primary: 100 - canary, canary, mirrored: false })
const isTested = ({ canary }: Example): boolean => (canary.spec.analysis.match ?? []).length > 0

const withService = (canary: Canary, change: Partial<ServiceSpec>): Canary =>
  frozen({ ...canary, spec: { ...canary.spec, service: { port: 80, ...canary.spec.service, ...change } } })
const withAnalysis = (canary: Canary, change: Partial<Analysis>): Canary =>
  frozen({ ...canary, spec: { ...canary.spec, analysis: { ...canary.spec.analysis, ...change } } })

/** The world in which the example's canary has these routes. */
function moved({ router, canary, settings }: Example, world: World, routes: Routes): World {
  return applied(world, router.desired(canary, routes, world, settings))
}
const worldBefore = (example: Example): World => worldOf(example.objects)

/** False when the router refuses to give the canary everything and take it back; any other failure is for a test to show. */
function canMove(example: Example): boolean {
  try {
    moved(example, moved(example, worldBefore(example), allToCanary), allToPrimary)
  } catch (error) {
    if (error instanceof RouteRefused) return false
  }
  return example.router.can.weights
}
const titled = (some: Example[]) => some.map((example) => [`${example.folder}: ${example.title}`, example] as const)
const movable = examples.filter(canMove)

it("has examples of every router", () => {
  const namesOf = (some: readonly Router[]) => some.map((router) => router.names[0])
  const shownIn = (some: Example[]) => namesOf(some.map((example) => example.router))
  expect(shownIn(examples)).toEqual(expect.arrayContaining(namesOf(routers)))
  expect(shownIn(movable)).toEqual(expect.arrayContaining(namesOf(routers.filter((router) => router.can.weights))))
})

describe.each(titled(examples))("%s", (_, example) => {
  const { router, canary, settings } = example

  it("gives the objects of the example", () => {
    expect(outcomeOf(example)).toEqual(example.expected)
  })

  it("gives the same whatever order maps are in", () => {
    const shuffled = frozen(reversed({ canary, objects: example.objects, settings }))
    expect(outcomeOf({ ...example, ...shuffled })).toEqual(example.expected)
  })

  it("lets a canary go whose objects are gone", () => {
    expect(router.released(canary, worldOf([]), settings)).toBeDefined()
  })

  it.runIf(router.can.weights && router.can.mirror === "no")("refuses to mirror", () => {
    const world = worldBefore(example)
    const mirrored: Routes = { ...allToPrimary, mirrored: true }
    expect(() => router.desired(canary, mirrored, world, settings)).toThrow(RouteRefused)
  })

  it.runIf(router.can.weights)("refuses a test that would reach everybody", () => {
    const unlimited = withAnalysis(canary, { iterations: 2, match: [{}] })
    const world = worldBefore(example)
    expect(() => router.desired(unlimited, allToCanary, world, settings)).toThrow(RouteRefused)
  })
})

describe.each(titled(movable))("from %s", (_, example) => {
  const { router, canary, settings } = example
  const weights = isTested(example) ? [0, 100] : Array.from({ length: 101 }, (_, percent) => percent)
  const shifted = isTested(example) ? allToCanary : weighted(30)

  it("takes all traffic for the primary's while its own objects are missing", () => {
    expect(router.observed(canary, worldOf([]), settings)).toEqual(allToPrimary)
  })

  it("reads back the weights it wrote", () => {
    let world = worldBefore(example)
    for (const percent of weights) {
      world = moved(example, world, weighted(percent))
      expect(router.observed(canary, world, settings)).toEqual(weighted(percent))
    }
  })

  it("has nothing more to write once its objects are as wanted", () => {
    for (const routes of [allToPrimary, shifted, allToCanary]) {
      const world = moved(example, worldBefore(example), routes)
      const again = router.desired(canary, routes, world, settings)
      expect(again.filter((wanted) => differs(world.get(refOf(wanted.object)), wanted))).toEqual([])
    }
  })

  it("comes out the same whatever was there in between", () => {
    const direct = moved(example, worldBefore(example), allToPrimary)
    const detour = moved(example, moved(example, worldBefore(example), shifted), allToPrimary)
    expect(contentOf(detour)).toEqual(contentOf(direct))
  })

  it.each([
    ["port", { port: 8080 }],
    ["timeout", { timeout: "7s" }],
    ["label of the apex", { apex: { labels: { team: "shop" } } }],
  ])("moves no weight when the %s changes", (_, change) => {
    const changed = { ...example, canary: withService(canary, change) }
    let world = moved(example, worldBefore(example), shifted)
    const before = router.observed(changed.canary, world, settings)
    expect(before).toEqual(shifted)
    world = moved(changed, world, before)
    expect(router.observed(changed.canary, world, settings)).toEqual(shifted)
  })

  const mirrors = router.can.mirror !== "no" && !isTested(example) && !isTcp(canary)
  it.runIf(mirrors)("reads back that it mirrors", () => {
    const mirroring = { ...example, canary: withAnalysis(canary, { iterations: 2, mirror: true }) }
    const mirrored: Routes = { ...allToPrimary, mirrored: true }
    const world = moved(mirroring, worldBefore(example), mirrored)
    expect(router.observed(mirroring.canary, world, settings)).toEqual(mirrored)
    expect(router.observed(canary, moved(mirroring, world, weighted(10)), settings)).toEqual(weighted(10))
  })

  it("repairs or refuses objects that somebody emptied", () => {
    const written = moved(example, worldBefore(example), shifted)
    for (const { apiVersion, kind, metadata } of written.all()) {
      const { name, namespace, ownerReferences } = metadata
      const bare = frozen({ apiVersion, kind, metadata: { name, namespace, ownerReferences } })
      const world = worldOf([...written.all(), bare])
      expectAnswerOrRefusal(() => {
        const routes = router.observed(canary, world, settings)
        expect(routes.primary + routes.canary).toBe(100)
      })
      expectAnswerOrRefusal(() => router.desired(canary, allToPrimary, world, settings))
    }
  })
})

function expectAnswerOrRefusal(ask: () => unknown): void {
  try {
    ask()
  } catch (error) {
    if (!(error instanceof RouteRefused)) throw error
  }
}

const isTcp = (canary: Canary): boolean => canary.spec.service?.appProtocol?.toLowerCase() === "tcp"
const contentOf = (world: World): unknown[] =>
  world.all().map(({ spec, metadata: { labels, annotations } }) => ({ spec, labels, annotations }))

/** The same value with the keys of every map in reverse order. */
function reversed<T>(value: T): T {
  if (Array.isArray(value)) return value.map(reversed) as T
  if (typeof value !== "object" || value === null) return value
  const entries = Object.entries(value).reverse()
  return Object.fromEntries(entries.map(([key, inner]) => [key, reversed(inner)])) as T
}
