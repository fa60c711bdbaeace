import { isFields } from "../fields.ts"
import type { Schema } from "../schema.ts"

/** A schema as somebody wrote it, with what the server refuses. */
export type RawSchema = Schema & Readonly<Record<string, unknown>>

/** A schema inside of a schema, and where it stands. */
export interface Part {
  schema: RawSchema
  field: string
}

const part = (schema: unknown, field: string): Part[] => (isFields(schema) ? [{ schema, field }] : [])

export const propertiesOf = ({ schema, field }: Part): (Part & { name: string })[] =>
  Object.entries(schema.properties ?? {}).map(([name, property]) => ({
    name,
    schema: property as RawSchema,
    field: `${field}.properties[${name}]`,
  }))

export const itemsOf = ({ schema, field }: Part): Part[] => part(schema.items, `${field}.items`)

export const additionalOf = ({ schema, field }: Part): Part[] =>
  part(schema.additionalProperties, `${field}.additionalProperties`)

export type Junctor = "allOf" | "anyOf" | "oneOf" | "not"

/** The alternatives of a schema, in the order in which the server looks at them. */
export function alternativesOf({ schema, field }: Part): (Part & { junctor: Junctor; index: number })[] {
  const lists = (["allOf", "oneOf", "anyOf"] as const).flatMap((junctor) =>
    (schema[junctor] ?? []).map((one, index) => ({
      junctor,
      index,
      schema: one as RawSchema,
      field: `${field}.${junctor}[${index}]`,
    })),
  )
  return [...lists, ...part(schema.not, `${field}.not`).map((one) => ({ ...one, junctor: "not" as const, index: 0 }))]
}

export const partsOf = (here: Part): Part[] => [...propertiesOf(here), ...additionalOf(here), ...itemsOf(here)]
