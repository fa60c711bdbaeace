import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { formatGoFloat, parseGoFloat } from "#core/text/go-number.ts"
import { labelsText } from "../labels.ts"
import { createStore, type Sample, type Store } from "../store.ts"
import { createTextReader } from "../text-format.ts"
import { ParseProblem } from "./expression.ts"
import { parse } from "./parse.ts"
import { type Answer, queryAt, queryRange } from "./query.ts"
import { EvaluationProblem } from "./values.ts"

/** What Prometheus 3.15 answered. */
interface Recorded {
  startMs: number
  stepMs: number
  /** `1+2x3` is 1, 3, 5 and 7; `_x3` is a gap of three. */
  series: Record<string, string>
  instant: { atMs: number; answers: Record<string, RecordedAnswer> }
  later: { atMs: number; answers: Record<string, RecordedAnswer> }
  range: { startMs: number; endMs: number; stepMs: number; answers: Record<string, RecordedAnswer> }
  refused: Record<string, string>
}

interface RecordedAnswer {
  vector?: [labels: string, value: string][]
  matrix?: [labels: string, points: [ms: number, value: string][]][]
  scalar?: string
  string?: string
  failed?: string
  warnings?: string[]
  infos?: string[]
}

function filled({ series, startMs, stepMs }: Recorded): Store {
  const filling = createStore()
  for (const [text, values] of Object.entries(series)) {
    const { name, labels } = createTextReader()(`${text} 0`)[0]!
    expanded(values).forEach((value, index) => {
      const samples: Sample[] = typeof value === "number" ? [{ name, labels, value }] : []
      if (value !== "gap") filling.append(samples, startMs + index * stepMs, text)
    })
  }
  return filling
}

type Value = number | "stale" | "gap"

const expanded = (text: string): Value[] =>
  text.split(" ").flatMap((part): readonly Value[] => {
    const [, gap] = /^_x(\d+)$/.exec(part) ?? []
    if (gap) return Array.from({ length: Number(gap) }, () => "gap" as const)
    const [, first, step, times] = /^(.+)\+([\d.]+)x(\d+)$/.exec(part) ?? []
    if (times) return Array.from({ length: Number(times) + 1 }, (_, index) => Number(first) + Number(step) * index)
    return part === "stale" ? [part] : [parseGoFloat(part)!]
  })

const file = new URL("prometheus-3.15.recorded.json", import.meta.url)
const recorded = JSON.parse(readFileSync(file, "utf8")) as Recorded
const store = filled(recorded)

function answerOf(ask: () => Answer): RecordedAnswer {
  try {
    return shown(ask())
  } catch (error) {
    if (error instanceof EvaluationProblem) return { failed: error.message }
    throw error
  }
}

function shown({ value, notes }: Answer): RecordedAnswer {
  const remarks = {
    ...(notes.warnings.size ? { warnings: [...notes.warnings] } : {}),
    ...(notes.infos.size ? { infos: [...notes.infos].toSorted() } : {}),
  }
  const text = (number: number) => formatGoFloat(number, "f")
  switch (value.type) {
    case "vector":
      return { ...remarks, vector: value.elements.map(({ labels, value: of }) => [labelsText(labels), text(of)]) }
    case "matrix":
      return {
        ...remarks,
        matrix: value.lines.map(({ labels, times, values }) => [
          labelsText(labels),
          times.map((ms, index) => [ms, text(values[index]!)]),
        ]),
      }
    case "scalar":
      return { ...remarks, scalar: text(value.value) }
    case "string":
      return { ...remarks, string: value.value }
  }
}

/** The last digits depend on the order of the operations and on the library of mathematics. */
function rounded(text: string): string {
  const number = parseGoFloat(text)
  return number === undefined || Number.isNaN(number) ? text : number.toPrecision(11)
}

const isOrdered = (query: string): boolean => /^(?:sort|topk|bottomk)/.test(query)

function comparable(answer: RecordedAnswer, query: string): unknown {
  const inOrder = <T extends [string, unknown]>(list: T[]) =>
    isOrdered(query) ? list : list.toSorted(([a], [b]) => (a < b ? -1 : 1))
  return {
    ...answer,
    ...(answer.scalar ? { scalar: rounded(answer.scalar) } : {}),
    ...(answer.vector
      ? { vector: inOrder(answer.vector.map(([labels, value]) => [labels, rounded(value)] as [string, string])) }
      : {}),
    ...(answer.matrix
      ? {
          matrix: inOrder(
            answer.matrix.map(
              ([labels, points]) =>
                [labels, points.map(([ms, value]) => [ms, rounded(value)])] as [string, [number, string][]],
            ),
          ),
        }
      : {}),
  }
}

describe.each([recorded.instant, recorded.later])(
  "at one time, Prometheus and the sandbox agree on",
  ({ atMs, answers }) => {
    it.each(Object.entries(answers))("%s", (query, answer) => {
      const got = answerOf(() => queryAt(query, atMs, store))
      expect(comparable(got, query)).toEqual(comparable(answer, query))
    })
  },
)

describe("over a range of time, Prometheus and the sandbox agree on", () => {
  const { answers, ...steps } = recorded.range
  it.each(Object.entries(answers))("%s", (query, answer) => {
    const got = answerOf(() => queryRange(query, steps, store))
    expect(comparable(got, query)).toEqual(comparable(answer, query))
  })
})

describe("Prometheus and the sandbox refuse in the same words", () => {
  it.each(Object.entries(recorded.refused))("%s", (query, message) => {
    expect(() => parse(query)).toThrow(new ParseProblem(message))
  })
})
