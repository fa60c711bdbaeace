import { type Chunk, CHUNK_POINTS, copyPoints, countUntil, openChunk, packed, timeAt, valueAt } from "./chunk.ts"

/** The points of one series, oldest first, and the times at which it was found to have stopped. */
export interface Points {
  readonly full: Chunk[]
  readonly open: ReturnType<typeof openChunk>
  readonly stops: number[]
}

/** Points laid out for reading. The arrays are longer than `length` and are used again by the next reader. */
export interface Window {
  times: Float64Array
  values: Float64Array
  length: number
}

export interface Point {
  ms: number
  value: number
}

export const noPoints = (): Points => ({ full: [], open: openChunk(), stops: [] })

export const emptyWindow = (): Window => ({ times: new Float64Array(512), values: new Float64Array(512), length: 0 })

export const firstMs = ({ full, open }: Points): number => full[0]?.firstMs ?? (open.count ? open.firstMs : Infinity)

export const lastMs = ({ full, open }: Points): number =>
  open.count ? open.lastMs : (full.at(-1)?.lastMs ?? -Infinity)

/** Points must come in the order of their times; any other is left out. */
export function addPoint(points: Points, ms: number, value: number): void {
  if (ms <= lastMs(points)) return
  const { open } = points
  if (open.count === 0) open.firstMs = ms
  open.offsets[open.count] = ms - open.firstMs
  open.values[open.count++] = value
  open.lastMs = ms
  if (open.count < CHUNK_POINTS) return
  points.full.push(packed(open))
  open.count = 0
}

export function addStop(points: Points, ms: number): void {
  if (ms > lastMs(points)) points.stops.push(ms)
}

/** Forgets what is older, a chunk at a time. True when nothing is left. */
export function forgetBefore({ full, open, stops }: Points, ms: number): boolean {
  while (full[0] && full[0].lastMs < ms) full.shift()
  while (stops[0] !== undefined && stops[0] < ms) stops.shift()
  if (open.count && open.lastMs < ms) open.count = 0
  return full.length === 0 && open.count === 0
}

/** Both ends included. */
export function readPoints(points: Points, fromMs: number, toMs: number, into: Window): void {
  into.length = 0
  for (const chunk of points.full) if (chunk.lastMs >= fromMs && chunk.firstMs <= toMs) copy(chunk, fromMs, toMs, into)
  if (points.open.count) copy(points.open, fromMs, toMs, into)
}

function copy(chunk: Chunk, fromMs: number, toMs: number, into: Window): void {
  const first = countUntil(chunk, fromMs - 1)
  const end = countUntil(chunk, toMs)
  if (end <= first) return
  makeRoom(into, into.length + end - first)
  copyPoints(chunk, first, end, into.times, into.values, into.length)
  into.length += end - first
}

export function pushPoint(window: Window, ms: number, value: number): void {
  makeRoom(window, window.length + 1)
  window.times[window.length] = ms
  window.values[window.length++] = value
}

function makeRoom(window: Window, length: number): void {
  if (length <= window.times.length) return
  window.times = widened(window.times, length)
  window.values = widened(window.values, length)
}

function widened(numbers: Float64Array, length: number): Float64Array {
  const wider = new Float64Array(Math.max(length, 2 * numbers.length))
  wider.set(numbers)
  return wider
}

/** The last point between both ends, unless the series stopped after it. */
export function latestPoint(points: Points, fromMs: number, toMs: number): Point | undefined {
  const latest = newestUntil(points, toMs)
  if (!latest || latest.ms < fromMs) return undefined
  return points.stops.some((ms) => ms > latest.ms && ms <= toMs) ? undefined : latest
}

function newestUntil({ full, open }: Points, toMs: number): Point | undefined {
  const chunk = open.count && open.firstMs <= toMs ? open : full.findLast(({ firstMs }) => firstMs <= toMs)
  if (!chunk) return undefined
  const index = countUntil(chunk, toMs) - 1
  return { ms: timeAt(chunk, index), value: valueAt(chunk, index) }
}
