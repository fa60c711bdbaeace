import { embeddedProblems } from "../values/embedded-problems.ts"
import { isEmbedded, isMetaField, noField } from "../fields.ts"
import { sameJson } from "../json.ts"
import { invalid } from "../problem.ts"
import { pruned } from "../prune.ts"
import { itemsOf, type Part, propertiesOf } from "./raw-schema.ts"
import { ruleProblems } from "../rules.ts"
import type { FieldProblem } from "../schema.ts"
import { valueProblems } from "../values/value-problems.ts"

/** Defaults that their own schema refuses. Those of metadata are looked at elsewhere. */
export function defaultProblems(here: Part, isRoot = true): FieldProblem[] {
  const isObject = isRoot || isEmbedded(here.schema)
  return [
    ...ownProblems(here),
    ...itemsOf(here).flatMap((items) => defaultProblems(items, false)),
    ...propertiesOf(here)
      .filter(({ name }) => !(isObject && isMetaField(name)))
      .flatMap((property) => defaultProblems(property, false)),
  ]
}

function ownProblems({ schema, field }: Part): FieldProblem[] {
  const { default: value } = schema
  if (value === undefined || value === null) return []
  const path = `${field}.default`
  const below = (problem: FieldProblem): FieldProblem => ({
    ...problem,
    field: problem.field === noField ? path : `${path}.${problem.field}`,
  })
  // At the root, apiVersion, kind and metadata stay; a default is no root.
  const kept = isEmbedded(schema)
    ? pruned(schema, value)
    : pruned({ type: "object", properties: { value: schema } }, { value })
  const isPruned = isEmbedded(schema) ? kept.value : (kept.value as { value: unknown }).value
  const unknown = sameJson(isPruned, value) ? [] : [invalid(path, value, "must not have unknown fields")]
  const embedded = embeddedProblems(schema, value).map(below)
  if (embedded.length > 0) return [...unknown, ...embedded]
  const wrong = valueProblems(schema, value).map(below)
  if (wrong.length > 0) return [...unknown, ...wrong]
  return [...unknown, ...ruleProblems(schema, value, undefined).map(below)]
}
