import { randomBytes } from "node:crypto"
import type { KubeObject, Metadata } from "#api/objects.ts"
import {
  isDns1035Label,
  isDns1123Label,
  isDns1123Subdomain,
  isLabelValue,
  isQualifiedName,
} from "../schema/name-checks.ts"
import type { FieldProblem } from "../schema/schema.ts"

const MAX_ANNOTATIONS = 256 * 1024

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
    ...mapProblems("metadata.labels", metadata.labels, (value) => isLabelValue(value)[0]),
    ...mapProblems("metadata.annotations", metadata.annotations, () => undefined),
    ...sizeProblems(metadata),
    ...finalizerProblems(metadata, rules),
    ...ownerProblems(metadata),
  ]
}

function nameProblems(name: string, { isLabel, isService, isPathSegment }: NameRules): FieldProblem[] {
  const wrong = (detail: string | undefined): FieldProblem[] =>
    detail ? [{ field: "metadata.name", type: "Invalid value", value: name, detail }] : []
  if (!name) return [{ field: "metadata.name", type: "Required value", detail: "name or generateName is required" }]
  if (isPathSegment) return /^\.{1,2}$|[/%]/.test(name) ? wrong("may not be '.' or '..', or contain '/' or '%'") : []
  if (isService) return wrong(isDns1035Label(name)[0])
  if (isLabel) return wrong(name.includes(".") ? "must not contain dots" : isDns1123Label(name)[0])
  return wrong(isDns1123Subdomain(name)[0])
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

/** Domains are written in small letters, however they were sent. */
const wrongKey = (key: string): string | undefined =>
  isQualifiedName(key.replace(/^[^/]*(?=\/[^/]*$)/, (domain) => domain.toLowerCase()))[0]

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
