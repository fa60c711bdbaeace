import type { Column } from "../../apiserver/resource.ts"

/** What a CustomResourceDefinition says, as far as the server reads it. */
export interface CrdSpec {
  group: string
  scope: "Namespaced" | "Cluster"
  names: CrdNames
  versions: CrdVersion[]
  conversion?: { strategy: string; webhook?: { conversionReviewVersions?: string[] } }
  preserveUnknownFields?: boolean
}

export interface CrdNames {
  plural: string
  singular?: string
  kind: string
  listKind?: string
  shortNames?: string[]
  categories?: string[]
}

export interface CrdVersion {
  name: string
  served: boolean
  storage: boolean
  deprecated?: boolean
  deprecationWarning?: string
  schema?: { openAPIV3Schema?: unknown }
  subresources?: {
    status?: object
    scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath?: string }
  }
  additionalPrinterColumns?: ColumnSpec[]
  selectableFields?: { jsonPath: string }[]
}

export interface ColumnSpec {
  name: string
  type: Column["type"]
  format?: string
  description?: string
  priority?: number
  jsonPath: string
}

export interface CrdStatus {
  acceptedNames?: CrdNames
  conditions?: CrdCondition[]
  storedVersions?: string[]
}

export interface CrdCondition {
  type: string
  status: "True" | "False"
  lastTransitionTime: string
  reason: string
  message: string
}
