import { type Labels } from "./labels.ts"
import { wholeMatch } from "./regex.ts"

export type MatchOperator = "=" | "!=" | "=~" | "!~"

export interface Matcher {
  readonly name: string
  readonly operator: MatchOperator
  readonly value: string
  /** An absent label is empty. */
  readonly matches: (value: string) => boolean
}

/** Throws `BadRegex`. */
export function matcher(name: string, operator: MatchOperator, value: string): Matcher {
  return { name, operator, value, matches: test(operator, value) }
}

function test(operator: MatchOperator, wanted: string): (value: string) => boolean {
  if (operator === "=") return (value) => value === wanted
  if (operator === "!=") return (value) => value !== wanted
  const known = new Map<string, boolean>()
  const expression = wholeMatch(wanted)
  const positive = operator === "=~"
  return (value) => {
    const answer = known.get(value)
    if (answer !== undefined) return answer
    if (known.size >= MAX_REMEMBERED) known.clear()
    const fresh = expression.test(value) === positive
    known.set(value, fresh)
    return fresh
  }
}

/** Many series share the values of a label, and a regular expression is slow beside a look-up. */
const MAX_REMEMBERED = 10_000

export const allMatch = (matchers: readonly Matcher[], labels: Labels): boolean =>
  matchers.every(({ name, matches }) => matches(labels.get(name) ?? ""))
