import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { CHUNK_POINTS, openChunk, packed, timeAt, valueAt } from "./chunk.ts"
import { addPoint, emptyWindow, latestPoint, noPoints, readPoints } from "./points.ts"

interface Written {
  ms: number
  value: number
}

const values = fc.oneof(
  fc.integer({ min: 0, max: 70_000 }),
  fc.double(),
  fc.constantFrom(0, -0, NaN, Infinity, 2 ** 53, -1),
)
const steps = fc.oneof(fc.constant(1000), fc.integer({ min: 1, max: 5_000_000 }))

/** Mostly as counters are scraped, sometimes anything. */
const written = (length: { minLength: number; maxLength: number }) =>
  fc
    .record({
      startMs: fc.integer({ min: 0, max: 2 ** 41 }),
      step: fc.option(fc.integer({ min: 1, max: 60_000 })),
      value: fc.option(values),
      points: fc.array(fc.record({ step: steps, value: values }), length),
    })
    .map(({ startMs, step, value, points }) => {
      let ms = startMs
      return points.map((point): Written => ({ ms: (ms += step ?? point.step), value: value ?? point.value }))
    })

describe("what was written", () => {
  it("is what a packed chunk holds, bit for bit", () => {
    fc.assert(
      fc.property(written({ minLength: CHUNK_POINTS, maxLength: CHUNK_POINTS }), (points) => {
        const open = openChunk()
        open.firstMs = points[0]!.ms
        for (const { ms, value } of points) {
          open.offsets[open.count] = ms - open.firstMs
          open.values[open.count++] = value
          open.lastMs = ms
        }
        const chunk = packed(open)
        for (const [index, { ms, value }] of points.entries()) {
          expect(timeAt(chunk, index)).toBe(ms)
          expect(valueAt(chunk, index)).toBe(value)
        }
      }),
    )
  })

  it("is what is read between any two times, and the newest before any time", () => {
    fc.assert(
      fc.property(written({ minLength: 1, maxLength: 3 * CHUNK_POINTS }), fc.nat(), fc.nat(), (points, a, b) => {
        const stored = noPoints()
        for (const { ms, value } of points) addPoint(stored, ms, value)
        const from = points[a % points.length]!.ms
        const to = points[b % points.length]!.ms - 1
        const window = emptyWindow()
        readPoints(stored, from, to, window)
        const between = points.filter(({ ms }) => ms >= from && ms <= to)
        expect([...window.times.subarray(0, window.length)]).toEqual(between.map(({ ms }) => ms))
        expect([...window.values.subarray(0, window.length)]).toEqual(between.map(({ value }) => value))
        expect(latestPoint(stored, 0, to)).toEqual(points.findLast(({ ms }) => ms <= to))
      }),
    )
  })
})

it("a counter at a steady pace takes at most two bytes for a point, an idle one none", () => {
  const chunkOf = (valueOf: (index: number) => number) => {
    const open = openChunk()
    for (let index = 0; index < CHUNK_POINTS; index++) {
      open.offsets[index] = index * 1000
      open.values[index] = valueOf(index)
    }
    return packed({ ...open, count: CHUNK_POINTS, lastMs: (CHUNK_POINTS - 1) * 1000 })
  }
  expect(chunkOf((index) => 1e9 + index * 17)).toMatchObject({ values: expect.any(Uint16Array) })
  expect(chunkOf((index) => 1e9 + index * 17)).not.toHaveProperty("offsets")
  expect(chunkOf(() => 5)).toEqual({ count: CHUNK_POINTS, firstMs: 0, lastMs: 127_000, base: 5 })
})
