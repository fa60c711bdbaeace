/**
 * The shape of an object: what a CustomResourceDefinition says, and what the built-in kinds say in the same words.
 * References are resolved: a schema that mentions itself is a cycle.
 */
export interface Schema {
  type?: "object" | "array" | "string" | "number" | "integer" | "boolean"
  description?: string
  format?: string
  properties?: Readonly<Record<string, Schema>>
  required?: readonly string[]
  items?: Schema
  /** False and absent mean the same: nothing else. */
  additionalProperties?: Schema | boolean
  enum?: readonly unknown[]
  pattern?: string
  default?: unknown
  nullable?: boolean
  minimum?: number
  maximum?: number
  exclusiveMinimum?: boolean
  exclusiveMaximum?: boolean
  multipleOf?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  uniqueItems?: boolean
  minProperties?: number
  maxProperties?: number
  oneOf?: readonly Schema[]
  anyOf?: readonly Schema[]
  allOf?: readonly Schema[]
  not?: Schema
  "x-kubernetes-int-or-string"?: boolean
  "x-kubernetes-preserve-unknown-fields"?: boolean
  "x-kubernetes-embedded-resource"?: boolean
  "x-kubernetes-validations"?: readonly ValidationRule[]
  "x-kubernetes-list-type"?: "atomic" | "set" | "map"
  "x-kubernetes-list-map-keys"?: readonly string[]
  "x-kubernetes-map-type"?: "atomic" | "granular"
  /** For strategic merge patches; built-in kinds only. */
  "x-kubernetes-patch-strategy"?: string
  "x-kubernetes-patch-merge-key"?: string
}

export interface ValidationRule {
  rule: string
  message?: string
  messageExpression?: string
  reason?: string
  fieldPath?: string
  optionalOldSelf?: boolean
}

export type ProblemType =
  | "Required value"
  | "Invalid value"
  | "Unsupported value"
  | "Duplicate value"
  | "Not found"
  | "Forbidden"
  | "Too long"
  | "Too many"

/** One thing that is wrong with one field, in the API server's words. */
export interface FieldProblem {
  /** As in `spec.containers[0].name`. */
  field: string
  type: ProblemType
  /** Shown between type and detail; left out where the server shows none. */
  value?: unknown
  detail: string
  /** The server tells causes apart by it: FieldValueTypeInvalid. */
  isWrongType?: true
}
