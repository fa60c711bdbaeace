import { latestPoint, type Point } from "../points.ts"
import type { Selector } from "./expression.ts"
import { earliestIn, type Moment, selectedBy, shiftedTime, spend } from "./moment.ts"
import type { Element } from "./values.ts"

/** The last points of the selected series that are not too old. */
export function latest(selector: Selector, moment: Moment, valueOf: (point: Point) => number): Element[] {
  const endMs = shiftedTime(selector, moment)
  const fromMs = earliestIn(endMs, moment.run.lookbackMs)
  const elements: Element[] = []
  for (const { labels, points } of selectedBy(selector, moment)) {
    const point = latestPoint(points, fromMs, endMs)
    if (point) elements.push({ labels, value: valueOf(point) })
  }
  spend(moment.run, elements.length)
  return elements
}
