import { drop, dropName, keep, keyOf, type Labels, labelsOf, labelsText, METRIC_NAME, SEPARATOR } from "../labels.ts"
import type { Binary, Matching } from "./expression.ts"
import { arithmetic, compare } from "./operators.ts"
import { distinct, type Element, EvaluationProblem } from "./values.ts"

type Operation = Pick<Binary, "operator" | "bool">
type Vector = readonly Element[]

const byAll: Matching = { on: false, labels: [], include: [] }

/** Undefined: the element does not pass the comparison. What passes keeps its own value. */
function valueOf({ operator, bool }: Operation, left: number, right: number, kept = left): number | undefined {
  const compares = compare[operator]
  if (!compares) return arithmetic[operator]!(left, right)
  const passes = compares(left, right)
  if (bool) return Number(passes)
  return passes ? kept : undefined
}

const changesMeaning = ({ operator, bool }: Operation): boolean => bool || operator in arithmetic

export function withScalar(operation: Operation, elements: Vector, scalar: number, side: "left" | "right"): Element[] {
  const result: Element[] = []
  for (const { labels, value } of elements) {
    const [left, right] = side === "right" ? [value, scalar] : [scalar, value]
    const computed = valueOf(operation, left, right, value)
    if (computed === undefined) continue
    result.push({ labels: changesMeaning(operation) ? dropName(labels) : labels, value: computed })
  }
  return distinct(result)
}

/** What two elements must have in common to belong together. */
function signature({ on, labels: names }: Matching): (labels: Labels) => string {
  if (!on) return (labels) => keyOf(drop(labels, [...names, METRIC_NAME]))
  return (labels) => names.map((name) => labels.get(name) ?? "").join(SEPARATOR)
}

export function combineSets(operator: string, left: Vector, right: Vector, matching: Matching = byAll): Element[] {
  const sign = signature(matching)
  const signs = (elements: Vector) => new Set(elements.map(({ labels }) => sign(labels)))
  if (operator === "or") {
    const present = signs(left)
    return distinct([...left, ...right.filter(({ labels }) => !present.has(sign(labels)))])
  }
  const present = signs(right)
  return left.filter(({ labels }) => present.has(sign(labels)) === (operator === "and"))
}

export function combine(operation: Operation, left: Vector, right: Vector, matching: Matching = byAll): Element[] {
  if (left.length === 0 || right.length === 0) return []
  const swapped = matching.many === "right"
  const [many, one] = swapped ? [right, left] : [left, right]
  const sign = signature(matching)
  const ones = oneOfEach(one, matching, sign)
  const taken = new Set<string>()
  const result: Element[] = []
  for (const element of many) {
    const key = sign(element.labels)
    const partner = ones.get(key)
    if (!partner) continue
    const labels = resultLabels(operation, element.labels, partner.labels, matching)
    claim(taken, key, labels, matching)
    const [first, second] = swapped ? [partner.value, element.value] : [element.value, partner.value]
    const value = valueOf(operation, first, second)
    if (value !== undefined) result.push({ labels, value })
  }
  return distinct(result)
}

function oneOfEach(elements: Vector, matching: Matching, sign: (labels: Labels) => string): Map<string, Element> {
  const found = new Map<string, Element>()
  for (const element of elements) {
    const key = sign(element.labels)
    const other = found.get(key)
    if (other) throw notOne(element, other, matching)
    found.set(key, element)
  }
  return found
}

function notOne(element: Element, other: Element, { on, labels, many }: Matching): EvaluationProblem {
  const group = labelsText(on ? keep(element.labels, labels) : drop(element.labels, [...labels, METRIC_NAME]))
  const side = many === "right" ? "left" : "right"
  const twins = [element, other].map((twin) => labelsText(twin.labels)).toSorted()
  return new EvaluationProblem(
    `found duplicate series for the match group ${group} on the ${side} hand-side of the operation: [${twins.join(", ")}]` +
      ";many-to-many matching not allowed: matching labels must be unique on one side",
  )
}

function claim(taken: Set<string>, key: string, labels: Labels, { many }: Matching): void {
  const claimed = many ? key + SEPARATOR + keyOf(labels) : key
  if (taken.has(claimed))
    throw new EvaluationProblem(
      many
        ? "multiple matches for labels: grouping labels must ensure unique matches"
        : "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)",
    )
  taken.add(claimed)
}

/** Those of the many, or what both have in common, and what is asked for of the one. */
function resultLabels(operation: Operation, many: Labels, one: Labels, { on, labels, many: side, include }: Matching) {
  const named = changesMeaning(operation) ? dropName(many) : many
  const shared = side ? named : on ? keep(named, labels) : drop(named, labels)
  if (include.length === 0) return shared
  return labelsOf([...drop(shared, include), ...keep(one, include)])
}
