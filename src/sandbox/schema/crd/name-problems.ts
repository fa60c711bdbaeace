import type { CrdNames } from "./spec.ts"
import { isDns1035Label } from "../name-checks.ts"
import { invalid, required } from "../problem.ts"
import type { FieldProblem } from "../schema.ts"

/** What is wrong with what a kind wants to be called. */
export function nameProblems(names: CrdNames, field: string): FieldProblem[] {
  const { kind, listKind, shortNames = [], categories = [] } = names
  const missing = (["plural", "singular", "kind", "listKind"] as const).filter((name) => !names[name])
  return [
    ...missing.map((name) => required(`${field}.${name}`)),
    ...labelProblems(`${field}.plural`, names.plural),
    ...labelProblems(`${field}.singular`, names.singular),
    ...kindProblems(`${field}.kind`, kind),
    ...kindProblems(`${field}.listKind`, listKind),
    ...shortNames.flatMap((name, index) => labelProblems(`${field}.shortNames[${index}]`, name)),
    ...(kind && kind === listKind
      ? [invalid(`${field}.listKind`, listKind, "kind and listKind may not be the same")]
      : []),
    ...categories.flatMap((name, index) => labelProblems(`${field}.categories[${index}]`, name)),
  ]
}

function labelProblems(field: string, name: string | undefined): FieldProblem[] {
  const wrong = name ? isDns1035Label(name) : []
  return wrong.length > 0 ? [invalid(field, name, wrong.join(","))] : []
}

function kindProblems(field: string, kind: string | undefined): FieldProblem[] {
  const wrong = kind ? isDns1035Label(kind.toLowerCase()) : []
  const detail = `may have mixed case, but should otherwise match: ${wrong.join(",")}`
  return wrong.length > 0 ? [invalid(field, kind, detail)] : []
}
