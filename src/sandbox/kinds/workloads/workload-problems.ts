import { isDeepStrictEqual } from "node:util"
import type { KubeObject } from "#api/objects.ts"
import { forbidden, invalid, required, unsupported } from "../../schema/problem.ts"
import type { FieldProblem } from "../../schema/schema.ts"
import { isEmptySelector, type LabelSelector, selectorProblems, selects } from "../label-selector.ts"
import { templateProblems } from "../pods/pod-problems.ts"

type Fields = KubeObject["spec"]

/** The words in which the server speaks of one kind of workload. */
interface Words {
  /** In the text about a selector that selects everything. */
  workload: string
  /** In the text about a selector that cannot be read. */
  unreadable: string
  /** In the text about a deadline. */
  kind: string
}

/** What all workloads have: a selector that says something, and a template of pods that it selects. */
export function workloadProblems(spec: Fields, words: Words, mountable?: readonly string[]): FieldProblem[] {
  const { selector } = spec
  const unreadable = selectorProblems("spec.selector", selector)
  if (unreadable.length > 0) return [...unreadable, invalid("spec.selector", shownSelector(selector), words.unreadable)]
  return [
    ...(selector ? [] : [required("spec.selector")]),
    ...emptySelectorProblems(selector, words.workload),
    ...unselectedProblems(spec),
    ...lastingTemplateProblems(spec, words.kind, mountable),
  ]
}

export const emptySelectorProblems = (selector: LabelSelector | undefined, workload: string): FieldProblem[] =>
  selector && isEmptySelector(selector)
    ? [invalid("spec.selector", selector, `empty selector is invalid for ${workload}`)]
    : []

export const fixedSelectorProblems = ({ selector }: Fields, old: Fields): FieldProblem[] =>
  old && !isDeepStrictEqual(selector, old.selector)
    ? [invalid("spec.selector", shownSelector(selector ?? {}), "field is immutable")]
    : []

/** No selector selects nothing. */
export function unselectedProblems({ selector, template }: Fields): FieldProblem[] {
  const labels = template.metadata?.labels
  if (selector && selects(selector, labels ?? {})) return []
  const path = "spec.template.metadata.labels"
  return [invalid(path, labels ? sorted(labels) : null, "`selector` does not match template `labels`")]
}

/** As the server shows maps. */
export const sorted = (map: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1)))

export const shownSelector = ({ matchLabels, matchExpressions }: LabelSelector): LabelSelector => ({
  ...(matchLabels ? { matchLabels: sorted(matchLabels) } : {}),
  ...(matchExpressions ? { matchExpressions } : {}),
})

/** Pods that go on for ever. `kind` is the word in the server's text. */
export function lastingTemplateProblems(
  { template }: Fields,
  kind: string,
  mountable?: readonly string[],
): FieldProblem[] {
  const { restartPolicy, activeDeadlineSeconds } = template.spec
  const path = "spec.template.spec"
  return [
    ...templateProblems(template, "spec.template", mountable),
    ...(restartPolicy === "Always" ? [] : [unsupported(`${path}.restartPolicy`, restartPolicy, ["Always"])]),
    ...(activeDeadlineSeconds === undefined
      ? []
      : [forbidden(`${path}.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`)]),
  ]
}
