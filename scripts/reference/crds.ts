import type { Canary } from "#api/canary.ts"
import { crds } from "#api/crds.ts"
import type { JsonSchema } from "#api/schema.ts"
import { providerFor } from "#metrics/registry.ts"
import { notifierFor } from "#notifiers/registry.ts"
import { routerFor } from "#routers/registry.ts"
import { scalerFor } from "#scalers/registry.ts"
import { targetFor } from "#targets/registry.ts"
import { code, madeFrom, table } from "./table.ts"

export function crdPage(): string {
  return `# Resources
${madeFrom("src/api")}
Group \`flagger.app\`, version \`v1beta1\`; the definitions to apply are in [deploy/crds](../../deploy/crds). Everything the
original's definitions accept is accepted. Fields in **bold** must be there. \`[]\` stands for each element of a list, \`{}\`
for each value of a map. \`kubectl explain canary.spec.analysis\` shows the same.

${crds.map(({ spec }) => kindSection(spec.names.kind, spec.versions[0].schema.openAPIV3Schema)).join("\n")}`
}

/** Parts of a resource that are long enough for a table of their own. */
const parts = ["spec", "spec.service", "spec.analysis", "status"]

function kindSection(kind: string, schema: JsonSchema): string {
  const tables = parts.flatMap((part) => {
    const found = part.split(".").reduce<JsonSchema | undefined>((at, key) => at?.properties?.[key], schema)
    if (!found) return []
    const needs = choiceOf(found)
    const rows = rowsOf(kind, part, found)
    return [`### ${kind} ${part}\n\n${needs ? `Needs ${needs}.\n\n` : ""}${table(["field", "type", "meaning"], rows)}`]
  })
  return `## ${kind}\n\n${tables.join("\n")}`
}

function rowsOf(kind: string, part: string, schema: JsonSchema, prefix = ""): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, field]) => {
    const path = prefix ? `${prefix}.${key}` : key
    const name = schema.required?.includes(key) ? `**${code(path)}**` : code(path)
    const row = [name, typeOf(field), meaningOf(field, `${kind} ${part}.${path}`)]
    if (parts.includes(`${part}.${path}`)) return [[name, typeOf(field), `${field.description}: see below`]]
    return [row, ...rowsOf(kind, part, ...innerOf(field, path))]
  })
}

function innerOf(field: JsonSchema, path: string): [JsonSchema, string] {
  if (field.items) return innerOf(field.items, `${path}[]`)
  if (field.additionalProperties) return innerOf(field.additionalProperties, `${path}{}`)
  return [field, path]
}

function typeOf(field: JsonSchema): string {
  if (field["x-kubernetes-int-or-string"]) return "number or string"
  if (field.items) return `list of ${plural(typeOf(field.items))}`
  if (field.additionalProperties) return `map of ${plural(typeOf(field.additionalProperties))}`
  return field.type ?? ""
}

const plural = (type: string): string => type.replace(/^\w+/, "$&s")

function meaningOf(field: JsonSchema, path: string): string {
  const { description, enum: allowed, default: fallback, minimum, maximum, pattern } = innermost(field)
  const values = (allowed ?? []).filter(Boolean)
  const idle = values.filter((value) => !isServed(path, value))
  const sentences = [
    field.description ?? description,
    values.length > 0 && `One of ${values.map(code).join(", ")}`,
    idle.length > 0 && `Taken, but not served: ${idle.map(code).join(", ")}`,
    pattern?.includes("(m|s)") && "A number and `s` or `m`",
    minimum !== undefined && (maximum === undefined ? `At least ${minimum}` : `From ${minimum} to ${maximum}`),
    fallback !== undefined && `Default ${code(JSON.stringify(fallback))}`,
    choiceOf(innermost(field)) && `Needs ${choiceOf(innermost(field))}`,
  ]
  return sentences.filter(Boolean).join(". ")
}

const innermost = (field: JsonSchema): JsonSchema => innerOf(field, "")[0]

/** Fields of which one, or one set, must be given. */
function choiceOf({ oneOf, anyOf }: JsonSchema): string {
  const sets = (oneOf ?? anyOf ?? []).filter(({ required }) => required).map(({ required }) => required!)
  if (sets.length === 0) return ""
  const common = sets[0]!.filter((key) => sets.every((set) => set.includes(key)))
  const choice = sets
    .map((set) =>
      set
        .filter((key) => !common.includes(key))
        .map(code)
        .join(" with "),
    )
    .join(", ")
  const amount = anyOf ? "at least one" : oneOf!.length > sets.length ? "at most one" : "exactly one"
  return `${common.map((key) => `${code(key)}, `).join("")}${common.length > 0 ? "and " : ""}${amount} of ${choice}`
}

/** Values that the original's definitions take and that nobody here answers to. */
const server: Record<string, (value: string) => unknown> = {
  "Canary spec.provider": routerFor,
  "Canary spec.targetRef.kind": (kind) => targetFor({ spec: { targetRef: { kind } } } as Canary),
  "Canary spec.autoscalerRef.kind": (kind) => scalerFor({ spec: { autoscalerRef: { kind } } } as Canary),
  "MetricTemplate spec.provider.type": providerFor,
  "AlertProvider spec.type": notifierFor,
}

function isServed(path: string, value: string): boolean {
  try {
    server[path]?.(value)
    return true
  } catch {
    return false
  }
}
