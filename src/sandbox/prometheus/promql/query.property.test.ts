import fc from "fast-check"
import { expect, it } from "vitest"
import { createStore, type Store } from "../store.ts"
import { parse } from "./parse.ts"
import { queryAt, queryRange } from "./query.ts"
import type { Element } from "./values.ts"

const elementsAt = (query: string, atMs: number, store: Store): readonly Element[] => {
  const { value } = queryAt(query, atMs, store)
  return value.type === "vector" ? value.elements : []
}

/** Any counts, so that there are resets, at any steps. */
const counts = fc.array(fc.record({ stepMs: fc.integer({ min: 1, max: 40_000 }), value: fc.nat() }), { minLength: 2 })

function withCounter(points: readonly { stepMs: number; value: number }[]): { store: Store; endMs: number } {
  const store = createStore({ retentionMs: 1e12 })
  let endMs = 1_000_000
  for (const { stepMs, value } of points)
    store.append([{ name: "requests_total", labels: {}, value }], (endMs += stepMs))
  return { store, endMs }
}

it("the rate of a counter is never negative, whatever its resets", () => {
  fc.assert(
    fc.property(counts, fc.integer({ min: 1, max: 600 }), fc.nat(60_000), (points, seconds, laterMs) => {
      const { store, endMs } = withCounter(points)
      for (const name of ["rate", "increase", "irate"])
        for (const { value } of elementsAt(`${name}(requests_total[${seconds}s])`, endMs + laterMs, store))
          expect(value).toBeGreaterThanOrEqual(0)
    }),
  )
})

it("the increase is the rate times the seconds of the range", () => {
  fc.assert(
    fc.property(counts, fc.integer({ min: 1, max: 600 }), (points, seconds) => {
      const { store, endMs } = withCounter(points)
      const [increase] = elementsAt(`increase(requests_total[${seconds}s])`, endMs, store)
      const [rate] = elementsAt(`rate(requests_total[${seconds}s]) * ${seconds}`, endMs, store)
      if (increase) expect(rate!.value).toBeCloseTo(increase.value, 6 - Math.ceil(Math.log10(increase.value + 1)))
      else expect(rate).toBeUndefined()
    }),
  )
})

const split = fc.array(
  fc.record({
    pod: fc.constantFrom("a", "b", "c"),
    status: fc.constantFrom("200", "404", "500"),
    value: fc.integer({ min: -1000, max: 1000 }),
  }),
  { minLength: 1 },
)

it("the sum of the parts is the sum of the whole, by any label and without any", () => {
  fc.assert(
    fc.property(split, fc.subarray(["pod", "status", "nope"]), (parts, names) => {
      const store = createStore()
      const samples = parts.map(({ value, ...labels }, i) => ({ name: "x", labels: { ...labels, i: `${i}` }, value }))
      store.append(samples, 1000)
      const whole = parts.reduce((total, { value }) => total + value, 0)
      for (const word of ["by", "without"]) {
        const query = `sum(sum ${word} (${names.join(", ")}) (x))`
        expect(elementsAt(query, 1000, store).map(({ value }) => value)).toEqual([whole])
      }
      expect(elementsAt("count(x)", 1000, store)[0]!.value).toBe(parts.length)
    }),
  )
})

it("a range query is the instant queries at its steps", () => {
  fc.assert(
    fc.property(counts, fc.integer({ min: 1000, max: 90_000 }), (points, stepMs) => {
      const { store, endMs } = withCounter(points)
      for (const query of ["requests_total", "rate(requests_total[1m])", "max_over_time(requests_total[2m:10s])"]) {
        const { value } = queryRange(query, { startMs: endMs - 300_000, endMs, stepMs }, store)
        const [line] = value.type === "matrix" ? value.lines : []
        const expected: [number, number][] = []
        for (let ms = endMs - 300_000; ms <= endMs; ms += stepMs)
          for (const element of elementsAt(query, ms, store)) expected.push([ms, element.value])
        expect(line ? line.times.map((ms, i) => [ms, line.values[i]]) : []).toEqual(expected)
      }
    }),
  )
})

it("any text is either understood or refused with a place, and nothing else happens", () => {
  const words = ["sum", "by", "(", ")", "{", "}", "[", "]", ",", "a", "5m", "1", '"x"', "=", "=~", "+", "-", "^", "and"]
  const texts = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(...words, " ", "rate", "offset", "@")).map((w) => w.join(" ")),
  )
  fc.assert(
    fc.property(texts, (text) => {
      try {
        parse(text)
      } catch (error) {
        expect((error as Error).message).toMatch(/^(?:\d+:\d+|unknown position): parse error: /)
      }
    }),
    { numRuns: 1000 },
  )
})
