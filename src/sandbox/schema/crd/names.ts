import type { KubeObject } from "#api/objects.ts"
import type { CrdCondition, CrdNames, CrdSpec, CrdStatus } from "./spec.ts"

export type Condition = Omit<CrdCondition, "lastTransitionTime">

export interface Naming {
  /** The names that nobody else of the group has. */
  accepted: CrdNames
  condition: Condition
}

/** Which of its names a definition gets, given those that it and others of its group already have. */
export function namingOf({ group, names }: CrdSpec, own: CrdNames, others: readonly KubeObject[]): Naming {
  const taken = others
    .filter(({ spec }) => (spec as CrdSpec).group === group)
    .map(({ status }) => (status as CrdStatus | undefined)?.acceptedNames ?? noNames)
  const words = new Set(taken.flatMap(({ plural, singular, shortNames = [] }) => [plural, singular, ...shortNames]))
  const kinds = new Set(taken.flatMap(({ kind, listKind }) => [kind, listKind]))
  const accepted: CrdNames = { ...own }
  let condition = noConflicts

  function take<Name extends keyof CrdNames>(name: Name, reason: string, inUse: readonly (string | undefined)[]): void {
    const texts = inUse.map((word) => `${JSON.stringify(word)} is already in use`)
    if (texts.length === 0) return assign(accepted, name, names[name])
    const message = texts.length === 1 ? texts[0]! : `[${texts.join(", ")}]`
    condition = { type: "NamesAccepted", status: "False", reason, message }
  }
  const inUse = (name: "plural" | "singular" | "kind" | "listKind", taken: ReadonlySet<string | undefined>) =>
    names[name] !== own[name] && taken.has(names[name]) ? [names[name]] : []

  take("plural", "PluralConflict", inUse("plural", words))
  take("singular", "SingularConflict", inUse("singular", words))
  const shortNames = (names.shortNames ?? []).filter((name) => !own.shortNames?.includes(name) && words.has(name))
  take("shortNames", "ShortNamesConflict", shortNames)
  take("kind", "KindConflict", inUse("kind", kinds))
  take("listKind", "ListKindConflict", inUse("listKind", kinds))
  assign(accepted, "categories", names.categories)
  return { accepted, condition }
}

export const noNames: CrdNames = { plural: "", kind: "" }

const noConflicts: Condition = {
  type: "NamesAccepted",
  status: "True",
  reason: "NoConflicts",
  message: "no conflicts found",
}

function assign<Name extends keyof CrdNames>(to: CrdNames, name: Name, value: CrdNames[Name] | undefined): void {
  if (value === undefined) delete to[name]
  else to[name] = value
}
