/**
 * Test support: examples of what routers do, as pairs of files in `<router>/examples`.
 *
 * `<case>.in.yaml` holds YAML documents: first `routes`, which are to be written, and optionally `settings`; then the
 * Canary, whose `spec.provider` chooses the router; then the objects that exist. Instead of weights, `routes: observed`
 * stands for those read back from the existing objects, and `routes: released` for a canary that leaves.
 * `<case>.out.yaml` holds the resulting objects in writing order, then `removed: [...]` if objects are to go. A case
 * that must be refused has one document, `refused: <text>`.
 */
import { readdirSync, readFileSync } from "node:fs"
import { CORE_SCHEMA, loadAll } from "js-yaml"
import type { Canary } from "#api/canary.ts"
import { type KubeObject, type ObjectRef, keyOf, refOf } from "#api/objects.ts"
import { merged } from "#kube/apply.ts"
import type { Wanted } from "#kube/contract.ts"
import { type Found, RouteRefused, type Router, type RouterSettings, type Routes } from "./contract.ts"
import { routerFor } from "./registry.ts"

export interface Example {
  folder: string
  title: string
  router: Router
  canary: Canary
  routes: Routes | "observed" | "released"
  settings: RouterSettings
  objects: KubeObject[]
  expected: unknown[]
}

const defaults: RouterSettings = {
  ingressAnnotationsPrefix: "nginx.ingress.kubernetes.io",
  ingressClass: "",
  includeLabelPrefixes: [],
  selectorLabel: "app",
  ownable: true,
}

/** What goes in is frozen: a router that changes what it is given fails. */
export const allExamples = (): Example[] => foldersWithExamples().flatMap(examplesIn)

export function outcomeOf({ router, canary, routes, settings, objects }: Example): unknown[] {
  const found = worldOf(objects)
  const results = (all: Wanted[]) => all.map((wanted) => merged(found.get(refOf(wanted.object)), wanted))
  try {
    if (routes === "released") {
      const { write, remove } = router.released(canary, found, settings)
      return [...results(write), ...(remove.length > 0 ? [{ removed: remove }] : [])]
    }
    const wanted = routes === "observed" ? router.observed(canary, found, settings) : routes
    return results(router.desired(canary, wanted, found, settings))
  } catch (error) {
    if (error instanceof RouteRefused) return [{ refused: error.message }]
    throw error
  }
}

export interface World extends Found {
  all(): KubeObject[]
}

export function worldOf(objects: readonly KubeObject[]): World {
  const byKey = new Map(objects.map((object) => [keyOf(refOf(object)), object]))
  return { get: (ref: ObjectRef) => byKey.get(keyOf(ref)), all: () => [...byKey.values()] }
}

/** The world after all of it is written and the data plane has taken it in. */
export function applied(world: World, all: Wanted[]): World {
  const results = all.map((wanted) => accepted(merged(world.get(refOf(wanted.object)), wanted)))
  return worldOf([...world.all(), ...results])
}

/** Gateways answer in the status of a route, for the generation that they have taken in. */
function accepted(object: KubeObject): KubeObject {
  const generation = (object.metadata.generation ?? 0) + 1
  const metadata = { ...object.metadata, generation }
  if (!Array.isArray(object.spec?.parentRefs)) return { ...object, metadata }
  const conditions = [{ type: "Accepted", status: "True", observedGeneration: generation }]
  const parents = object.spec.parentRefs.map((parentRef: unknown) => ({ parentRef, conditions }))
  return { ...object, metadata, status: { parents } }
}

function foldersWithExamples(): string[] {
  const folders = readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return folders.map((entry) => entry.name).filter((name) => readdirSync(pathOf(name)).includes("examples"))
}

function examplesIn(folder: string): Example[] {
  const ending = ".in.yaml"
  const files = readdirSync(pathOf(folder, "examples")).filter((file) => file.endsWith(ending))
  return files.sort().map((file) => exampleOf(folder, file.slice(0, -ending.length)))
}

function exampleOf(folder: string, name: string): Example {
  const [head, canary, ...objects] = documents(pathOf(folder, "examples", `${name}.in.yaml`)) as [
    { routes: Example["routes"]; settings?: Partial<RouterSettings> },
    Canary,
    ...KubeObject[],
  ]
  return {
    folder,
    title: name.replaceAll("-", " "),
    router: routerFor(canary.spec.provider ?? ""),
    ...frozen({ canary, routes: head.routes, settings: { ...defaults, ...head.settings }, objects }),
    expected: documents(pathOf(folder, "examples", `${name}.out.yaml`)),
  }
}

const pathOf = (...parts: string[]): string => [import.meta.dirname, ...parts].join("/")

/** Dates stay text, as in JSON; a file of comments alone has no documents. */
const documents = (path: string): unknown[] =>
  loadAll(readFileSync(path, "utf8"), undefined, { schema: CORE_SCHEMA }).filter(Boolean)

export function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value
  Object.values(value).forEach(frozen)
  return Object.freeze(value)
}
