import type { KubeObject } from "#api/objects.ts"
import type { FieldProblem, Schema } from "../schema/schema.ts"

/** One kind in one version, as it is served. */
export interface Resource {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly namespaced: boolean
  /** Of the whole object. */
  readonly schema: Schema
  /** Unknown fields are dropped, and wrong types are refused when they are decoded (built-in) or validated (custom). */
  readonly isCustom: boolean
  readonly hasStatus: boolean
  readonly scale?: ScalePaths
  readonly columns: readonly Column[]
  readonly rules: Rules
  /** Whose objects these are, where they are kept as objects of another kind: `events`. */
  readonly family?: string
  readonly conversion?: Conversion
}

/** Between this version and the one in which the objects are kept. Neither changes what it is given. */
export interface Conversion {
  fromStored(object: KubeObject): KubeObject
  toStored(object: KubeObject): KubeObject
}

/** JSON paths such as `.spec.replicas`. */
export interface ScalePaths {
  specReplicas: string
  statusReplicas: string
  selector?: string
}

/** One column of what `kubectl get` prints. */
export interface Column {
  name: string
  type: "string" | "integer" | "number" | "boolean" | "date"
  format?: string
  description: string
  /** Above zero: only with `-o wide`. */
  priority: number
  /** Undefined where there is nothing to show. */
  cell(object: KubeObject, nowMs: number): unknown
}

/**
 * What only this kind does. Every function gets a copy that is its own and may change it.
 * Metadata, generations, unknown fields, defaults of the schema and its validation are the server's work for all kinds.
 */
export interface Rules {
  /** Fills in what users may leave out; also for what was stored before. */
  defaults?(object: KubeObject): void
  /** What the server itself sets or drops at creation; a status is already gone where there is a subresource. */
  beforeCreate?(object: KubeObject, place: Place): void
  /** What a replacement cannot change. */
  beforeUpdate?(object: KubeObject, old: KubeObject, place: Place): void
  /** What the server notes when somebody deletes it, such as who holds it back. */
  beforeDelete?(object: KubeObject, place: Place): void
  /** Problems beyond the schema; `old` is absent at creation. */
  problems?(object: KubeObject, old: KubeObject | undefined): FieldProblem[]
  /** What `metadata.generation` counts; the spec where absent, nothing when null. */
  readonly generationCounts?: readonly string[] | null
  /** Fields that a selector may name beside `metadata.name` and `metadata.namespace`, with their values. */
  fieldLabels?(object: KubeObject): Record<string, string>
}

/** What is around an object that is written. */
export interface Place {
  nowMs: number
  /** A free address for a Service. */
  clusterAddress(): string
  /** A free port of the node, for Services that want one. */
  nodePort(): number
  /** Whether some Service has this address or this port of the node. */
  isTaken?(addressOrPort: string | number): boolean
  /** All CustomResourceDefinitions. */
  definitions?(): readonly KubeObject[]
}

export const apiVersionOf = ({ group, version }: Pick<Resource, "group" | "version">): string =>
  group ? `${group}/${version}` : version
