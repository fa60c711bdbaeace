import { patternOf } from "../values/pattern.ts"
import { type Call, fit, merged, resultOf } from "./overloads.ts"
import type { Parsed } from "./program.ts"
import { signaturesOf } from "./signatures.ts"
import { isPlain, listOf, mapOf, type RuleType, types, typeText, unknown } from "./types.ts"

export type Expression = NonNullable<Parsed["expr"]>
type Kind<K> = Extract<Expression["exprKind"], { case: K }>["value"]

export interface Mistake {
  about: Expression
  text: string
}

export type Variables = ReadonlyMap<string, RuleType>

const typeNames = ["bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint"]

/** Finds the type of an expression, and adds what is wrong with its parts. */
export function check(expression: Expression, variables: Variables, mistakes: Mistake[]): RuleType {
  const refuse = (text: string, about = expression): RuleType => {
    mistakes.push({ about, text })
    return unknown
  }
  const typeOf = (part: Expression | undefined): RuleType => (part ? check(part, variables, mistakes) : unknown)
  const { exprKind } = expression
  switch (exprKind.case) {
    case "constExpr":
      return constants[exprKind.value.constantKind.case ?? ""] ?? unknown
    case "identExpr":
      return identifier(exprKind.value.name, variables) ?? refuse(undeclared(exprKind.value.name))
    case "selectExpr":
      return selected(exprKind.value, typeOf, refuse)
    case "callExpr":
      return called(exprKind.value, variables, typeOf, refuse)
    case "listExpr":
      return listOf(common(exprKind.value.elements, typeOf, refuse))
    case "structExpr":
      return struct(exprKind.value, typeOf, refuse)
    case "comprehensionExpr":
      return comprehension(exprKind.value, variables, mistakes, refuse)
    default:
      return unknown
  }
}

type TypeOf = (part: Expression | undefined) => RuleType
type Refuse = (text: string, about?: Expression) => RuleType

const undeclared = (name: string): string => `undeclared reference to '${name}' (in container '')`

const constants: Readonly<Record<string, RuleType>> = {
  boolValue: types.bool,
  bytesValue: types.bytes,
  doubleValue: types.double,
  int64Value: types.int,
  nullValue: types.null,
  stringValue: types.string,
  uint64Value: types.uint,
}

const identifier = (name: string, variables: Variables): RuleType | undefined =>
  variables.get(name) ?? (typeNames.includes(name) ? types.type : undefined)

function selected({ operand, field, testOnly }: Kind<"selectExpr">, typeOf: TypeOf, refuse: Refuse): RuleType {
  if (/^google\.protobuf\.(Timestamp|Duration)$/.test(`${nameOf(operand) ?? ""}.${field}`)) return types.type
  const type = typeOf(operand)
  const found = fieldOf(type, field)
  if (found === undefined) {
    return refuse(
      type.kind === "object"
        ? `undefined field '${field}'`
        : `type '${typeText(type)}' does not support field selection`,
    )
  }
  return testOnly ? types.bool : found
}

function fieldOf(type: RuleType, field: string): RuleType | undefined {
  if (type.kind === "object") return type.fields.get(field)
  if (type.kind === "map") return type.of
  return type.kind === "unknown" || isPlain(type, "dyn") ? type : undefined
}

/** Of names with dots in them. */
function nameOf(expression: Expression | undefined): string | undefined {
  const kind = expression?.exprKind
  if (kind?.case === "identExpr") return kind.value.name
  if (kind?.case !== "selectExpr" || kind.value.testOnly) return undefined
  const before = nameOf(kind.value.operand)
  return before === undefined ? undefined : `${before}.${kind.value.field}`
}

function called(call: Kind<"callExpr">, variables: Variables, typeOf: TypeOf, refuse: Refuse): RuleType {
  const { function: name, target, args } = call
  const spaceName = nameOf(target)
  const root = spaceName?.split(".")[0]
  const inSpace = root !== undefined && !variables.has(root) ? signaturesOf(`${spaceName}.${name}`) : undefined
  const own: Call = {
    ...(target && !inSpace ? { target: typeOf(target) } : {}),
    args: name === "format" ? args.map(() => formatArgs) : args.map(typeOf),
  }
  // What is formatted may be of many types.
  if (name === "format" && args[0]?.exprKind.case === "listExpr") args[0].exprKind.value.elements.forEach(typeOf)
  if (name === "_&&_" || name === "_||_") return logical(args, own.args, refuse)
  const signatures = inSpace ?? signaturesOf(name)
  if (!signatures) return refuse(undeclared(name))
  // What is wrong with it has been said.
  if ([own.target, ...own.args].includes(unknown)) return unknown
  const wrong = wrongLiteral(name, args.at(-1))
  if (wrong) return refuse(wrong, args.at(-1))
  return resultOf(signatures, own) ?? refuse(`found no matching overload for '${name}' applied to '${callText(own)}'`)
}

const formatArgs = listOf(types.dyn)

const callText = ({ target, args }: Call): string =>
  `${target ? `${typeText(target)}.` : ""}(${args.map(typeText).join(", ")})`

function logical(args: readonly Expression[], given: readonly RuleType[], refuse: Refuse): RuleType {
  for (const [index, type] of given.entries()) {
    if (!fit(types.bool, type, new Map())) refuse(`expected type 'bool' but found '${typeText(type)}'`, args[index])
  }
  return types.bool
}

function wrongLiteral(name: string, arg: Expression | undefined): string | undefined {
  if (name !== "matches" || arg?.exprKind.case !== "constExpr") return undefined
  const { constantKind } = arg.exprKind.value
  if (constantKind.case !== "stringValue") return undefined
  try {
    patternOf(constantKind.value)
    return undefined
  } catch {
    return "invalid matches argument"
  }
}

/** What all of them are. */
function common(parts: readonly Expression[], typeOf: TypeOf, refuse: Refuse): RuleType {
  let found: RuleType = unknown
  for (const part of parts) {
    const type = typeOf(part)
    if (fit(found, type, new Map())) found = merged(found, type)
    else refuse(`expected type '${typeText(found)}' but found '${typeText(type)}'`, part)
  }
  return found
}

function struct({ messageName, entries }: Kind<"structExpr">, typeOf: TypeOf, refuse: Refuse): RuleType {
  if (messageName) return unknown
  const keys = entries.flatMap(({ keyKind }) => (keyKind.case === "mapKey" ? [keyKind.value] : []))
  const values = entries.flatMap(({ value }) => (value ? [value] : []))
  return mapOf(common(keys, typeOf, refuse), common(values, typeOf, refuse))
}

function comprehension(
  { iterRange, iterVar, accuVar, accuInit, loopCondition, loopStep, result }: Kind<"comprehensionExpr">,
  variables: Variables,
  mistakes: Mistake[],
  refuse: Refuse,
): RuleType {
  const inside = (part: Expression | undefined, scope: Variables) => (part ? check(part, scope, mistakes) : unknown)
  const range = inside(iterRange, variables)
  const item = itemOf(range)
  if (!item) {
    const text = `expression of type '${typeText(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`
    return refuse(text, iterRange)
  }
  const start = inside(accuInit, variables)
  const looping = new Map([...variables, [accuVar, start], [iterVar, item]])
  inside(loopCondition, looping)
  const step = inside(loopStep, looping)
  return inside(result, new Map([...variables, [accuVar, merged(start, step)]]))
}

function itemOf(range: RuleType): RuleType | undefined {
  if (range.kind === "list") return range.of
  if (range.kind === "map") return range.key
  return range.kind === "unknown" || isPlain(range, "dyn") ? range : undefined
}
