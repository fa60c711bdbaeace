import { isEmbedded, othersOf } from "../fields.ts"
import type { Schema } from "../schema.ts"
import { celName } from "./names.ts"
import { withIdentity } from "./values.ts"

/** What is known of a value before there is one. */
export type RuleType =
  | { kind: "plain"; name: string }
  | { kind: "list"; of: RuleType }
  | { kind: "map"; key: RuleType; of: RuleType }
  | { kind: "optional"; of: RuleType }
  | { kind: "object"; fields: ReadonlyMap<string, RuleType> }
  /** Stands for any type in a signature, but for the same one everywhere. */
  | { kind: "parameter"; name: string }
  /** Nothing is known: also after something wrong was found, so that it is told only once. */
  | { kind: "unknown" }

export const unknown: RuleType = { kind: "unknown" }

const plain = (name: string): RuleType => ({ kind: "plain", name })

export const types = {
  bool: plain("bool"),
  bytes: plain("bytes"),
  double: plain("double"),
  duration: plain("duration"),
  dyn: plain("dyn"),
  int: plain("int"),
  null: plain("null"),
  string: plain("string"),
  timestamp: plain("timestamp"),
  type: plain("type"),
  uint: plain("uint"),
} as const

export const isPlain = (type: RuleType, name: keyof typeof types): boolean =>
  type.kind === "plain" && type.name === name

export const listOf = (of: RuleType): RuleType => ({ kind: "list", of })
export const mapOf = (key: RuleType, of: RuleType): RuleType => ({ kind: "map", key, of })

export function typeText(type: RuleType): string {
  switch (type.kind) {
    case "plain":
    case "parameter":
      return type.name
    case "list":
      return `list(${typeText(type.of)})`
    case "map":
      return `map(${typeText(type.key)}, ${typeText(type.of)})`
    case "optional":
      return `optional_type(${typeText(type.of)})`
    case "object":
      return "object"
    case "unknown":
      return "dyn"
  }
}

const texts: Readonly<Record<string, RuleType>> = {
  byte: types.bytes,
  duration: types.duration,
  date: types.timestamp,
  "date-time": types.timestamp,
}

/** What rules see of a value; undefined for what they do not see. */
export function ruleType(schema: Schema, isRoot = isEmbedded(schema)): RuleType | undefined {
  if (schema["x-kubernetes-int-or-string"]) return types.dyn
  switch (schema.type) {
    case "array": {
      const of = schema.items && ruleType(schema.items)
      return of && listOf(of)
    }
    case "object":
      return objectType(isRoot ? withIdentity(schema) : schema)
    case "string":
      return texts[schema.format ?? ""] ?? types.string
    case "boolean":
      return types.bool
    case "number":
      return types.double
    case "integer":
      return types.int
    case undefined:
      return undefined
  }
}

function objectType(schema: Schema): RuleType | undefined {
  const others = othersOf(schema)
  if (others) {
    const of = ruleType(others)
    return of && mapOf(types.string, of)
  }
  const fields = new Map<string, RuleType>()
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const [written, type] = [celName(name), ruleType(property)]
    if (written !== undefined && type) fields.set(written, type)
  }
  return { kind: "object", fields }
}
