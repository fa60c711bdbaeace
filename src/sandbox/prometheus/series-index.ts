import { type Labels } from "./labels.ts"
import { allMatch, type Matcher } from "./matcher.ts"
import type { Points } from "./points.ts"

export interface Series {
  readonly labels: Labels
  readonly points: Points
}

/** Finds series by name and value of their labels. */
export interface SeriesIndex<T extends Series> {
  add(series: T): void
  remove(series: T): void
  select(matchers: readonly Matcher[]): T[]
}

export function createSeriesIndex<T extends Series>(): SeriesIndex<T> {
  const all = new Set<T>()
  const byLabel = new Map<string, Map<string, Set<T>>>()
  return {
    add(series) {
      all.add(series)
      for (const [name, value] of series.labels) {
        const values = getOrMake(byLabel, name, () => new Map<string, Set<T>>())
        getOrMake(values, value, () => new Set<T>()).add(series)
      }
    },
    remove(series) {
      all.delete(series)
      for (const [name, value] of series.labels) {
        const values = byLabel.get(name)
        const holders = values?.get(value)
        holders?.delete(series)
        if (holders?.size === 0) values!.delete(value)
        if (values?.size === 0) byLabel.delete(name)
      }
    },
    select: (matchers) => {
      const found: T[] = []
      for (const series of candidates(matchers, byLabel, all)) if (allMatch(matchers, series.labels)) found.push(series)
      return found
    },
  }
}

/** The fewest series that one equality leaves. */
function candidates<T>(
  matchers: readonly Matcher[],
  byLabel: ReadonlyMap<string, ReadonlyMap<string, Set<T>>>,
  all: Set<T>,
): Set<T> {
  let fewest = all
  for (const { name, operator, value } of matchers) {
    if (operator !== "=" || value === "") continue
    const holders = byLabel.get(name)?.get(value)
    if (!holders) return new Set()
    if (holders.size < fewest.size) fewest = holders
  }
  return fewest
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key)
  if (value === undefined) map.set(key, (value = make()))
  return value
}
