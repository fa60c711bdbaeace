import { dump, JSON_SCHEMA, loadAll, Type } from "js-yaml"

/** Words and numbers as YAML 1.1 has them, which is how kubectl reads manifests. Dates stay text. */
const bool = new Type("tag:yaml.org,2002:bool", {
  kind: "scalar",
  resolve: (text: unknown) =>
    typeof text === "string" && /^(y|yes|n|no|true|false|on|off)$/i.test(text) && hasUsualCase(text),
  construct: (text: string) => /^(y|true|on)/i.test(text),
  predicate: (value) => typeof value === "boolean",
  represent: String,
})

const int = new Type("tag:yaml.org,2002:int", {
  kind: "scalar",
  resolve: (text: unknown) =>
    typeof text === "string" && /^[-+]?(0|[1-9][0-9_]*|0b[01_]+|0o?[0-7_]+|0x[0-9a-f_]+)$/i.test(text),
  construct: numberOf,
  predicate: Number.isInteger,
  represent: String,
})

const hasUsualCase = (text: string): boolean =>
  text === text.toLowerCase() ||
  text === text.toUpperCase() ||
  text === text[0]!.toUpperCase() + text.slice(1).toLowerCase()

function numberOf(text: string): number {
  const digits = text.replaceAll("_", "").toLowerCase()
  const sign = digits.startsWith("-") ? -1 : 1
  const bare = digits.replace(/^[-+]/, "")
  if (/^0[xbo]/.test(bare)) return sign * Number(bare)
  return sign * (/^0\d/.test(bare) ? Number.parseInt(bare, 8) : Number(bare))
}

const merge = new Type("tag:yaml.org,2002:merge", { kind: "scalar", resolve: (text: unknown) => text === "<<" })

const yaml11 = JSON_SCHEMA.extend({ implicit: [bool, int, merge] })

/** Every document of a text, empty ones left out. Throws with line and column. */
export const yamlDocuments = (text: string): unknown[] =>
  loadAll(text, undefined, { schema: yaml11 }).filter((document) => document !== null && document !== undefined)

/** As kubectl writes it: keys in the order of the alphabet. */
export const yamlText = (value: unknown): string =>
  dump(value, { schema: yaml11, sortKeys: true, noRefs: true, lineWidth: -1, noArrayIndent: true })
