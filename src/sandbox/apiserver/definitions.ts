import type { KubeObject } from "#api/objects.ts"
import { CLEANUP } from "../schema/crd/rules.ts"
import type { CrdSpec, CrdStatus } from "../schema/crd/spec.ts"
import { resourcesOf } from "../schema/custom.ts"
import type { Catalogue } from "./catalogue.ts"
import { forbidden } from "./refusal.ts"
import type { Resource } from "./resource.ts"
import type { Store } from "./store.ts"
import type { Writes } from "./writes.ts"

export const definitions = "customresourcedefinitions.apiextensions.k8s.io"

/** Serves what CustomResourceDefinitions define, from now on, and takes their objects away when they go. */
export function serveDefinitions({ store, catalogue, writes }: Parts): void {
  const options = { manager: "sandbox" }
  const resource = catalogue.stored(definitions)!
  /** What the catalogue was told. */
  const served = new Map<string, string>()

  function serve(crd: KubeObject): void {
    const { name } = crd.metadata
    const spec = { ...(crd["spec"] as CrdSpec), names: (crd["status"] as CrdStatus).acceptedNames }
    const text = JSON.stringify(spec)
    if (!isEstablished(crd) || served.get(name) === text) return
    served.set(name, text)
    const stored = spec.versions.find(({ storage }) => storage)!.name
    catalogue.define(name, resourcesOf({ ...crd, spec }).map(closedAtTheEnd), stored)
  }

  function closedAtTheEnd(one: Resource): Resource {
    const isTerminating = () =>
      store.get(definitions, `${one.plural}.${one.group}`)?.metadata.deletionTimestamp !== undefined
    return {
      ...one,
      rules: {
        ...one.rules,
        beforeCreate({ metadata }) {
          if (isTerminating()) throw forbidden(one, metadata.name, closed)
        },
      },
    }
  }

  function clear(crd: KubeObject): void {
    const { name: family, finalizers = [] } = crd.metadata
    if (!finalizers.includes(CLEANUP)) return
    for (const { metadata } of store.list(family)) {
      const { namespace, name, deletionTimestamp } = metadata
      if (!deletionTimestamp) writes.remove({ resource: anyVersionOf(crd), namespace, name }, {})
    }
    if (store.list(family).length > 0) return
    const metadata = { ...crd.metadata, finalizers: finalizers.filter((one) => one !== CLEANUP) }
    writes.update({ resource, name: family }, { ...crd, metadata }, options)
  }

  /** Names that somebody gives up may be what others wait for. */
  function reconsider(group: string): void {
    for (const crd of store.list(definitions)) {
      if (crd["spec"].group !== group || isSatisfied(crd)) continue
      writes.update({ resource, name: crd.metadata.name }, crd, { ...options, subresource: "status" })
    }
  }

  function follow(crd: KubeObject | undefined): void {
    if (!crd) return
    serve(crd)
    if (crd.metadata.deletionTimestamp) clear(crd)
  }

  for (const crd of store.list(definitions)) follow(crd)
  store.onChange(({ family, type, object: crd }) => {
    if (family === definitions) {
      const { name } = crd.metadata
      if (type !== "DELETED") follow(store.get(definitions, name))
      else if (served.delete(name)) catalogue.define(name, [], "")
      if (type !== "ADDED") reconsider(crd["spec"].group)
    } else if (type === "DELETED") {
      const going = store.get(definitions, family)
      if (going?.metadata.deletionTimestamp) clear(going)
    }
  })
}

interface Parts {
  store: Store
  catalogue: Catalogue
  writes: Writes
}

const closed = "create not allowed while custom resource definition is terminating"

const holds = (crd: KubeObject, wanted: string): boolean =>
  ((crd["status"] ?? {}) as CrdStatus).conditions?.some(({ type, status }) => type === wanted && status === "True") ??
  false
const isEstablished = (crd: KubeObject): boolean => holds(crd, "Established")
const isSatisfied = (crd: KubeObject): boolean => holds(crd, "NamesAccepted")

/** Objects may be there of versions that are no longer served. */
function anyVersionOf(crd: KubeObject): Resource {
  const spec = crd["spec"] as CrdSpec
  const versions = spec.versions.map((version) => ({ ...version, served: true }))
  return resourcesOf({ ...crd, spec: { ...spec, versions } })[0]!
}
