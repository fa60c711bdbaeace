import type { KubeObject } from "#api/objects.ts"
import { isFields } from "../schema/fields.ts"
import { type FieldType, type ListType, type MapType, shapeOf } from "./field-type.ts"
import { goSyntax, goText, goType } from "./go-text.ts"
import { elementOf, elementText, Mistyped } from "./list-items.ts"
import { PatchRefused } from "./refused.ts"

/** Refuses a configuration that is not what the schema says, in the words of server-side apply. */
export function refuseMistyped(config: KubeObject, type: FieldType): void {
  const problems = problemsOf(config, type)
  if (problems.length === 0) return
  const { apiVersion, kind, metadata } = config
  const version = apiVersion.includes("/") ? apiVersion : `/${apiVersion}`
  const about = `${metadata.namespace ?? ""}/${metadata.name}; ${version}, Kind=${kind}`
  const text =
    problems.length === 1 ? problems[0] : ["errors:", ...problems.map((problem) => `  ${problem}`)].join("\n")
  throw new PatchRefused(500, `failed to create typed patch object (${about}): ${text}`)
}

export const isWellTyped = (value: unknown, type: FieldType): boolean => problemsOf(value, type).length === 0

/** Each begins with where it is, as in `.spec.replicas: `. */
function problemsOf(value: unknown, type: FieldType): string[] {
  const shape = shapeOf(type, value)
  if (value === null) return []
  if (shape === "map") return isFields(value) ? inMap(value, type.map!) : [`: expected map, got &{${goText(value)}}`]
  if (shape === "list") {
    return Array.isArray(value) ? inList(value, type.list!) : [`: expected list, got &{${goText(value)}}`]
  }
  return scalarProblems(value, type.scalar!)
}

function scalarProblems(value: unknown, scalar: NonNullable<FieldType["scalar"]>): string[] {
  switch (scalar) {
    case "numeric":
      return typeof value === "number" ? [] : [`: expected numeric (int or float), got ${goType(value)}`]
    case "string":
      return typeof value === "string"
        ? []
        : [`: expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`]
    case "boolean":
      return typeof value === "boolean" ? [] : [`: expected boolean, got &{${goText(value)}}`]
    case "untyped":
      return typeof value === "object" ? [`: expected any scalar, got &{${goText(value)}}`] : []
  }
}

/** Only the first field that is unknown is named. */
function inMap(fields: Record<string, unknown>, map: MapType): string[] {
  const problems: string[] = []
  for (const name of Object.keys(fields).toSorted()) {
    const type = map.field(name)
    if (!type) return [...problems, `.${name}: field not declared in schema`]
    problems.push(...problemsOf(fields[name], type).map((problem) => `.${name}${problem}`))
  }
  return problems
}

function inList(items: readonly unknown[], list: ListType): string[] {
  const problems: string[] = []
  const seen = new Set<string>()
  for (const [index, item] of items.entries()) {
    const element = list.isAtomic ? undefined : tried(list, item)
    if (element instanceof Mistyped) return [...problems, `: element ${index}: ${element.message}`]
    if (element !== undefined && seen.has(element)) problems.push(`: duplicate entries for key ${elementText(element)}`)
    if (element !== undefined) seen.add(element)
    const place = element === undefined ? `[${index}]` : elementText(element)
    problems.push(...problemsOf(item, list.items()).map((problem) => `${place}${problem}`))
  }
  return problems
}

function tried(list: ListType, item: unknown): string | Mistyped {
  try {
    return elementOf(list, item)
  } catch (error) {
    if (error instanceof Mistyped) return error
    throw error
  }
}
