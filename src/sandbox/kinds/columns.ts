import type { KubeObject } from "#api/objects.ts"
import type { Column } from "../apiserver/resource.ts"
import { sinceText } from "./age.ts"

type Cell = Column["cell"]

export const name: Column = {
  name: "Name",
  type: "string",
  format: "name",
  description: "What the object is called.",
  priority: 0,
  cell: ({ metadata }) => metadata.name,
}

export const age: Column = {
  name: "Age",
  type: "string",
  description: "How long ago the object was made.",
  priority: 0,
  cell: ({ metadata }, nowMs) => sinceText(metadata.creationTimestamp, nowMs),
}

/** Kinds that the server has no columns for show the time itself. */
export const nameAndTime: readonly Column[] = [
  name,
  {
    name: "Created At",
    type: "date",
    description: "When the object was made.",
    priority: 0,
    cell: ({ metadata }) => metadata.creationTimestamp,
  },
]

export const text = (name: string, description: string, cell: Cell): Column => ({
  name,
  type: "string",
  description,
  priority: 0,
  cell,
})

export const count = (name: string, description: string, cell: Cell): Column => ({
  ...text(name, description, (object, nowMs) => cell(object, nowMs) ?? 0),
  type: "integer",
})

/** Only with `-o wide`. */
export const wide = (column: Column): Column => ({ ...column, priority: 1 })

interface Container {
  name: string
  image?: string
}

/** The containers of a pod template and their images. */
export const containerColumns = (containersOf: (object: KubeObject) => readonly Container[] | undefined): Column[] => [
  wide(text("Containers", "The names of the containers.", (object) => listed(containersOf(object), "name"))),
  wide(text("Images", "The images of the containers.", (object) => listed(containersOf(object), "image"))),
]

const listed = (containers: readonly Container[] = [], field: keyof Container): string =>
  containers.map((container) => container[field] ?? "").join(",")

/** The first few, and how many more there are. */
export function withMore(items: readonly string[], most: number, separator = ","): string {
  const shown = items.slice(0, most).join(separator)
  return items.length > most ? `${shown} + ${items.length - most} more...` : shown
}

export const conditionIsTrue = (
  conditions: readonly { type: string; status: string }[] | undefined,
  type: string,
): boolean => conditions?.find((condition) => condition.type === type)?.status === "True"
