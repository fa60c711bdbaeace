import { goQuote } from "#core/text/go-quote.ts"

/** In the order of the names. A label that is empty is the same as none and never in here. */
export type Labels = ReadonlyMap<string, string>

export const METRIC_NAME = "__name__"
export const noLabels: Labels = new Map()

// No text that was decoded from bytes has half of a surrogate pair.
export const SEPARATOR = "\ud800"

export const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export function labelsOf(entries: Iterable<readonly [string, string]>): Labels {
  const kept = [...entries].filter(([, value]) => value !== "")
  return new Map(kept.toSorted(([a], [b]) => compareTexts(a, b)))
}

const keys = new WeakMap<Labels, string>()

/** The same text for the same labels. */
export function keyOf(labels: Labels): string {
  const known = keys.get(labels)
  if (known !== undefined) return known
  let key = ""
  for (const [name, value] of labels) key += name + SEPARATOR + value + SEPARATOR
  keys.set(labels, key)
  return key
}

export const keep = (labels: Labels, names: readonly string[]): Labels =>
  labelsOf(names.map((name) => [name, labels.get(name) ?? ""]))

export const drop = (labels: Labels, names: readonly string[]): Labels =>
  names.some((name) => labels.has(name)) ? new Map([...labels].filter(([name]) => !names.includes(name))) : labels

const unnamed = new WeakMap<Labels, Labels>()

/** Without the metric's name: what a value is called that has been computed. */
export function dropName(labels: Labels): Labels {
  if (!labels.has(METRIC_NAME)) return labels
  let rest = unnamed.get(labels)
  if (!rest) unnamed.set(labels, (rest = drop(labels, [METRIC_NAME])))
  return rest
}

export const withLabel = (labels: Labels, name: string, value: string): Labels =>
  labelsOf([...[...labels].filter(([other]) => other !== name), [name, value]])

const bareName = /^[a-zA-Z_][a-zA-Z0-9_]*$/

/** As Prometheus writes labels in messages. */
export function labelsText(labels: Labels): string {
  const parts = [...labels].map(([name, value]) => `${bareName.test(name) ? name : goQuote(name)}=${goQuote(value)}`)
  return `{${parts.join(", ")}}`
}

/** `a` before `b`, as Prometheus sorts series. */
export function compareLabels(a: Labels, b: Labels): number {
  const others = b.entries()
  for (const [name, value] of a) {
    const other = others.next().value
    if (!other) return 1
    const order = compareTexts(name, other[0]) || compareTexts(value, other[1])
    if (order) return order
  }
  return a.size - b.size
}
