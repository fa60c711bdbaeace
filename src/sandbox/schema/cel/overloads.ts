import type { Signature } from "./signatures.ts"
import { isPlain, listOf, mapOf, type RuleType, unknown } from "./types.ts"

export interface Call {
  target?: RuleType
  args: readonly RuleType[]
}

/** What a call gives, by the first signature that it fits; undefined when it fits none. */
export function resultOf(signatures: readonly Signature[], call: Call): RuleType | undefined {
  for (const signature of signatures) {
    const bound = boundBy(signature, call)
    if (bound) return filledIn(signature.result, bound)
  }
  return undefined
}

type Bound = Map<string, RuleType>

function boundBy({ target, args }: Signature, call: Call): Bound | undefined {
  const bound: Bound = new Map()
  if ((target === undefined) !== (call.target === undefined) || args.length !== call.args.length) return undefined
  const fits =
    (!target || fit(target, call.target!, bound)) &&
    args.every((wanted, index) => fit(wanted, call.args[index]!, bound))
  return fits ? bound : undefined
}

/** Whether a value of a type can stand where another type is wanted. */
export function fit(wanted: RuleType, given: RuleType, bound: Bound): boolean {
  if (wanted.kind === "parameter") return fitParameter(wanted.name, given, bound)
  if (isAnything(wanted) || isAnything(given)) return true
  if (isPlain(given, "null")) return isNullable(wanted)
  if (isPlain(wanted, "null")) return isNullable(given)
  switch (wanted.kind) {
    case "plain":
      return given.kind === "plain" && given.name === wanted.name
    case "list":
      return given.kind === "list" && fit(wanted.of, given.of, bound)
    case "optional":
      return given.kind === "optional" && fit(wanted.of, given.of, bound)
    case "map":
      return given.kind === "map" && fit(wanted.key, given.key, bound) && fit(wanted.of, given.of, bound)
    default:
      return given.kind === wanted.kind
  }
}

function fitParameter(name: string, given: RuleType, bound: Bound): boolean {
  const old = bound.get(name)
  if (!old) {
    bound.set(name, given)
    return true
  }
  if (!fit(old, given, bound)) return false
  bound.set(name, merged(old, given))
  return true
}

/** The more that is known of two types that fit. */
export function merged(one: RuleType, other: RuleType): RuleType {
  if (one.kind === "unknown") return other
  if (one.kind === "list" && other.kind === "list") return listOf(merged(one.of, other.of))
  if (one.kind === "map" && other.kind === "map") return mapOf(merged(one.key, other.key), merged(one.of, other.of))
  return isPlain(other, "dyn") ? other : one
}

const isAnything = (type: RuleType): boolean => type.kind === "unknown" || isPlain(type, "dyn")

const isNullable = (type: RuleType): boolean =>
  !(["bool", "bytes", "double", "int", "string", "type", "uint"] as const).some((name) => isPlain(type, name)) &&
  type.kind !== "list" &&
  type.kind !== "map"

function filledIn(type: RuleType, bound: Bound): RuleType {
  switch (type.kind) {
    case "parameter":
      return bound.get(type.name) ?? unknown
    case "list":
      return listOf(filledIn(type.of, bound))
    case "optional":
      return { kind: "optional", of: filledIn(type.of, bound) }
    case "map":
      return mapOf(filledIn(type.key, bound), filledIn(type.of, bound))
    default:
      return type
  }
}
