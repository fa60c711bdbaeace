import { celMap, type CelInput, type CelValue, isCelMap, CelScalar, mapType } from "@bufbuild/cel"

/** Values that the language itself does not know, such as addresses: maps with one key that no other map has. */
export type OpaqueKind = "url" | "quantity" | "ip" | "cidr" | "format" | "semver" | "optional"

export const opaqueType = mapType(CelScalar.DYN, CelScalar.DYN)

const keyOf = (kind: OpaqueKind): string => `\0${kind}`

export const opaque = (kind: OpaqueKind, value: CelInput) => celMap(new Map([[keyOf(kind), value]]))

export const isOpaque = (kind: OpaqueKind, value: unknown): boolean => isCelMap(value) && value.has(keyOf(kind))

/** What is inside; throws when it is something else. */
export function insideOf(kind: OpaqueKind, value: CelValue): CelValue {
  const inside = isCelMap(value) ? value.get(keyOf(kind)) : undefined
  if (inside === undefined) throw noSuchOverload()
  return inside
}

export const textOf = (kind: OpaqueKind, value: CelValue): string => insideOf(kind, value) as string

export const noSuchOverload = (): Error => new Error("no such overload")
