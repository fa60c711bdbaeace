import { goQuote } from "#core/text/go-quote.ts"
import { childPath, type Fields, isFields, noField, othersOf, propertyOf } from "../fields.ts"
import { jsonText, sameJson } from "../json.ts"
import { invalid, required, tooMany, unsupported } from "../problem.ts"
import { formatProblem, numberProblems, textProblem } from "./scalar-problems.ts"
import type { FieldProblem, Schema } from "../schema.ts"
import { isUnchanged, noOld, oldField, oldItems } from "../unchanged.ts"
import { knownFormat, typeOf, typeProblem, typesOf } from "./value-types.ts"

interface Spot {
  path: string
  /** What the value was before. */
  old: unknown
}

/** What one value does not keep to. What was wrong before and is unchanged is let through. */
export function valueProblems(schema: Schema, value: unknown, old: unknown = noOld): FieldProblem[] {
  const found: FieldProblem[] = []
  check(schema, value, { path: "", old }, found)
  return found
}

/** Adds what is wrong, and counts what was checked: of several alternatives, the one that got furthest is told about. */
function check(schema: Schema, value: unknown, spot: Spot, found: FieldProblem[]): number {
  const before = found.length
  const passed = checkValue(schema, value, spot, found)
  if (found.length > before && isUnchanged(schema, value, spot.old)) found.length = before
  return passed
}

function checkValue(schema: Schema, value: unknown, spot: Spot, found: FieldProblem[]): number {
  const { path } = spot
  const type = typeOf(value)
  const wrong = typeProblem(schema, type, path)
  if (wrong) found.push(wrong)
  if (type === "null") {
    if (schema.enum?.length) found.push(enumProblem(schema.enum, value, path))
    return 0
  }
  let passed = 2
  if (schema.type || typesOf(schema).length > 0 || knownFormat(schema)) passed += wrong ? 1 : 2
  passed += 2 + checkAlternatives(schema, value, path, found)
  if (typeof value === "string") passed += checkText(schema, value, path, found)
  if (typeof value === "number") {
    found.push(...numberProblems(schema, value, path))
    passed += 2
  }
  if (Array.isArray(value)) passed += 2 + checkItems(schema, value, spot, found)
  const { enum: choices } = schema
  if (choices?.length && !choices.some((choice) => sameJson(choice, value))) {
    found.push(enumProblem(choices, value, path))
  }
  if (isFields(value)) passed += 1 + checkFields(schema, value, spot, found)
  return passed
}

const enumProblem = (choices: readonly unknown[], value: unknown, path: string): FieldProblem =>
  unsupported(
    path,
    value,
    choices.map((choice) => (typeof choice === "string" ? choice : jsonText(choice))),
  )

function checkText(schema: Schema, text: string, path: string, found: FieldProblem[]): number {
  const wrong = textProblem(schema, text, path)
  if (wrong) found.push(wrong)
  if (!knownFormat(schema)) return 1
  const malformed = formatProblem(schema, text, path)
  if (malformed) found.push(malformed)
  return 2
}

function checkItems(schema: Schema, items: readonly unknown[], spot: Spot, found: FieldProblem[]): number {
  const { path } = spot
  let passed = 0
  if (schema.items) {
    const before = oldItems(schema, spot.old)
    for (const [index, item] of items.entries()) {
      passed += check(schema.items, item, { path: `${path}[${index}]`, old: before(item) }, found)
    }
  }
  const { minItems, maxItems, uniqueItems } = schema
  if (minItems !== undefined && items.length < minItems) {
    found.push(invalid(path, items.length, `${path} in body should have at least ${minItems} items`))
  }
  if (maxItems !== undefined && items.length > maxItems) found.push(tooMany(path, items.length, maxItems))
  if (uniqueItems && new Set(items.map(jsonText)).size < items.length) {
    found.push(invalid(path, "", `${path} in body shouldn't contain duplicates`))
  }
  return passed
}

function checkFields(schema: Schema, fields: Fields, spot: Spot, found: FieldProblem[]): number {
  const { path } = spot
  const names = Object.keys(fields)
  const { minProperties, maxProperties } = schema
  if (minProperties !== undefined && names.length < minProperties) {
    found.push(invalid(path, names.length, `${path} in body should have at least ${minProperties} properties`))
  }
  if (maxProperties !== undefined && names.length > maxProperties) {
    found.push(tooMany(path, names.length, maxProperties))
  }
  const others = othersOf(schema)
  let passed = 0
  for (const name of names) {
    const field = propertyOf(schema, name) ?? others
    if (!field) continue
    const old = oldField(schema, fields, spot.old, name, path === "")
    passed += check(field, fields[name], { path: childPath(path, name), old }, found)
  }
  for (const name of schema.required ?? []) {
    if (!Object.hasOwn(fields, name)) found.push(required(childPath(path, name)))
  }
  return passed
}

interface Attempt {
  problems: FieldProblem[]
  passed: number
}

/** In alternatives nothing is let through because it is old: a value fits one or it does not. */
function attempt(schema: Schema, value: unknown, path: string): Attempt {
  const problems: FieldProblem[] = []
  return { passed: checkValue(schema, value, { path, old: noOld }, problems), problems }
}

function checkAlternatives(schema: Schema, value: unknown, path: string, found: FieldProblem[]): number {
  const { anyOf, oneOf, allOf, not } = schema
  if (!anyOf && !oneOf && !allOf && !not) return 0
  const say = (text: string) =>
    found.push({ field: noField, type: "Invalid value", value: "", detail: `${goQuote(path)} must ${text}` })
  let passed = 0
  const take = (attempt: Attempt | undefined) => {
    found.push(...(attempt?.problems ?? []))
    passed += attempt?.passed ?? 0
  }
  if (anyOf?.length) {
    const attempts = anyOf.map((one) => attempt(one, value, path))
    const valid = attempts.find(isValid)
    if (!valid) say("validate at least one schema (anyOf)")
    take(valid ?? furthest(attempts))
  }
  if (oneOf?.length) {
    const attempts = oneOf.map((one) => attempt(one, value, path))
    const valid = attempts.filter(isValid)
    if (valid.length === 1) take(valid[0])
    else {
      const count = valid.length === 0 ? "Found none valid" : `Found ${valid.length} valid alternatives`
      say(`validate one and only one schema (oneOf). ${count}`)
      if (valid.length === 0) take(furthest(attempts))
    }
  }
  if (allOf?.length) {
    const attempts = allOf.map((one) => attempt(one, value, path))
    attempts.forEach(take)
    const valid = attempts.filter(isValid).length
    if (valid < attempts.length) {
      say(`validate all the schemas (allOf)${valid === 0 ? ". None validated" : ""}`)
    }
  }
  if (not && isValid(attempt(not, value, path))) say("not validate the schema (not)")
  return passed
}

const isValid = ({ problems }: Attempt): boolean => problems.length === 0

const furthest = (attempts: readonly Attempt[]): Attempt | undefined =>
  attempts.reduce<Attempt | undefined>((best, one) => (!best || one.passed > best.passed ? one : best), undefined)
