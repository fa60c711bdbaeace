import type { KubeObject } from "#api/objects.ts"
import { type Catalogue, familyOf, inVersion } from "./catalogue.ts"
import { decoded, type Decoding } from "./decoding.ts"
import { invalid } from "./refusal.ts"
import type { Resource } from "./resource.ts"
import type { Writes } from "./writes.ts"

/** Writes of all versions: what comes in another than the one in which objects are kept is written as that one. */
export function convertedWrites(writes: Writes, catalogue: Catalogue): Writes {
  const kept = (resource: Resource): Resource => catalogue.stored(familyOf(resource)) ?? resource

  function stored(resource: Resource, raw: unknown, decoding: Decoding, old: KubeObject | undefined): KubeObject {
    const given = decoded(resource, raw, decoding)
    const problems = resource.rules.problems?.(given, old) ?? []
    if (problems.length > 0) throw invalid(kept(resource), given.metadata.name ?? "", problems)
    return resource.conversion!.toStored(given)
  }

  return {
    find: writes.find,
    create(spot, raw, options) {
      const { resource } = spot
      if (!resource.conversion) return writes.create(spot, raw, options)
      const given = stored(resource, raw, options, undefined)
      return inVersion(writes.create({ ...spot, resource: kept(resource) }, given, { ...options, ...said }), resource)
    },
    update(spot, raw, options) {
      const { resource } = spot
      if (!resource.conversion) return writes.update(spot, raw, options)
      const given = stored(resource, raw, options, writes.find(spot))
      const outcome = writes.update({ ...spot, resource: kept(resource) }, given, { ...options, ...said })
      return { ...outcome, object: inVersion(outcome.object, resource) }
    },
    remove(spot, options) {
      const { resource } = spot
      if (!resource.conversion) return writes.remove(spot, options)
      const removal = writes.remove({ ...spot, resource: kept(resource) }, options)
      return { ...removal, object: inVersion(removal.object, resource) }
    },
  }
}

/** Unknown fields have been told of where they were read. */
const said = { fieldValidation: "Ignore", repeated: [] } as const
