import { eventually } from "../cluster/eventually.ts"
import type { Api } from "./http.ts"
import { fresh, it } from "./it.ts"
import { pathTo } from "./paths.ts"

export const crds = pathTo("apiextensions.k8s.io/v1", "customresourcedefinitions")
export const crdNamed = (name: string): string => `${crds}/${name}`

/** A group of kinds that nobody else uses. */
export const freshGroup = (): string => `${fresh("g")}.example.com`

type Json = Record<string, any>

interface Version extends Json {
  name: string
}

interface Wanted {
  group: string
  /** In the singular; Widget where none is given. */
  kind?: string
  names?: Json
  scope?: "Namespaced" | "Cluster"
  /** The first one is stored. */
  versions: Version[]
}

/** A definition that is complete; versions are served, and take anything where they have no schema. */
export function definition({ group, kind = "Widget", names, scope = "Namespaced", versions }: Wanted) {
  const plural = `${kind.toLowerCase()}s`
  const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true }
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: { kind, plural, singular: kind.toLowerCase(), ...names },
      versions: versions.map(({ name, schema = anything, ...others }, place) => ({
        name,
        served: true,
        storage: place === 0,
        schema: { openAPIV3Schema: schema },
        ...others,
      })),
    },
  }
}

/** A schema of objects whose spec (and status) have these fields. */
export const objectOf = (spec: Json, { status, ...others }: Json = {}) => ({
  type: "object",
  properties: {
    spec: { type: "object", properties: spec, ...others },
    ...(status ? { status: { type: "object", properties: status } } : {}),
  },
})

type Definition = ReturnType<typeof definition>

/** Creates it where it is not there, and returns once all its versions are served. */
export async function establish(api: Api, crd: Definition): Promise<void> {
  const { spec } = crd
  const { status, body } = await api.create(crds, crd)
  if (status !== 201 && status !== 409) throw new Error(`${status}: ${body.message}`)
  for (const { name } of spec.versions.filter((version: Json) => version["served"])) {
    const path = `${pathTo(`${spec.group}/${name}`, spec.names.plural)}?limit=1`
    await eventually(`${path} is served`, async () => (await api.get(path)).status === 200, {
      withinMs: 10_000,
    })
  }
}

/** Cases of a file in which these kinds are known. */
export const itWith = (...all: Definition[]) =>
  it.extend("kinds", { scope: "file", auto: true }, async ({ api }, { onCleanup }) => {
    await Promise.all(all.map((crd) => establish(api, crd)))
    onCleanup(async () => {
      await Promise.all(all.map(({ metadata }) => api.delete(crdNamed(metadata.name))))
    })
  })
