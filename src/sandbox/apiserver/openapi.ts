import { createHash } from "node:crypto"
import { definitionName, schemaOf } from "../kinds/schemas.ts"
import type { Schema } from "../schema/schema.ts"
import type { Resource } from "./resource.ts"

/** The shapes of all kinds, for clients that complete, explain and patch by them. */
export interface OpenApi {
  index(): object
  /** `api/v1` or `apis/apps/v1`. */
  document(path: string): object | undefined
  /** All in one, in the older form. */
  v2(): object
}

const VERSION = "version"

const pathOf = (group: string, version: string): string => (group ? `apis/${group}/${version}` : `api/${version}`)

export function openApiOf(all: readonly Resource[]): OpenApi {
  const paths = [...new Set(all.map(({ group, version }) => pathOf(group, version)))]
  const within = (path: string) => all.filter(({ group, version }) => pathOf(group, version) === path)
  const documents = new Map<string, object>()

  function document(path: string): object | undefined {
    if (path === VERSION) return documentOf([], "#/components/schemas/")
    if (!paths.includes(path)) return undefined
    const known = documents.get(path) ?? documentOf(within(path), "#/components/schemas/")
    documents.set(path, known)
    return known
  }

  const etag = (path: string) =>
    createHash("sha1")
      .update(JSON.stringify(within(path).map(fingerprint)))
      .digest("hex")
      .toUpperCase()

  return {
    document,
    index: () => ({
      paths: Object.fromEntries(
        [...paths, VERSION].map((path) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${etag(path)}` }]),
      ),
    }),
    v2: () => ({
      swagger: "2.0",
      info,
      paths: {},
      definitions: schemasOf(all, "#/definitions/"),
    }),
  }
}

const info = { title: "Kubernetes", version: "v1.36.3" }
const fingerprint = ({ kind, schema }: Resource) => [kind, Object.keys(schema.properties ?? {})]

function documentOf(resources: readonly Resource[], prefix: string): object {
  return {
    openapi: "3.0.0",
    info,
    paths: Object.fromEntries(resources.flatMap(pathsOf)),
    components: { schemas: schemasOf(resources, prefix) },
  }
}

function pathsOf(resource: Resource): [string, object][] {
  const { group, version, kind, plural, namespaced } = resource
  const base = `/${pathOf(group, version)}${namespaced ? "/namespaces/{namespace}" : ""}/${plural}`
  const of = { "x-kubernetes-group-version-kind": { group, version, kind } }
  const names = [
    { name: "dryRun", in: "query", schema: { type: "string" } },
    { name: "fieldValidation", in: "query", schema: { type: "string" } },
  ]
  const content = { "application/json": { schema: { $ref: `#/components/schemas/${nameOf(resource)}` } } }
  const responses = { "200": { description: "OK", content } }
  const operation = (action: string) => ({ "x-kubernetes-action": action, ...of, parameters: names, responses })
  return [
    [base, { get: operation("list"), post: { ...operation("post"), requestBody: { content } } }],
    [
      `${base}/{name}`,
      {
        get: operation("get"),
        put: { ...operation("put"), requestBody: { content } },
        patch: { ...operation("patch"), requestBody: { content: { ...content, "application/apply-patch+yaml": {} } } },
        delete: operation("delete"),
      },
    ],
  ]
}

/** As published definitions are called: of custom kinds the group backwards, then version and kind. */
function nameOf({ group, version, kind, schema }: Resource): string {
  return definitionName(schema) ?? `${group.split(".").toReversed().join(".")}.${version}.${kind}`
}

/** What a shape that has a name says of its own where it is used. */
const OWN = ["description", "default", "nullable"] as const

function schemasOf(resources: readonly Resource[], prefix: string): Record<string, object> {
  const result: Record<string, object> = {}
  for (const resource of resources) {
    const { group, version, kind } = resource
    result[nameOf(resource)] = {
      ...written(resource.isCustom ? withMetadata(resource.schema) : resource.schema),
      "x-kubernetes-group-version-kind": [{ group, version, kind }],
    }
  }
  return result

  function written(schema: Schema): Record<string, unknown> {
    const { properties, items, additionalProperties, oneOf, anyOf, allOf, not, ...rest } = schema
    const each = (list: readonly Schema[] | undefined) => list?.map(nested)
    const isShape = typeof additionalProperties === "object"
    return withoutUndefined({
      ...rest,
      properties: properties && mapped(properties, nested),
      items: items && nested(items),
      additionalProperties: isShape ? nested(additionalProperties) : additionalProperties,
      oneOf: each(oneOf),
      anyOf: each(anyOf),
      allOf: each(allOf),
      not: not && nested(not),
    })
  }

  function nested(schema: Schema): Record<string, unknown> {
    const name = definitionName(schema)
    if (!name) return written(schema)
    if (!(name in result)) {
      result[name] = {}
      result[name] = written(schema)
    }
    const extensions = Object.keys(schema).filter((field) => field.startsWith("x-kubernetes-"))
    const own = [...OWN, ...extensions].filter((field) => field in schema)
    return {
      ...Object.fromEntries(own.map((field) => [field, schema[field as keyof Schema]])),
      allOf: [{ $ref: prefix + name }],
    }
  }
}

const mapped = <T, U>(record: Readonly<Record<string, T>>, change: (one: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([name, one]) => [name, change(one)]))

const withoutUndefined = (record: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined))

/** Definitions of custom kinds leave the metadata to the server. */
function withMetadata(schema: Schema): Schema {
  return { ...schema, properties: { ...identity, ...schema.properties, metadata: objectMeta() } }
}

const identity: Record<string, Schema> = { apiVersion: { type: "string" }, kind: { type: "string" } }
const objectMeta = (): Schema => schemaOf("", "v1", "Pod").properties!["metadata"]!
