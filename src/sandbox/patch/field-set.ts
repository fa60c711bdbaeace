/**
 * Fields of an object, as `fieldsV1` of its managed fields has them: a tree by name (`f:`), key (`k:`) or value (`v:`).
 * An end of the tree is in the set, and so is what has a `.` beside its children. Sets never change once they are made.
 */
export interface FieldSet {
  readonly [element: string]: FieldSet
}

export type Path = readonly string[]

export const nothing: FieldSet = Object.freeze({})

export function isEmpty(set: FieldSet): boolean {
  for (const _ in set) return false
  return true
}

/** Of what stands in a set, whether it is a member or only has some. */
export const isMember = (set: FieldSet): boolean => "." in set || isEmpty(set)

/** Names what is below, without the mark for itself. */
export const elementsOf = (set: FieldSet): string[] => Object.keys(set).filter((element) => element !== ".")

/** What stands in a set; undefined where there is neither the field itself nor anything below. */
export function member(isIn: boolean, below: FieldSet): FieldSet | undefined {
  if (isEmpty(below)) return isIn ? nothing : undefined
  return isIn ? { ".": nothing, ...below } : below
}

export function union(one: FieldSet, other: FieldSet): FieldSet {
  if (one === other || isEmpty(other)) return one
  if (isEmpty(one)) return other
  const result: Record<string, FieldSet> = { ...one }
  for (const element of Object.keys(other)) {
    const known = result[element]
    const added = other[element]!
    result[element] = known ? member(isMember(known) || isMember(added), below(union(known, added)))! : added
  }
  return result
}

/** What stands here without the mark that it is a member itself. */
function below(set: FieldSet): FieldSet {
  if (!("." in set)) return set
  const { ".": _, ...rest } = set
  return rest
}

export function intersection(one: FieldSet, other: FieldSet): FieldSet {
  return each(one, (element, known) => {
    const same = other[element]
    return same && member(isMember(known) && isMember(same), intersection(known, same))
  })
}

/** A member stays when only something below it is taken away, and what is below stays when only the member itself is. */
export const difference = (one: FieldSet, other: FieldSet): FieldSet =>
  reduced(one, other, (known, gone) => left(known, difference(known, gone), isMember(known) && !isMember(gone)))

/** Takes away what is below with every member. */
export const without = (one: FieldSet, other: FieldSet): FieldSet =>
  reduced(one, other, (known, gone) =>
    isMember(gone) ? undefined : left(known, without(known, gone), isMember(known)),
  )

/** The same set comes back where nothing is different. */
function reduced(
  one: FieldSet,
  other: FieldSet,
  leftOf: (known: FieldSet, gone: FieldSet) => FieldSet | undefined,
): FieldSet {
  let result: Record<string, FieldSet> | undefined
  for (const element of elementsOf(one)) {
    const gone = other[element]
    if (!gone) continue
    const found = leftOf(one[element]!, gone)
    if (found === one[element]) continue
    result ??= { ...one }
    if (found) result[element] = found
    else delete result[element]
  }
  return result ?? one
}

const left = (known: FieldSet, reduced: FieldSet, isIn: boolean): FieldSet | undefined =>
  reduced === known && isIn === isMember(known) ? known : member(isIn, below(reduced))

export function each(set: FieldSet, kept: (element: string, known: FieldSet) => FieldSet | undefined): FieldSet {
  const result: Record<string, FieldSet> = {}
  for (const element of elementsOf(set)) {
    const found = kept(element, set[element]!)
    if (found) result[element] = found
  }
  return result
}

export function has(set: FieldSet, path: Path): boolean {
  let here: FieldSet | undefined = set
  for (const element of path) here = here?.[element]
  return here !== undefined && isMember(here)
}

export function setOf(paths: Iterable<Path>): FieldSet {
  const set: Growing = {}
  for (const path of paths) insert(set, path)
  return set
}

export interface Growing extends FieldSet {
  [element: string]: Growing
}

/** For sets in the making. */
export function insert(set: Growing, path: Path): void {
  let here = set
  let isNew = true
  for (const element of path) {
    // What was an end stays a member when something comes below it.
    if (!isNew && isEmpty(here)) here["."] = {}
    isNew = !(element in here)
    here = here[element] ??= {}
  }
  if (!isNew && !isEmpty(here)) here["."] ??= {}
}

/** The members, each before what is below its siblings. */
export function* pathsOf(set: FieldSet, above: Path = []): Generator<Path> {
  const elements = elementsOf(set)
  for (const element of elements) if (isMember(set[element]!)) yield [...above, element]
  for (const element of elements) yield* pathsOf(set[element]!, [...above, element])
}
