import type { KubeObject } from "#api/objects.ts"
import type { ScalePaths } from "../../apiserver/resource.ts"
import { isFields } from "../fields.ts"
import { jsonText } from "../json.ts"
import { invalid } from "../problem.ts"
import type { FieldProblem } from "../schema.ts"
import { typeOf } from "../values/value-types.ts"

const MAX_REPLICAS = 2 ** 31 - 1

/** Whether what scales an object are numbers that can be scaled by. */
export function scaleProblems(object: KubeObject, paths: ScalePaths): FieldProblem[] {
  return [
    ...replicaProblems(object, paths.specReplicas),
    ...replicaProblems(object, paths.statusReplicas),
    ...(paths.selector ? selectorProblems(object, paths.selector) : []),
  ]
}

function replicaProblems(object: KubeObject, path: string): FieldProblem[] {
  const count = at(object, path)
  if (count === undefined) return []
  if (typeOf(count) !== "integer") return [invalid(path, 0, mistyped(path, count, "int64"))]
  if ((count as number) < 0) return [invalid(path, count, "should be a non-negative integer")]
  if ((count as number) <= MAX_REPLICAS) return []
  return [invalid(path, count, `should be less than or equal to ${MAX_REPLICAS}`)]
}

function selectorProblems(object: KubeObject, path: string): FieldProblem[] {
  const selector = at(object, path)
  if (selector === undefined || typeof selector === "string") return []
  return [invalid(path, "", mistyped(path, selector, "string"))]
}

const at = (object: KubeObject, path: string): unknown =>
  path
    .split(".")
    .filter(Boolean)
    .reduce<unknown>((value, name) => (isFields(value) ? value[name] : undefined), object)

const goTypes = {
  null: "<nil>",
  object: "map[string]interface {}",
  array: "[]interface {}",
  string: "string",
  boolean: "bool",
  integer: "int64",
  number: "float64",
} as const

function mistyped(path: string, value: unknown, expected: string): string {
  const shown = typeof value === "string" ? value : jsonText(value)
  return `${path} accessor error: ${shown} is of the type ${goTypes[typeOf(value)]}, expected ${expected}`
}
