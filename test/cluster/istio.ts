import { expect } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import { imageOf } from "./objects.ts"
import type { Namespace } from "./world.ts"

/** Of primary and canary, in percent. */
export const istioWeights = ({ spec }: KubeObject): number[] =>
  spec.http[0].route.map(({ weight }: { weight: number }) => weight)

export const imageIn = ({ spec }: KubeObject): string => spec.template.spec.containers[0].image

// An interval of ten seconds counts from the decision, which may be written late when the API server is slow.
const MOST_OF_AN_INTERVAL_MS = 7000

/** Traffic went up in two steps and home again, and each step was looked at for an interval before the next. */
export function expectSteps(shop: Namespace, version: string): void {
  const moved = shop.moments("VirtualService", istioWeights)
  expect(moved.map(({ value }) => value)).toEqual([
    [100, 0],
    [70, 30],
    [40, 60],
    [100, 0],
  ])
  const copied = shop.moments("Deployment", imageIn, "app-primary")
  expect(copied.map(({ value }) => value)).toEqual([imageOf("1.0.0"), imageOf(version)])
  const [, at30, at60] = moved
  expect(at60!.at - at30!.at, "time at 30 percent").toBeGreaterThan(MOST_OF_AN_INTERVAL_MS)
  expect(copied[1]!.at - at60!.at, "time at 60 percent").toBeGreaterThan(MOST_OF_AN_INTERVAL_MS)
}
