import type { KubeObject } from "#api/objects.ts"
import type { Kind } from "../contract.ts"
import { withDefaults } from "../schema/defaults.ts"
import { pruned } from "../schema/prune.ts"
import { apiVersionOf, type Resource } from "./resource.ts"

/** Everything that is served at the moment: what is built in, and what CustomResourceDefinitions add. */
export interface Catalogue {
  all(): readonly Resource[]
  /** By its path. */
  served(group: string, version: string, plural: string): Resource | undefined
  /** By how objects name it. */
  ofKind(kind: Kind): Resource | undefined
  /** The version in which objects of a family are kept. */
  stored(family: string): Resource | undefined
  /** Replaces what a definition serves; nothing when it is gone. */
  define(family: string, resources: readonly Resource[], storedVersion: string): void
  /** Until the returned function is called. */
  onceReplaced(resource: Resource, act: () => void): () => void
  isServed(group: string): boolean
}

export const familyOf = ({ family, group, plural }: Pick<Resource, "family" | "group" | "plural">): string =>
  family ?? (group ? `${plural}.${group}` : plural)

export function createCatalogue(builtIn: readonly Resource[]): Catalogue {
  const defined = new Map<string, readonly Resource[]>()
  const storedVersions = new Map<string, string>()
  const waiting = new Map<() => void, Resource>()
  let byPath = new Map<string, Resource>()
  let byKind = new Map<string, Resource>()
  let all: readonly Resource[] = []

  function index(): void {
    all = [...builtIn, ...[...defined.values()].flat()]
    byPath = new Map(all.map((one) => [`${apiVersionOf(one)}/${one.plural}`, one]))
    byKind = new Map(all.map((one) => [`${apiVersionOf(one)}/${one.kind}`, one]))
  }
  index()

  return {
    all: () => all,
    served: (group, version, plural) => byPath.get(`${apiVersionOf({ group, version })}/${plural}`),
    ofKind: ({ apiVersion, kind }) => byKind.get(`${apiVersion}/${kind}`),
    stored(family) {
      const versions = all.filter((one) => familyOf(one) === family)
      return (
        versions.find(({ version }) => version === storedVersions.get(family)) ??
        versions.find(({ conversion }) => !conversion)
      )
    },
    define(family, resources, storedVersion) {
      if (resources.length > 0) defined.set(family, resources)
      else defined.delete(family)
      storedVersions.set(family, storedVersion)
      index()
      for (const [act, resource] of waiting) if (!all.includes(resource)) act()
    },
    onceReplaced(resource, act) {
      waiting.set(act, resource)
      return () => void waiting.delete(act)
    },
    isServed: (group) => all.some((one) => one.group === group),
  }
}

const forms = new WeakMap<Resource, WeakMap<KubeObject, KubeObject>>()

/** An object as this version of its kind shows it, given as it is stored or already so. */
export function inVersion(object: KubeObject, resource: Resource): KubeObject {
  const known = forms.get(resource) ?? new WeakMap<KubeObject, KubeObject>()
  forms.set(resource, known)
  const shown = known.get(object) ?? formOf(object, resource)
  known.set(object, shown)
  return shown
}

function formOf(object: KubeObject, resource: Resource): KubeObject {
  const apiVersion = apiVersionOf(resource)
  const isOther = object.apiVersion !== apiVersion
  if (isOther && resource.conversion) return resource.conversion.fromStored(object)
  const own = isOther ? { ...object, apiVersion } : object
  // Of a custom kind the shape may have changed since the object was written.
  return resource.isCustom ? (withDefaults(resource.schema, pruned(resource.schema, own).value) as KubeObject) : own
}
