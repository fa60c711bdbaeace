import { childPath, isEmbedded, isFields, othersOf, propertyOf } from "../fields.ts"
import { mention } from "../mentions.ts"
import { invalid, required } from "../problem.ts"
import type { FieldProblem, Schema } from "../schema.ts"

const kindName = /^[a-z]([-a-z0-9]*[a-z0-9])?$/
const kindText =
  "may have mixed case, but should otherwise match: a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"

const hasEmbedded = mention(isEmbedded)

/** What whole objects inside of an object lack. */
export function embeddedProblems(schema: Schema, value: unknown, path = ""): FieldProblem[] {
  if (!hasEmbedded(schema)) return []
  if (Array.isArray(value)) {
    const { items } = schema
    return items ? value.flatMap((item, index) => embeddedProblems(items, item, `${path}[${index}]`)) : []
  }
  if (!isFields(value)) return []
  const own = isEmbedded(schema) ? identityProblems(value["apiVersion"], value["kind"], path) : []
  const inside = Object.entries(value).flatMap(([name, field]) => {
    const property = propertyOf(schema, name)
    if (property) return embeddedProblems(property, field, childPath(path, name))
    const others = othersOf(schema)
    return others ? embeddedProblems(others, field, `${path}[${name}]`) : []
  })
  return [...own, ...inside]
}

function identityProblems(apiVersion: unknown, kind: unknown, path: string): FieldProblem[] {
  return [
    ...namedProblems(childPath(path, "apiVersion"), apiVersion, (text) =>
      text.split("/").length > 2 ? `unexpected GroupVersion string: ${text}` : undefined,
    ),
    ...namedProblems(childPath(path, "kind"), kind, (text) =>
      kindName.test(text.toLowerCase()) ? undefined : kindText,
    ),
  ]
}

function namedProblems(path: string, value: unknown, wrong: (text: string) => string | undefined): FieldProblem[] {
  if (value === undefined) return [required(path)]
  if (typeof value !== "string") return [invalid(path, value, "must be a string")]
  if (value === "") return [invalid(path, value, "must not be empty")]
  const detail = wrong(value)
  return detail ? [invalid(path, value, detail)] : []
}
