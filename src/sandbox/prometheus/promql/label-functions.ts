import { type Labels, METRIC_NAME, withLabel } from "../labels.ts"
import { BadRegex, wholeMatch } from "../regex.ts"
import type { Expression } from "./expression.ts"
import { distinct, type Element, EvaluationProblem } from "./values.ts"

/** Sets a label to a text made of what a regular expression finds in another. */
export function labelReplace(elements: readonly Element[], texts: readonly string[]): Element[] {
  const [target, template, source, pattern] = texts as [string, string, string, string]
  const expression = readable(pattern)
  if (target === "") throw new EvaluationProblem("invalid destination label name in label_replace(): ")
  const result = elements.map((element) => {
    const found = expression.exec(element.labels.get(source) ?? "")
    return found ? { ...element, labels: withLabel(element.labels, target, filled(template, found)) } : element
  })
  return distinct(result)
}

function readable(pattern: string): RegExp {
  try {
    return wholeMatch(pattern)
  } catch (error) {
    if (!(error instanceof BadRegex)) throw error
    throw new EvaluationProblem(`invalid regular expression in label_replace(): ${pattern}`, { cause: error })
  }
}

/** `$1`, `${1}`, `$name`; a word goes as far as it can. */
const filled = (template: string, found: RegExpExecArray): string =>
  template.replace(/\$(?:\$|\{(\w+)\}|(\w+))/g, (_, braced?: string, bare?: string) => {
    const name = braced ?? bare
    if (name === undefined) return "$"
    return (/^\d+$/.test(name) ? found[Number(name)] : found.groups?.[name]) ?? ""
  })

export function labelJoin(elements: readonly Element[], texts: readonly string[]): Element[] {
  const [target, separator, ...sources] = texts as [string, string, ...string[]]
  if (sources.includes("")) throw new EvaluationProblem("invalid source label name in label_join(): ")
  if (target === "") throw new EvaluationProblem("invalid destination label name in label_join(): ")
  const joined = (labels: Labels) => sources.map((name) => labels.get(name) ?? "").join(separator)
  return distinct(
    elements.map((element) => ({ ...element, labels: withLabel(element.labels, target, joined(element.labels)) })),
  )
}

/** The labels that absent series would have had for certain. */
export function labelsOfAbsent(expression: Expression): Labels {
  const selector = expression.kind === "range" ? expression.selector : expression
  let labels: Labels = new Map()
  if (selector.kind !== "selector") return labels
  const seen = new Set<string>()
  for (const { name, operator, value } of selector.matchers) {
    if (name === METRIC_NAME) continue
    const isCertain = operator === "=" && !seen.has(name)
    if (operator === "=") seen.add(name)
    labels = withLabel(labels, name, isCertain ? value : "")
  }
  return labels
}
