/** What holds numbers; small ones take less room. */
type Numbers = Float64Array | Uint32Array | Uint16Array

/** Points of one series in the order of their times. Point i is at `firstMs + offsets[i]` with `base + values[i]`. */
export interface Chunk {
  count: number
  firstMs: number
  lastMs: number
  /** Absent when the times are evenly spaced. */
  offsets?: Numbers
  base: number
  /** Absent when all values are `base`. */
  values?: Numbers
}

export const CHUNK_POINTS = 128

export const openChunk = (): Chunk & { offsets: Float64Array; values: Float64Array } => ({
  count: 0,
  firstMs: 0,
  lastMs: 0,
  offsets: new Float64Array(CHUNK_POINTS),
  base: 0,
  values: new Float64Array(CHUNK_POINTS),
})

/** A full chunk in the least room: counters at a steady pace take two bytes for a point, idle ones none. */
export function packed(chunk: ReturnType<typeof openChunk>): Chunk {
  const { count, firstMs, lastMs } = chunk
  return { count, firstMs, lastMs, ...packedTimes(chunk.offsets, count), ...packedValues(chunk.values, count) }
}

function packedTimes(offsets: Float64Array, count: number): Pick<Chunk, "offsets"> {
  const used = offsets.subarray(0, count)
  const last = used[count - 1]!
  const step = last / (count - 1)
  if (used.every((offset, index) => offset === index * step)) return {}
  return { offsets: last < 2 ** 16 ? Uint16Array.from(used) : last < 2 ** 32 ? Uint32Array.from(used) : used.slice() }
}

function packedValues(values: Float64Array, count: number): Pick<Chunk, "base" | "values"> {
  const used = values.subarray(0, count)
  const first = used[0]!
  if (used.every((value) => Object.is(value, first))) return { base: first }
  const least = Math.min(...used)
  const span = Math.max(...used) - least
  if (span >= 2 ** 16 || !used.every(isCount)) return { base: 0, values: used.slice() }
  return { base: least, values: Uint16Array.from(used, (value) => value - least) }
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && !Object.is(value, -0)

export function timeAt({ firstMs, lastMs, offsets, count }: Chunk, index: number): number {
  if (offsets) return firstMs + offsets[index]!
  return count > 1 ? firstMs + (index * (lastMs - firstMs)) / (count - 1) : firstMs
}

/** Lays points out one after the other; one loop for each kind of chunk, as every query comes by here. */
export function copyPoints(
  chunk: Chunk,
  first: number,
  end: number,
  times: Float64Array,
  values: Float64Array,
  to: number,
): void {
  const { firstMs, lastMs, offsets, base, values: stored, count } = chunk
  const step = count > 1 ? (lastMs - firstMs) / (count - 1) : 0
  if (offsets) for (let from = first, at = to; from < end; from++, at++) times[at] = firstMs + offsets[from]!
  else for (let from = first, at = to; from < end; from++, at++) times[at] = firstMs + from * step
  if (stored instanceof Float64Array) values.set(stored.subarray(first, end), to)
  else if (stored) for (let from = first, at = to; from < end; from++, at++) values[at] = base + stored[from]!
  else values.fill(base, to, to + end - first)
}

export function valueAt({ base, values }: Chunk, index: number): number {
  if (values instanceof Float64Array) return values[index]!
  return values ? base + values[index]! : base
}

/** How many points are not later than `ms`. */
export function countUntil(chunk: Chunk, ms: number): number {
  if (ms >= chunk.lastMs) return chunk.count
  let low = 0
  let high = chunk.count
  while (low < high) {
    const middle = (low + high) >> 1
    if (timeAt(chunk, middle) <= ms) low = middle + 1
    else high = middle
  }
  return low
}
