import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { KubeObject } from "#api/objects.ts"
import { apiVersionOf, type Place, type Resource } from "../apiserver/resource.ts"
import { withDefaults } from "../schema/defaults.ts"
import { builtIn } from "./registry.ts"

/** What a kube-apiserver 1.36.3 answered, in the files of `recorded`. */
export const recorded = <T>(file: string): T =>
  JSON.parse(readFileSync(join(import.meta.dirname, "recorded", file), "utf8")) as T

/** A minimal object, how it was stored, and the row that a table showed of it then. */
export interface Stored {
  what: string
  given: KubeObject
  stored: KubeObject
  at: string
  cells: unknown[]
}

export const storedExamples = recorded<Stored[]>("stored.json")

export const exampleOf = (what: string): Stored => storedExamples.find((example) => example.what === what)!

export const resourceOf = ({ apiVersion, kind }: KubeObject): Resource =>
  builtIn().find((resource) => resource.kind === kind && apiVersionOf(resource) === apiVersion)!

/** A merge patch; nulls inside lists stay. */
export function merged<T>(base: T, patch: unknown): T {
  if (!isMap(base) || !isMap(patch)) return patch as T
  const result: Record<string, unknown> = { ...base }
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete result[field]
    else result[field] = merged(result[field], value)
  }
  return result as T
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Gives out the address and the ports that the recording has. */
const placeFor = ({ spec }: KubeObject): Place => ({
  nowMs: 0,
  clusterAddress: () => spec.clusterIP ?? "10.96.0.9",
  nodePort: () => 31_000,
})

/** As the server makes it of what it was sent. `expected` has what it made up itself. */
export function created(given: KubeObject, expected: KubeObject = given): KubeObject {
  const resource = resourceOf(given)
  const uid = expected.metadata.labels?.["controller-uid"] ?? "some-uid"
  const object = structuredClone(withDefaults(resource.schema, given)) as KubeObject
  object.metadata.uid = uid
  resource.rules.defaults?.(object)
  // Nodes tell of themselves at once.
  if (resource.hasStatus && object.kind !== "Node") delete object["status"]
  if (resource.rules.generationCounts !== null) object.metadata.generation = 1
  resource.rules.beforeCreate?.(object, placeFor(expected))
  return object
}

/** As the server makes it of what it was sent for an object that is there. */
export function updated(given: KubeObject, old: KubeObject): KubeObject {
  const resource = resourceOf(given)
  const object = structuredClone(withDefaults(resource.schema, given)) as KubeObject
  resource.rules.defaults?.(object)
  if (resource.hasStatus) object["status"] = structuredClone(old["status"])
  resource.rules.beforeUpdate?.(object, old, placeFor(given))
  return object
}
