import { compareTexts, keyOf, type Labels, labelsOf, METRIC_NAME, SEPARATOR } from "./labels.ts"
import type { Matcher } from "./matcher.ts"
import { addPoint, addStop, firstMs, forgetBefore, lastMs, noPoints } from "./points.ts"
import { createSeriesIndex, type Series } from "./series-index.ts"

export interface Sample {
  name: string
  /** Who gives the same object again means the same labels. */
  labels: Readonly<Record<string, string>>
  value: number
  /** Milliseconds since 1970, where the source knows better than whoever asked it. */
  atMs?: number
}

/** What queries need of a store. */
export interface Selectable {
  /** In the order in which they were first seen. */
  select(matchers: readonly Matcher[]): readonly Series[]
}

export interface Store extends Selectable {
  /** With a source, its series that are no longer among the samples have stopped. */
  append(samples: Iterable<Sample>, atMs: number, source?: string): void
  /** Series with points between the times, of which at least one list of matchers fits; all with no list. */
  find(lists: readonly (readonly Matcher[])[], fromMs: number, toMs: number): readonly Series[]
  readonly size: number
}

export interface StoreOptions {
  retentionMs?: number
  maxSeries?: number
}

interface Kept extends Series {
  /** Texts under which `append` finds it. */
  readonly spellings: string[]
  /** The number of the last `append` with it; none once it is forgotten. */
  round: number
}

const HOUR_MS = 3_600_000
const DEFAULT_MAX_SERIES = 20_000
/** Of all series, when there are too many: making room one by one would look at all of them each time. */
const SHARE_TO_EVICT = 0.01
const SWEEPS_IN_RETENTION = 30

export function createStore({ retentionMs = HOUR_MS, maxSeries = DEFAULT_MAX_SERIES }: StoreOptions = {}): Store {
  const index = createSeriesIndex<Kept>()
  const byKey = new Map<string, Kept>()
  const bySpelling = new Map<string, Kept>()
  const byObject = new WeakMap<Sample["labels"], Kept>()
  const bySource = new Map<string, Kept[]>()
  let round = 0
  let sweptMs = -Infinity

  function seriesOf(sample: Sample): Kept {
    const known = byObject.get(sample.labels)
    if (known && known.round > 0 && known.labels.get(METRIC_NAME) === sample.name) return known
    const spelling = spellingOf(sample)
    const series = bySpelling.get(spelling) ?? spelledAnew(spelling, labelsOfSample(sample))
    byObject.set(sample.labels, series)
    return series
  }

  function spelledAnew(spelling: string, labels: Labels): Kept {
    const series = byKey.get(keyOf(labels)) ?? make(labels)
    series.spellings.push(spelling)
    bySpelling.set(spelling, series)
    return series
  }

  function make(labels: Labels): Kept {
    if (byKey.size >= maxSeries) evict()
    const series: Kept = { labels, points: noPoints(), spellings: [], round }
    byKey.set(keyOf(labels), series)
    index.add(series)
    return series
  }

  function evict(): void {
    const idlest = [...byKey.values()].toSorted((a, b) => a.round - b.round)
    for (const series of idlest.slice(0, Math.max(1, Math.floor(maxSeries * SHARE_TO_EVICT)))) remove(series)
  }

  function remove(series: Kept): void {
    byKey.delete(keyOf(series.labels))
    for (const spelling of series.spellings) bySpelling.delete(spelling)
    index.remove(series)
    series.round = 0
  }

  function sweep(atMs: number): void {
    sweptMs = atMs
    for (const series of byKey.values()) if (forgetBefore(series.points, atMs - retentionMs)) remove(series)
  }

  /** Samples with a time of their own say nothing by their absence. */
  function stopMissing(source: string, seen: Kept[], atMs: number): void {
    for (const series of bySource.get(source) ?? []) if (series.round !== round) addStop(series.points, atMs)
    if (seen.length) bySource.set(source, seen)
    else bySource.delete(source)
  }

  return {
    append(samples, atMs, source) {
      round++
      const seen: Kept[] = []
      for (const sample of samples) {
        const series = seriesOf(sample)
        series.round = round
        addPoint(series.points, Math.floor(sample.atMs ?? atMs), sample.value)
        if (sample.atMs === undefined) seen.push(series)
      }
      if (source !== undefined) stopMissing(source, seen, Math.floor(atMs))
      if (atMs - sweptMs >= retentionMs / SWEEPS_IN_RETENTION) sweep(atMs)
    },
    select: (matchers) => index.select(matchers),
    find(lists, fromMs, toMs) {
      const found = lists.length ? new Set(lists.flatMap((matchers) => index.select(matchers))) : byKey.values()
      return [...found].filter(({ points }) => firstMs(points) <= toMs && lastMs(points) >= fromMs)
    },
    get size() {
      return byKey.size
    },
  }
}

/** One look-up for a series that comes again in the same spelling, which is what sources do, without sorting its labels. */
function spellingOf({ name, labels }: Sample): string {
  let text = name
  for (const label in labels) text += SEPARATOR + label + SEPARATOR + labels[label]
  return text
}

const labelsOfSample = ({ name, labels }: Sample): Labels => labelsOf([...Object.entries(labels), [METRIC_NAME, name]])

export const labelNames = (series: readonly Series[]): string[] =>
  [...new Set(series.flatMap(({ labels }) => [...labels.keys()]))].toSorted(compareTexts)

export const labelValues = (series: readonly Series[], name: string): string[] =>
  [...new Set(series.flatMap(({ labels }) => labels.get(name) ?? []))].toSorted(compareTexts)
