import type { Schema } from "./schema.ts"

export type Fields = Record<string, unknown>

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** What the schema says about one named field, if it names it. */
export function propertyOf(schema: Schema | undefined, name: string): Schema | undefined {
  const properties = schema?.properties
  return properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined
}

/** What the schema says about the fields that it does not name. */
export function othersOf(schema: Schema | undefined): Schema | undefined {
  const others = schema?.additionalProperties
  return typeof others === "object" ? others : undefined
}

export const schemaOfField = (schema: Schema | undefined, name: string): Schema | undefined =>
  propertyOf(schema, name) ?? othersOf(schema)

export const isEmbedded = (schema: Schema): boolean => schema["x-kubernetes-embedded-resource"] === true

/** What every object has, whatever its schema says. */
export const isMetaField = (name: string): boolean => name === "apiVersion" || name === "kind" || name === "metadata"

export const childPath = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`)

/** A problem of no particular field has this where a field would stand. */
export const noField = "<nil>"

export const fieldName = (path: string): string => (path === "" ? noField : path)
