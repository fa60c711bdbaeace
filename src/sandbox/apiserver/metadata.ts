import { randomBytes } from "node:crypto"
import type { KubeObject, Metadata } from "#api/objects.ts"
import type { FieldProblem } from "../schema/schema.ts"

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const DNS_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/
const QUALIFIED = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/
const MAX_ANNOTATIONS = 256 * 1024

const subdomainText =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
const labelText =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const dns1035Text =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
const qualifiedText =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
const labelValueText =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

export interface NameRules {
  /** Names of these kinds become one part of a host name. */
  isLabel: boolean
  /** As labels, but they begin with a letter. */
  isService: boolean
  /** Finalizers of custom kinds need no domain. */
  isCustom: boolean
  /** Names of roles may have anything that a path can carry. */
  isPathSegment: boolean
}

/** What is wrong with the metadata of an object, for all kinds alike. */
export function metadataProblems({ metadata }: KubeObject, rules: NameRules): FieldProblem[] {
  return [
    ...nameProblems(metadata.name, rules),
    ...mapProblems("metadata.labels", metadata.labels, (value) =>
      value.length > 63 ? "must be no more than 63 bytes" : LABEL_VALUE.test(value) ? undefined : labelValueText,
    ),
    ...mapProblems("metadata.annotations", metadata.annotations, () => undefined),
    ...sizeProblems(metadata),
    ...finalizerProblems(metadata, rules),
    ...ownerProblems(metadata),
  ]
}

function nameProblems(name: string, { isLabel, isService, isPathSegment }: NameRules): FieldProblem[] {
  const wrong = (detail: string): FieldProblem[] => [
    { field: "metadata.name", type: "Invalid value", value: name, detail },
  ]
  if (!name) return [{ field: "metadata.name", type: "Required value", detail: "name or generateName is required" }]
  if (isPathSegment) return /^\.{1,2}$|[/%]/.test(name) ? wrong("may not be '.' or '..', or contain '/' or '%'") : []
  if (isService) {
    if (name.length > 63) return wrong("must be no more than 63 bytes")
    return DNS_1035.test(name) ? [] : wrong(dns1035Text)
  }
  if (isLabel) {
    if (name.includes(".")) return wrong("must not contain dots")
    if (name.length > 63) return wrong("must be no more than 63 bytes")
    return LABEL.test(name) ? [] : wrong(labelText)
  }
  if (name.length > 253) return wrong("must be no more than 253 bytes")
  return SUBDOMAIN.test(name) ? [] : wrong(subdomainText)
}

function mapProblems(
  field: string,
  map: Record<string, string> | undefined,
  wrongValue: (value: string) => string | undefined,
): FieldProblem[] {
  return Object.entries(map ?? {}).flatMap(([key, value]): FieldProblem[] => {
    const problem = (of: string, detail: string | undefined): FieldProblem[] =>
      detail ? [{ field, type: "Invalid value", value: of, detail }] : []
    return [...problem(key, wrongKey(key)), ...problem(value, wrongValue(value))]
  })
}

function wrongKey(key: string): string | undefined {
  const parts = key.split("/")
  const name = parts.at(-1)!
  if (parts.length > 2) {
    return `a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`
  }
  if (parts.length === 2 && !parts[0]) return "prefix part must be non-empty"
  if (parts.length === 2 && !SUBDOMAIN.test(parts[0]!.toLowerCase())) return `prefix part ${subdomainText}`
  if (!name) return "name part must be non-empty"
  if (name.length > 63) return "name part must be no more than 63 bytes"
  return QUALIFIED.test(name) ? undefined : qualifiedText
}

function sizeProblems({ annotations = {} }: Metadata): FieldProblem[] {
  const size = Object.entries(annotations).reduce((sum, [key, value]) => sum + key.length + value.length, 0)
  if (size <= MAX_ANNOTATIONS) return []
  return [{ field: "metadata.annotations", type: "Too long", detail: `may not be more than ${MAX_ANNOTATIONS} bytes` }]
}

const plainFinalizers = new Set(["orphan", "foregroundDeletion", "kubernetes"])

function finalizerProblems({ finalizers = [] }: Metadata, { isCustom }: NameRules): FieldProblem[] {
  return finalizers.flatMap((value, place): FieldProblem[] => {
    if (plainFinalizers.has(value)) return []
    if (wrongKey(value))
      return [{ field: "metadata.finalizers", type: "Invalid value", value, detail: wrongKey(value)! }]
    if (isCustom || value.includes("/")) return []
    return [
      {
        field: `metadata.finalizers[${place}]`,
        type: "Invalid value",
        value,
        detail: "name is neither a standard finalizer name nor is it fully qualified",
      },
    ]
  })
}

function ownerProblems({ ownerReferences = [] }: Metadata): FieldProblem[] {
  const missing = ownerReferences.flatMap((owner, place) =>
    (["apiVersion", "kind", "name", "uid"] as const)
      .filter((field) => !owner[field])
      .map((field): FieldProblem => ({
        field: "metadata.ownerReferences" + (field === "apiVersion" ? "" : `.${field}`),
        type: "Invalid value",
        value: field === "apiVersion" ? ownerReferences[place] : "",
        detail: field === "apiVersion" ? "version must not be empty" : `must not be empty`,
      })),
  )
  const controllers = ownerReferences.filter(({ controller }) => controller)
  if (controllers.length < 2) return missing
  const [first, second] = controllers
  return [
    ...missing,
    {
      field: "metadata.ownerReferences",
      type: "Invalid value",
      value: ownerReferences,
      detail: `Only one reference can have Controller set to true. Found "true" in references for ${first!.kind}/${first!.name} and ${second!.kind}/${second!.name}`,
    },
  ]
}

/** What an update may not change. */
export function changedForGood(object: KubeObject, old: KubeObject): FieldProblem[] {
  const now = object.metadata.finalizers ?? []
  const added = now.filter((name) => !(old.metadata.finalizers ?? []).includes(name))
  if (!old.metadata.deletionTimestamp || added.length === 0) return []
  return [
    {
      field: "metadata.finalizers",
      type: "Forbidden",
      detail: `no new finalizers can be added if the object is being deleted, found new finalizers ${goList(added)}`,
    },
  ]
}

const goList = (words: readonly string[]): string => `[]string{${words.map((word) => JSON.stringify(word)).join(", ")}}`

const LETTERS = "bcdfghjklmnpqrstvwxz2456789"
const MAX_GENERATED = 63 - 5

/** A name nobody else has, as `generateName` asks for. */
export function generatedName(prefix: string): string {
  const suffix = [...randomBytes(5)].map((byte) => LETTERS[byte % LETTERS.length]).join("")
  return prefix.slice(0, MAX_GENERATED) + suffix
}
