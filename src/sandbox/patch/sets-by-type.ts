import { each, elementsOf, type FieldSet, isEmpty, isMember, member, nothing } from "./field-set.ts"
import type { FieldType } from "./field-type.ts"

/** With the fields that a schema names and that only have members below. */
export function withNamedFields(set: FieldSet, type: FieldType | undefined): FieldSet {
  return each(set, (element, known) => {
    if (isEmpty(known)) return known
    const isNamed = element.startsWith("f:") && type?.map?.declares(element.slice(2)) === true
    return member(isNamed || isMember(known), withNamedFields(known, typeBelow(type, element)))
  })
}

function typeBelow(type: FieldType | undefined, element: string): FieldType | undefined {
  return element.startsWith("f:") ? type?.map?.field(element.slice(2)) : type?.list?.items()
}

/** As the schema of today has it: what it says has one owner is owned as a whole. */
export function fitting(set: FieldSet, type: FieldType): FieldSet {
  if (fits.get(set) === type) return set
  const found = fitted(set, type)
  fits.set(found, type)
  return found
}

const fits = new WeakMap<FieldSet, FieldType>()

function fitted(set: FieldSet, type: FieldType | undefined): FieldSet {
  if (type?.map?.isOpen) return set
  let result: Record<string, FieldSet> | undefined
  for (const element of elementsOf(set)) {
    const known = set[element]!
    const inside = typeBelow(type, element)
    const found = isEmpty(known) ? known : inside && isWhole(inside) ? nothing : fitted(known, inside)
    if (found !== known) (result ??= { ...set })[element] = found
  }
  return result ?? set
}

const isWhole = ({ map, scalar, list }: FieldType): boolean => (map ? map.isAtomic : !scalar && list?.isAtomic === true)
