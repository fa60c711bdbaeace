import type { KubeObject } from "#api/objects.ts"
import { schemaOf } from "../kinds/schemas.ts"
import { problemsOf } from "../schema/problems.ts"
import { pruned } from "../schema/prune.ts"
import { badRequest, Refusal } from "./refusal.ts"
import { apiVersionOf, type Resource } from "./resource.ts"

export type FieldValidation = "Ignore" | "Warn" | "Strict"

export interface Decoding {
  fieldValidation?: FieldValidation | undefined
  /** Fields that were sent twice. */
  repeated?: readonly string[]
  warn?: ((text: string) => void) | undefined
}

/** What was sent cannot be understood as an object of the kind. */
export class Undecodable extends Refusal {
  constructor(message: string) {
    super(400, "BadRequest", message)
  }
}

const cannotBe = ({ kind, version }: Pick<Resource, "kind" | "version">, as: string, why: string) =>
  new Undecodable(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${as}: ${why}`)

/** What was sent, as an object of this kind: unknown fields are gone, and said. */
export function decoded(resource: Resource, raw: unknown, decoding: Decoding): KubeObject {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) throw unrecognized(resource, "not an object")
  const given = { ...raw, ...identity(resource, raw) } as KubeObject
  const { value, unknown } = pruned(resource.schema, given, objectMeta())
  const object = value as KubeObject
  const metadata = metadataOf(resource, object)
  sayUnknown(resource, [...metadata.unknown, ...unknown], decoding)
  const known = { ...object, metadata: metadata.value }
  if (!resource.isCustom) refuseWrongTypes(resource, known)
  return { ...known, metadata: plain(resource, metadata.value) }
}

export const unrecognized = ({ kind }: Pick<Resource, "kind">, why: string): Refusal =>
  badRequest(
    `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${why}`,
  )

function sayUnknown(
  resource: Resource,
  unknown: readonly string[],
  { fieldValidation, repeated = [], warn }: Decoding,
): void {
  if (fieldValidation === "Ignore") return
  const texts = [
    ...repeated.map((field) => `duplicate field ${JSON.stringify(field)}`),
    ...unknown.map((field) => `unknown field ${JSON.stringify(field)}`),
  ]
  if (texts.length === 0) return
  if (fieldValidation === "Strict")
    throw cannotBe(resource, resource.kind, `strict decoding error: ${texts.join(", ")}`)
  for (const text of texts) warn?.(text)
}

function identity(resource: Resource, { apiVersion, kind }: Partial<KubeObject>) {
  const expected = apiVersionOf(resource)
  const isOther = (kind && kind !== resource.kind) || (apiVersion && apiVersion !== expected)
  if (resource.isCustom) return customIdentity(resource, apiVersion, kind)
  if (isOther) {
    const [wrongKind, wrongVersion] = [kind || resource.kind, apiVersion || expected]
    const why = `no kind ${JSON.stringify(wrongKind)} is registered for version ${JSON.stringify(wrongVersion)} in scheme "sandbox"`
    throw cannotBe({ kind: wrongKind, version: wrongVersion.split("/").at(-1)! }, resource.kind, why)
  }
  return { apiVersion: expected, kind: resource.kind }
}

/** Objects of custom kinds have to say what they are; whether it is true is a matter of their validation. */
function customIdentity(resource: Resource, apiVersion: string | undefined, kind: string | undefined) {
  const expected = apiVersionOf(resource)
  if (!kind) throw badRequest(`Object 'Kind' is missing in the body`)
  if (!apiVersion) throw badRequest(`Object 'apiVersion' is missing in the body`)
  if (apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    )
  }
  return { apiVersion, kind }
}

const objectMeta = () => schemaOf("", "v1", "Pod").properties!["metadata"]!

/** The metadata of all kinds has the same shape. */
function metadataOf(resource: Resource, object: Partial<KubeObject>) {
  const metadata: unknown = object.metadata ?? {}
  if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata)) {
    throw cannotBe(
      resource,
      resource.kind,
      `json: cannot unmarshal into Go struct field ${resource.kind}.metadata of type v1.ObjectMeta`,
    )
  }
  const { value, unknown } = pruned(objectMeta(), metadata)
  return { value: value as KubeObject["metadata"], unknown: unknown.map((field) => `metadata.${field}`) }
}

const lists = ["labels", "annotations", "finalizers", "ownerReferences"]

function plain(resource: Resource, metadata: KubeObject["metadata"]): KubeObject["metadata"] {
  const kept = Object.entries(metadata).filter(
    ([field, value]) =>
      value !== null && value !== "" && !(lists.includes(field) && Object.keys(value as object).length === 0),
  )
  for (const [field, value] of kept) {
    if (field !== "labels" && field !== "annotations") continue
    const wrong = Object.values(value as object).find((one) => typeof one !== "string")
    if (wrong !== undefined) throw wrongType(resource, `metadata.${field}`, typeof wrong, "string")
  }
  return Object.fromEntries(kept) as unknown as KubeObject["metadata"]
}

const TYPES = /must be of type (\w+): "(\w+)"/
const goTypes: Readonly<Record<string, string>> = {
  object: "object",
  array: "array",
  string: "string",
  number: "number",
  integer: "number",
  boolean: "bool",
}

/** Built-in kinds are decoded into fixed types, so a wrong type is not a question of validation. */
function refuseWrongTypes(resource: Resource, object: KubeObject): void {
  for (const { isWrongType, field, detail } of problemsOf(resource.schema, object)) {
    const [, expected = "", got = ""] = (isWrongType && TYPES.exec(detail)) || []
    // Times and bytes are texts whose form the kinds look at themselves.
    if (expected in goTypes && got !== "null")
      throw wrongType(resource, withoutKeys(field), goTypes[got] ?? got, goTypes[expected]!)
  }
}

/** Maps and lists are named as a whole. */
const withoutKeys = (field: string): string =>
  field
    .replaceAll(/\[\d+\]/g, "")
    .replace(/\b(data|stringData|binaryData|labels|annotations|matchLabels|nodeSelector)\..*$/, "$1")

const wrongType = (resource: Resource, field: string, got: string, expected: string) =>
  cannotBe(
    resource,
    resource.kind,
    `json: cannot unmarshal ${got} into Go struct field ${resource.kind}.${field} of type ${expected}`,
  )
