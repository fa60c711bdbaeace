import type { KubeObject } from "#api/objects.ts"
import { ApiError } from "#kube/contract.ts"
import type { Column, Resource, Rules, ScalePaths } from "../apiserver/resource.ts"
import type { Schema } from "../schema/schema.ts"
import { schemaOf } from "./schemas.ts"
import { toStoredForm } from "./stored-form.ts"

/** What is particular about a built-in kind; the rest follows. */
export interface KindFacts {
  group: string
  version: string
  kind: string
  plural: string
  shortNames?: readonly string[]
  categories?: readonly string[]
  isClusterWide?: boolean
  scale?: ScalePaths
  columns: readonly Column[]
  rules?: Rules
}

export function builtInKind({ isClusterWide, rules = {}, ...facts }: KindFacts): Resource {
  const schema = schemaOf(facts.group, facts.version, facts.kind)
  const hasStatus = "status" in schema.properties!
  return {
    ...facts,
    singular: facts.kind.toLowerCase(),
    shortNames: facts.shortNames ?? [],
    categories: facts.categories ?? [],
    namespaced: !isClusterWide,
    schema,
    isCustom: false,
    hasStatus,
    rules: {
      ...rules,
      defaults(object) {
        stored(schema, object)
        rules.defaults?.(object)
      },
      beforeCreate(object, place) {
        if (hasStatus && object["status"] === undefined) withEmptyStatus(schema, object)
        rules.beforeCreate?.(object, place)
      },
    },
  }
}

function stored(schema: Schema, object: KubeObject): void {
  try {
    toStoredForm(schema, object)
  } catch (error) {
    const { kind, apiVersion } = object
    const version = JSON.stringify(apiVersion.split("/").at(-1))
    const why = `${kind} in version ${version} cannot be handled as a ${kind}: ${(error as Error).message}`
    throw new ApiError(why, 400, "BadRequest", { cause: error })
  }
}

function withEmptyStatus(schema: Schema, object: KubeObject): void {
  const status: Record<string, unknown> = {}
  toStoredForm(schema.properties!["status"]!, status)
  object["status"] = status
}
