import { atRoot, hasUnknownWords, keywordProblems } from "./definition/keyword-problems.ts"
import { defaultProblems } from "./definition/default-problems.ts"
import { isFields } from "./fields.ts"
import { forbidden, required } from "./problem.ts"
import type { Part } from "./definition/raw-schema.ts"
import { ruleDefinitionProblems } from "./definition/rule-definition-problems.ts"
import type { FieldProblem, Schema } from "./schema.ts"
import { structureProblems } from "./definition/structure-problems.ts"

/** Why this cannot be the schema of a CustomResourceDefinition; `field` is where it stands. */
export function schemaProblems(raw: unknown, field: string): FieldProblem[] {
  if (!isFields(raw)) return [required(field)]
  const here: Part = { schema: raw, field }
  const nullable = raw["nullable"] ? [forbidden(`${field}.nullable`, "nullable cannot be true at the root")] : []
  // The server speaks of structure only where it understands all words.
  const structure = hasUnknownWords(here) ? [] : structureProblems(here)
  const defaults = structure.length === 0 ? defaultProblems(here) : []
  const keywords = keywordProblems(here, atRoot)
  const found = [...nullable, ...structure, ...defaults, ...keywords]
  const canCompile = structure.length === 0 && defaults.length === 0 && keywords.length === 0
  return canCompile ? [...found, ...ruleDefinitionProblems(here, true)] : found
}

/** For a schema without problems. */
export const schemaFrom = (raw: unknown): Schema => (isFields(raw) ? raw : keepsEverything)

const keepsEverything: Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true }
