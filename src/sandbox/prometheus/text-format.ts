import { goFloat, parseGoFloat } from "#core/text/go-number.ts"
import { goQuote } from "#core/text/go-quote.ts"
import { METRIC_NAME } from "./labels.ts"
import type { Sample } from "./store.ts"

type Labels = Sample["labels"]
type SeriesName = Pick<Sample, "name" | "labels">

/**
 * Reads what programs answer on /metrics: the text format of Prometheus. Throws at the first line that it does not allow.
 * A program answers with the same series again and again, so what their names mean is kept from one answer to the next.
 */
export function createTextReader(labelled = (labels: Labels): Labels => labels): (text: string) => Sample[] {
  let known = new Map<string, SeriesName>()
  return (text) => {
    const types = new Map<string, string>()
    const seen = new Map<string, SeriesName>()
    const samples: Sample[] = []
    for (let from = 0; from < text.length;) {
      const end = endOfLine(text, from)
      const line = text.slice(from, end).trim()
      from = end + 1
      if (line.startsWith("#")) noteType(line, types)
      else if (line) samples.push(read(line, types, seen))
    }
    known = seen
    return samples
  }

  function read(line: string, types: ReadonlyMap<string, string>, seen: Map<string, SeriesName>): Sample {
    const length = seriesLength(line)
    const spelling = line.slice(0, length)
    const series = known.get(spelling) ?? named(line, spelling, types)
    seen.set(spelling, series)
    return { ...series, ...valueIn(line, length) }
  }

  function named(line: string, spelling: string, types: ReadonlyMap<string, string>): SeriesName {
    const series = seriesIn(spelling) ?? fail(line)
    return { name: series.name, labels: labelled(withExactBounds(series, types)) }
  }
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from)
  return end < 0 ? text.length : end
}

function noteType(line: string, types: Map<string, string>): void {
  const [, kind, name, type] = line.split(/[ \t]+/)
  if (kind === "TYPE" && name && type) types.set(name, type)
}

const plainName = /[a-zA-Z_:][\w:]*/y
const labelName = /[ \t,]*(?:([a-zA-Z_][\w.]*)|("(?:[^"\\]|\\[^])*"))[ \t]*/y
const labelValue = /=[ \t]*("(?:[^"\\]|\\[^])*")[ \t]*/y
const closing = /[ \t,]*\}/y
const upToBrace = /[^{"]*\{(?:[^"}]|"(?:[^"\\]|\\[^])*")*\}/y

/** Where the name and the labels of a series end. Behind them only an exemplar has braces. */
function seriesLength(line: string): number {
  if (!line.includes("{")) return /^[^ \t]*/.exec(line)![0].length
  if (!line.includes(" # ")) return line.lastIndexOf("}") + 1
  upToBrace.lastIndex = 0
  return upToBrace.exec(line)?.[0].length ?? 0
}

function seriesIn(spelling: string): SeriesName | undefined {
  let at = 0
  const next = (expression: RegExp): RegExpExecArray | null => {
    expression.lastIndex = at
    const match = expression.exec(spelling)
    if (match) at = expression.lastIndex
    return match
  }
  let name = next(plainName)?.[0]
  next(/[ \t]+/y)
  const labels: Record<string, string> = {}
  if (spelling[at] === "{") {
    at++
    for (let label = next(labelName); label; label = next(labelName)) {
      const key = label[1] ?? unescaped(label[2]!)
      const value = next(labelValue)
      if (value) labels[key] = unescaped(value[1]!)
      else if (label[2] && name === undefined) name = key
      else return undefined
    }
    if (!next(closing)) return undefined
  }
  return name === undefined || at < spelling.length || METRIC_NAME in labels ? undefined : { name, labels }
}

const unescaped = (quoted: string): string =>
  quoted.includes("\\")
    ? quoted.slice(1, -1).replace(/\\([^])/g, (all, escape: string) => escapes[escape] ?? all)
    : quoted.slice(1, -1)

const escapes: Readonly<Record<string, string>> = { n: "\n", '"': '"', "\\": "\\" }

/** A value, perhaps a time in milliseconds, perhaps an exemplar, which is left out. */
const behindSeries = /[ \t]*([^ \t{#]+)(?:[ \t]+(-?\d+))?[ \t]*(?:#.*)?$/y

function valueIn(line: string, from: number): Pick<Sample, "value" | "atMs"> {
  behindSeries.lastIndex = from
  const [, text, time] = behindSeries.exec(line) ?? fail(line)
  const number = Number(text)
  const value = Number.isNaN(number) ? (parseGoFloat(text!) ?? fail(line)) : number
  return time ? { value, atMs: Number(time) } : { value }
}

function fail(line: string): never {
  throw new Error(`expected a sample, got ${goQuote(line.slice(0, 100))}`)
}

/** Bounds are labels, and `1` and `1.0` would be two of them: Prometheus 3 keeps the second. */
function withExactBounds({ name, labels }: SeriesName, types: ReadonlyMap<string, string>): Labels {
  const isBucket = name.endsWith("_bucket") && types.get(name.slice(0, -"_bucket".length)) === "histogram"
  const bound = isBucket ? "le" : types.get(name) === "summary" ? "quantile" : undefined
  const number = bound === undefined ? undefined : parseGoFloat(labels[bound] ?? "")
  return bound === undefined || number === undefined ? labels : { ...labels, [bound]: exactText(number) }
}

function exactText(number: number): string {
  const text = goFloat(number)
  return /^-?\d+$/.test(text) ? `${text}.0` : text
}
