import type { KubeObject } from "#api/objects.ts"
import type { Column } from "../../apiserver/resource.ts"
import { age, containerColumns, count, name, text, wide } from "../columns.ts"
import { labelsText, selectorText } from "../label-selector.ts"

export const templateColumns: readonly Column[] = containerColumns(({ spec }) => spec.template?.spec.containers)

/** Here an absent selector says nothing, as an empty one does. */
export const selectorColumn: Column = wide(
  text("Selector", "Which pods belong to it.", ({ spec }) => selectorText(spec.selector) || "<none>"),
)

export const readyText = ({ spec, status }: KubeObject): string => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`

export const replicaColumns: readonly Column[] = [
  name,
  count("Desired", "How many pods there should be.", ({ spec }) => spec.replicas),
  count("Current", "How many pods there are.", ({ status }) => status?.replicas),
  count("Ready", "How many pods are ready.", ({ status }) => status?.readyReplicas),
  age,
  ...templateColumns,
]

export const labelsColumn: Column = wide(
  text("Selector", "Which pods belong to it.", ({ spec }) => labelsText(spec.selector)),
)
