import { isEmbedded, isFields, othersOf, propertyOf } from "../schema/fields.ts"
import type { Schema } from "../schema/schema.ts"
import { objectMeta } from "./object-meta.ts"

/** What the owners of fields share of a value, and what only one of them can have. */
export interface FieldType {
  scalar?: "numeric" | "string" | "boolean" | "untyped"
  list?: ListType
  map?: MapType
}

export interface ListType {
  /** Owned as a whole. */
  isAtomic: boolean
  /** By name. None means that the items are told apart by their values. */
  keys: readonly { name: string; default?: unknown }[]
  items(): FieldType
}

export interface MapType {
  /** Owned as a whole. */
  isAtomic: boolean
  declares(name: string): boolean
  /** Undefined where nothing can stand. */
  field(name: string): FieldType | undefined
  /** Nothing is known about what is in it. */
  isOpen?: boolean
}

export type Shape = "map" | "list" | "scalar"

/** As which of the things that it may be a value is to be seen. */
export function shapeOf({ map, scalar, list }: FieldType, value: unknown): Shape | undefined {
  if (list && Array.isArray(value)) return "list"
  if (map && isFields(value)) return "map"
  if (scalar && value !== null && value !== undefined && typeof value !== "object") return "scalar"
  if (map) return "map"
  if (scalar) return "scalar"
  return list && "list"
}

/** The type of whole objects: metadata is the same for all kinds. */
export function objectType(schema: Schema): FieldType {
  let type = objectTypes.get(schema)
  if (!type) objectTypes.set(schema, (type = typeOf({ ...schema, "x-kubernetes-embedded-resource": true }, false)))
  return type
}

const objectTypes = new WeakMap<Schema, FieldType>()

/** Any JSON. What is in a map can have owners of its own, what is in a list cannot. */
const open: FieldType = {
  scalar: "untyped",
  list: { isAtomic: true, keys: [], items: () => closed },
  map: { isAtomic: false, declares: () => false, field: () => open, isOpen: true },
}

/** Any JSON, with one owner. */
const closed: FieldType = {
  scalar: "untyped",
  list: { isAtomic: true, keys: [], items: () => closed },
  map: { isAtomic: true, declares: () => false, field: () => closed },
}

/** Unknown fields, once kept, are kept further down too. */
function typeOf(schema: Schema, keepsUnknown: boolean): FieldType {
  const keeps = keepsUnknown || schema["x-kubernetes-preserve-unknown-fields"] === true
  const known = keeps ? keeping : strict
  let type = known.get(schema)
  if (!type) known.set(schema, (type = typeFrom(schema, keeps)))
  return type
}

const strict = new WeakMap<Schema, FieldType>()
const keeping = new WeakMap<Schema, FieldType>()

function typeFrom(schema: Schema, keeps: boolean): FieldType {
  switch (schema.type) {
    case undefined:
      return { scalar: "untyped", list: listFrom(schema, keeps), map: mapFrom(schema, keeps) }
    case "object":
      return { map: mapFrom(schema, keeps) }
    case "array":
      return { list: listFrom(schema, keeps) }
    case "boolean":
      return { scalar: "boolean" }
    case "string":
      return { scalar: schema.format && schema.format !== "byte" ? "untyped" : "string" }
    default:
      return { scalar: "numeric" }
  }
}

function listFrom(schema: Schema, keeps: boolean): ListType {
  const { items } = schema
  const names = keysOf(schema)
  const keys = (names ?? []).toSorted().map((name) => ({ name, default: propertyOf(items, name)?.default }))
  return { isAtomic: !names, keys, items: () => (items ? typeOf(items, keeps) : closed) }
}

/** Undefined for atomic lists. */
function keysOf(schema: Schema): readonly string[] | undefined {
  const listType = schema["x-kubernetes-list-type"]
  if (listType === "map") return schema["x-kubernetes-list-map-keys"] ?? []
  if (listType) return listType === "set" ? [] : undefined
  if (!schema["x-kubernetes-patch-strategy"]?.split(",").includes("merge")) return undefined
  const key = schema["x-kubernetes-patch-merge-key"]
  return key ? [key] : []
}

function mapFrom(schema: Schema, keeps: boolean): MapType {
  const properties = isEmbedded(schema) ? { ...schema.properties, ...ofObjects } : schema.properties
  const declared: Schema = properties ? { properties } : {}
  const others = othersOf(schema)
  const isFree = !others && allowsAny(schema, keeps)
  return {
    isAtomic: schema["x-kubernetes-map-type"] === "atomic",
    declares: (name) => propertyOf(declared, name) !== undefined,
    field(name) {
      const known = propertyOf(declared, name) ?? others
      return known ? typeOf(known, keeps) : isFree ? open : undefined
    },
    isOpen: isFree && !properties,
  }
}

function allowsAny({ additionalProperties, properties }: Schema, keeps: boolean): boolean {
  return additionalProperties === undefined ? keeps || !properties : additionalProperties === true
}

const ofObjects = { apiVersion: { type: "string" }, kind: { type: "string" }, metadata: objectMeta } as const
