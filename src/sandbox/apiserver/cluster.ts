import type { KubeObject, ObjectRef } from "#api/objects.ts"
import { mergePatched } from "../patch/merge.ts"
import type { Clock, Cluster, Kind } from "../contract.ts"
import { type Catalogue, familyOf, inVersion } from "./catalogue.ts"
import { patch } from "./patches.ts"
import { Refusal } from "./refusal.ts"
import type { Resource } from "./resource.ts"
import { scaledTo, scaleOf } from "./scale.ts"
import type { Store } from "./store.ts"
import { keyOf, type Spot, type Writes } from "./writes.ts"

/** The API server for those who live in the same process. */
export function createCluster(parts: { store: Store; catalogue: Catalogue; writes: Writes; clock: Clock }): Cluster {
  const { store, catalogue, writes, clock } = parts
  const options = { manager: "sandbox" }

  function resourceOf({ apiVersion, kind }: Kind): Resource {
    const found = catalogue.ofKind({ apiVersion, kind })
    if (!found) throw new Refusal(404, "NotFound", `no matches for kind "${kind}" in version "${apiVersion}"`)
    return found
  }
  const spotOf = (ref: ObjectRef): Spot => ({ resource: resourceOf(ref), namespace: ref.namespace, name: ref.name })
  const shown = (object: KubeObject | undefined, resource: Resource) => object && inVersion(object, resource)

  return {
    get(ref) {
      const resource = resourceOf(ref)
      return shown(store.get(familyOf(resource), keyOf(ref.namespace, ref.name)), resource)
    },
    list(kind, namespace) {
      const resource = resourceOf(kind)
      const all = store.list(familyOf(resource)).map((object) => inVersion(object, resource))
      return namespace === undefined ? all : all.filter(({ metadata }) => metadata.namespace === namespace)
    },
    create: (object) =>
      writes.create({ resource: resourceOf(object), namespace: object.metadata.namespace }, asSent(object), options),
    update: (object, subresource) =>
      writes.update(spotOf({ ...object, ...object.metadata }), asSent(object), { ...options, subresource }).object,
    patch(ref, body, subresource) {
      const spot = spotOf(ref)
      if (subresource !== "scale") {
        return patch(writes, spot, { type: "merge", body }, { ...options, subresource }, clock).object
      }
      const { scale } = spot.resource
      if (!scale) throw new Refusal(404, "NotFound", "the server could not find the requested resource")
      const live = writes.find(spot)
      const wanted = mergePatched(scaleOf(live, scale), body)
      return writes.update(spot, scaledTo(live, wanted, scale, spot.resource), { ...options, subresource }).object
    },
    delete(ref, { uid, ...deletion } = {}) {
      try {
        writes.remove(spotOf(ref), { ...deletion, ...(uid ? { uid } : {}) })
      } catch (error) {
        const isNotThere =
          error instanceof Refusal && (error.status === 404 || (uid !== undefined && error.status === 409))
        if (!isNotThere) throw error
      }
    },
    watch(kind, onChange) {
      const resource = resourceOf(kind)
      const family = familyOf(resource)
      for (const object of store.list(family)) onChange("ADDED", inVersion(object, resource))
      return store.onChange((change) => {
        if (change.family !== family) return
        // Its definition may have changed.
        onChange(change.type, inVersion(change.object, catalogue.ofKind(kind) ?? resource))
      })
    },
  }
}

/** As it would arrive over HTTP: what is undefined is not there. */
const asSent = (object: KubeObject): unknown => JSON.parse(JSON.stringify(object))
