import { isEmbedded, isMetaField } from "../fields.ts"
import { listTypeProblems, mapKeyProblems, mapTypeProblems } from "./list-keyword-problems.ts"
import { forbidden, invalid, unsupported } from "../problem.ts"
import { additionalOf, alternativesOf, itemsOf, type Part, partsOf, propertiesOf } from "./raw-schema.ts"
import { ruleTextProblems } from "./rule-text-problems.ts"
import type { FieldProblem } from "../schema.ts"

export interface Surroundings {
  isRoot: boolean
  isInMetadata: boolean
  /** Why no default may be set here. */
  defaultsForbidden?: string
}

export const atRoot: Surroundings = { isRoot: true, isInMetadata: false }

/** Words of a schema that the server does not take, or not together. */
export function keywordProblems(here: Part, around: Surroundings): FieldProblem[] {
  const { schema, field } = here
  const inside: Surroundings = { ...around, isRoot: false }
  const others: Surroundings = around.isInMetadata
    ? { ...inside, defaultsForbidden: "inside additionalProperties applying to object metadata" }
    : inside
  return [
    ...standardProblems(here, around),
    ...(schema.uniqueItems
      ? [
          forbidden(
            `${field}.uniqueItems`,
            "uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
          ),
        ]
      : []),
    ...(schema.additionalProperties !== undefined && schema.additionalProperties !== true && hasProperties(here)
      ? [forbidden(`${field}.additionalProperties`, "additionalProperties and properties are mutual exclusive")]
      : []),
    ...additionalOf(here).flatMap((part) => keywordProblems(part, others)),
    ...propertiesOf(here).flatMap((part) => keywordProblems(part, insideOf(here, part.name, around))),
    ...alternativesOf(here).flatMap((part) => keywordProblems(part, inside)),
    ...itemsOf(here).flatMap((part) => keywordProblems(part, inside)),
    ...(schema["x-kubernetes-preserve-unknown-fields"] === false
      ? [invalid(`${field}.x-kubernetes-preserve-unknown-fields`, false, "must be true or undefined")]
      : []),
    ...mapTypeProblems(here),
    ...listTypeProblems(here),
    ...mapKeyProblems(here),
    ...(schema["x-kubernetes-validations"] ?? []).flatMap((rule, index) =>
      ruleTextProblems(schema, rule, `${field}.x-kubernetes-validations[${index}]`),
    ),
  ]
}

const hasProperties = ({ schema }: Part): boolean => Object.keys(schema.properties ?? {}).length > 0

function insideOf({ schema }: Part, name: string, around: Surroundings): Surroundings {
  const inside = { ...around, isRoot: false }
  if (!isMetaField(name) || !(around.isRoot || isEmbedded(schema))) return inside
  const reason = around.isRoot ? { defaultsForbidden: `in top-level ${name}` } : {}
  return { ...inside, isInMetadata: true, ...reason }
}

const types = ["array", "boolean", "integer", "number", "object", "string"]

const unknownWords: readonly [string, string][] = [
  ["id", "id is not supported"],
  ["additionalItems", "additionalItems is not supported"],
  ["patternProperties", "patternProperties is not supported"],
  ["definitions", "definitions is not supported"],
  ["dependencies", "dependencies is not supported"],
  ["$ref", "$ref is not supported"],
]

/** Whether it is written in another language than that of structural schemas. */
export const hasUnknownWords = (here: Part): boolean =>
  unknownWords.some(([word]) => here.schema[word]) ||
  Array.isArray(here.schema.items) ||
  [...partsOf(here), ...alternativesOf(here)].some(hasUnknownWords)

function standardProblems({ schema, field }: Part, { isInMetadata, defaultsForbidden }: Surroundings): FieldProblem[] {
  const { type } = schema
  return [
    ...(type && !types.includes(type) ? [unsupported(`${field}.type`, type, types)] : []),
    ...(schema.default !== undefined && defaultsForbidden
      ? [forbidden(`${field}.default`, `must not be set ${defaultsForbidden}`)]
      : []),
    ...unknownWords.flatMap(([word, detail]) => (schema[word] ? [forbidden(`${field}.${word}`, detail)] : [])),
    ...(schema["type"] === ("null" as string)
      ? [forbidden(`${field}.type`, "type cannot be set to null, use nullable as an alternative")]
      : []),
    ...(Array.isArray(schema.items)
      ? [forbidden(`${field}.items`, "items must be a schema object and not an array")]
      : []),
    ...(isInMetadata && isEmbedded(schema)
      ? [forbidden(`${field}.x-kubernetes-embedded-resource`, "must not be used inside of resource meta")]
      : []),
  ]
}
