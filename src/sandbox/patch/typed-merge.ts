import { isFields } from "../schema/fields.ts"
import { type FieldType, type ListType, type MapType, shapeOf } from "./field-type.ts"
import { elementOf, itemsByElement } from "./list-items.ts"

/** A value with everything that a configuration says put into it. Nothing goes. Undefined is a value that is not there. */
export function withConfig(live: unknown, config: unknown, type: FieldType | undefined): unknown {
  if (config === undefined) return live
  const shape = type && shapeOf(type, config)
  if (shape === "map") return mergedMaps(live, config, type!.map!)
  if (shape === "list") return mergedLists(live, config, type!.list!)
  return config
}

function mergedMaps(live: unknown, config: unknown, map: MapType): unknown {
  const [known, said] = [isFields(live) ? live : {}, isFields(config) ? config : {}]
  if (map.isAtomic || Object.keys(known).length + Object.keys(said).length === 0) return config
  // A map and not an object: a field may be called __proto__.
  const result = new Map(Object.entries(known))
  for (const [name, value] of Object.entries(said)) {
    result.set(name, withConfig(result.get(name), value, map.field(name)))
  }
  return Object.fromEntries(result)
}

function mergedLists(live: unknown, config: unknown, list: ListType): unknown {
  const [known, said] = [Array.isArray(live) ? live : [], Array.isArray(config) ? config : []]
  if (list.isAtomic || known.length + said.length === 0) return config
  const liveItems = itemsByElement(list, known)
  const saidItems = itemsByElement(list, said)
  const elements = known.map((item) => elementOf(list, item))
  return inBothOrders(elements, [...saidItems.keys()]).map((place) =>
    typeof place === "number" ? known[place] : withConfig(liveItems.get(place), saidItems.get(place), list.items()),
  )
}

/**
 * In which order items come: the places of those that are only in the live list, and the elements of those that the
 * configuration has, in its order. Each live item comes where it did, as far as the configuration's order allows it.
 */
function inBothOrders(live: readonly string[], said: readonly string[]): (number | string)[] {
  const [isLive, isSaid] = [new Set(live), new Set(said)]
  const shared = said.filter((element) => isLive.has(element))
  const result: (number | string)[] = []
  const taken = new Set<string>()
  let [place, next] = [0, 0]
  let nextShared = shared.shift()
  while (place < live.length || next < said.length) {
    const element = live[place]
    if (element !== undefined && !isSaid.has(element)) {
      result.push(place++)
      continue
    }
    const chosen = said[next]
    if (element !== undefined) {
      const isForLater = element !== chosen && nextShared !== undefined && nextShared !== element
      if (element === chosen || taken.has(element) || isForLater) place++
      if (isForLater && chosen !== undefined) continue
    }
    if (chosen === undefined) continue
    result.push(chosen)
    taken.add(chosen)
    next++
    if (chosen === nextShared) nextShared = shared.shift()
  }
  return result
}
