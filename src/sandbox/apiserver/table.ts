import type { KubeObject } from "#api/objects.ts"
import type { Column, Resource } from "./resource.ts"

export interface ListMetadata {
  resourceVersion: string
  continue?: string
  remainingItemCount?: number
}

export interface TableOptions {
  nowMs: number
  includeObject: "None" | "Metadata" | "Object"
  /** Later events of a watch leave them out. */
  withoutColumns?: boolean
}

const nameColumn: Omit<Column, "cell"> = {
  name: "Name",
  type: "string",
  format: "name",
  description: "Name must be unique within a namespace.",
  priority: 0,
}

/** Rows and columns, as `kubectl get` prints them. */
export function tableOf(
  resource: Resource,
  objects: readonly KubeObject[],
  metadata: ListMetadata,
  options: TableOptions,
): object {
  const definition = ({ name, type, format, description, priority }: Omit<Column, "cell">) => ({
    name,
    type,
    format: format ?? "",
    description,
    priority,
  })
  const columns = resource.columns.some(({ name }) => name === "Name")
    ? resource.columns
    : [{ ...nameColumn, cell: (object: KubeObject) => object.metadata.name }, ...resource.columns]
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: options.withoutColumns ? null : columns.map(definition),
    rows: objects.map((object) => ({
      cells: columns.map(({ cell }) => cell(object, options.nowMs) ?? null),
      ...carried(object, options.includeObject),
    })),
  }
}

function carried(object: KubeObject, include: TableOptions["includeObject"]): object {
  if (include === "None") return { object: null }
  if (include === "Object") return { object }
  const { metadata } = object
  return { object: { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata } }
}
