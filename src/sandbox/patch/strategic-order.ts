import { type Fields, isFields } from "../schema/fields.ts"
import { goText, goType } from "./go-text.ts"
import { PatchRefused } from "./refused.ts"

export type Items = readonly unknown[]

export const isDirective = (item: unknown): boolean => isFields(item) && Object.hasOwn(item, "$patch")

export function keyOf(item: Fields, key: string): unknown {
  if (Object.hasOwn(item, key)) return item[key]
  throw new PatchRefused(500, `map: ${goText(item)} does not contain declared merge key: ${key}`)
}

/** By what items are told apart. */
const identityBy =
  (key: string | undefined) =>
  (item: unknown): unknown => {
    if (!key) return item
    if (isFields(item)) return keyOf(item, key)
    throw new PatchRefused(500, `expected a map[string]interface {}, but received a ${goType(item)}`)
  }

/** Whether items of a patch stand in this order; those that it deletes need not be in it. */
export function stand(items: Items, order: Items, key: string | undefined): boolean {
  const identity = identityBy(key)
  const wanted = key ? items.filter((item) => !isFields(item) || item["$patch"] !== "delete") : items
  let next = 0
  for (const known of order) {
    while (isDirective(wanted[next])) next++
    if (next < wanted.length && identity(wanted[next]) === identity(known)) next++
  }
  return next === wanted.length
}

/** For the server, new items have the places that deleted ones leave. */
export function placesLeft(live: Items, merged: Items, key: string | undefined): Items {
  const identity = identityBy(key)
  const [known, kept] = [new Set(live.map(identity)), new Set(merged.map(identity))]
  const isKept = (item: unknown): boolean => kept.has(identity(item))
  const isNew = (item: unknown): boolean => !known.has(identity(item))
  return [...live.filter(isKept), ...merged.filter(isNew)].slice(0, live.length)
}

/**
 * The items that the patch names in its order, the others in the order they had, and among each other as they were where both
 * are known from before.
 */
export function inOrder(items: Items, patchOrder: Items, liveOrder: Items, key: string | undefined): Items {
  const identity = identityBy(key)
  const inPatch = places(patchOrder, identity)
  const inLive = places(liveOrder, identity)
  const place = (known: ReadonlyMap<unknown, number>) => (item: unknown) => known.get(identity(item)) ?? -1
  const patched = sorted(
    items.filter((item) => place(inPatch)(item) >= 0),
    place(inPatch),
  )
  const others = sorted(
    items.filter((item) => place(inPatch)(item) < 0),
    place(inLive),
  )
  return interleaved(others, patched, place(inLive))
}

function places(items: Items, identity: (item: unknown) => unknown): Map<unknown, number> {
  const known = new Map<unknown, number>()
  for (const [place, item] of items.entries()) if (!known.has(identity(item))) known.set(identity(item), place)
  return known
}

/** By insertion, each item as far ahead as it may go: one without a place goes before all that are there. */
function sorted(items: Items, placeOf: (item: unknown) => number): Items {
  const result: unknown[] = []
  for (const item of items) {
    const place = placeOf(item)
    let at = result.length
    while (at > 0 && isAhead(place, placeOf(result[at - 1]))) at--
    result.splice(at, 0, item)
  }
  return result
}

const isAhead = (place: number, other: number): boolean => place < 0 || other < 0 || place < other

function interleaved(others: Items, patched: Items, placeOf: (item: unknown) => number): Items {
  const result: unknown[] = []
  let [next, nextPatched] = [0, 0]
  while (next < others.length && nextPatched < patched.length) {
    const [place, patchedPlace] = [placeOf(others[next]), placeOf(patched[nextPatched])]
    if (place >= 0 && patchedPlace >= 0 && place < patchedPlace) result.push(others[next++])
    else result.push(patched[nextPatched++])
  }
  return [...result, ...others.slice(next), ...patched.slice(nextPatched)]
}
