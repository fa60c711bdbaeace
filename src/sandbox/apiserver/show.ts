import type { KubeObject } from "#api/objects.ts"
import type { Form } from "./accept.ts"
import { inVersion } from "./catalogue.ts"
import { apiVersionOf, type Resource } from "./resource.ts"
import { type ListMetadata, tableOf, type TableOptions } from "./table.ts"

const metaVersion = "meta.k8s.io/v1"

const asMetadata = ({ metadata }: KubeObject): KubeObject => ({
  kind: "PartialObjectMetadata",
  apiVersion: metaVersion,
  metadata,
})

/** One object, in the version and form that a client asked for. */
export function shown(resource: Resource, object: KubeObject, form: Form, table: TableOptions): object {
  const own = inVersion(object, resource)
  if (form === "metadata") return asMetadata(own)
  if (form === "object") return own
  return tableOf(resource, [own], { resourceVersion: own.metadata.resourceVersion ?? "" }, table)
}

export function shownList(
  resource: Resource,
  objects: readonly KubeObject[],
  metadata: ListMetadata,
  form: Form,
  table: TableOptions,
): object {
  const own = objects.map((object) => inVersion(object, resource))
  if (form === "table") return tableOf(resource, own, metadata, table)
  if (form === "metadata") {
    return { kind: "PartialObjectMetadataList", apiVersion: metaVersion, metadata, items: own.map(asMetadata) }
  }
  return {
    kind: `${resource.kind}List`,
    apiVersion: apiVersionOf(resource),
    metadata,
    // Items of built-in kinds do not repeat what the list says.
    items: resource.isCustom ? own : own.map(asItem),
  }
}

function asItem(object: KubeObject): object {
  const { kind: _, apiVersion: __, ...rest } = object
  return rest
}
