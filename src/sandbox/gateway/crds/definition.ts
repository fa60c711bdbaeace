import type { KubeObject } from "#api/objects.ts"
import type { Schema } from "../../schema/schema.ts"
import { GROUP } from "../objects.ts"

interface Definition {
  kind: string
  plural: string
  shortNames?: string[]
  scope: "Namespaced" | "Cluster"
  /** The one that is stored comes first. */
  versions: string[]
  description: string
  spec: Schema
  status?: Schema
  columns: PrinterColumn[]
}
interface PrinterColumn {
  name: string
  type: string
  jsonPath: string
  priority?: number
}

export const age: PrinterColumn = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" }

export function definition({ kind, plural, shortNames, scope, versions, ...shape }: Definition): KubeObject {
  const openAPIV3Schema = {
    type: "object",
    description: shape.description,
    required: ["spec"],
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: { type: "object" },
      spec: shape.spec,
      ...(shape.status ? { status: shape.status } : {}),
    },
  }
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${GROUP}`,
      annotations: {
        "api-approved.kubernetes.io": "unapproved, written for the sandbox from the Gateway API specification",
      },
    },
    spec: {
      group: GROUP,
      scope,
      names: {
        kind,
        plural,
        singular: kind.toLowerCase(),
        listKind: `${kind}List`,
        categories: ["gateway-api"],
        ...(shortNames ? { shortNames } : {}),
      },
      versions: versions.map((name, index) => ({
        name,
        served: true,
        storage: index === 0,
        additionalPrinterColumns: shape.columns,
        schema: { openAPIV3Schema },
        ...(shape.status ? { subresources: { status: {} } } : {}),
      })),
    },
  }
}
