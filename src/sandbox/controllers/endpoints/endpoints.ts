import { isDeepStrictEqual } from "node:util"
import { type KubeObject, refOf } from "#api/objects.ts"
import { endpoints, endpointSlices, isEnding, pods, services } from "../kinds.ts"
import { lookUp, lookUpSelectors } from "../lookup.ts"
import { type Controller, placeOf, refAt, startController } from "../loop.ts"
import { isOfEndingNamespace, type World } from "../world.ts"
import { endpointFacts, hasEndpoint } from "./endpoint.ts"
import { isWritten, wantedEndpoints } from "./legacy.ts"
import { isOurs, SERVICE_NAME, sliceChanges } from "./slices.ts"

/** Tells, for every Service with a selector, where its pods are. */
export function startEndpoints(world: World): Controller {
  const { cluster, clock, onError } = world
  const selectors = lookUpSelectors(cluster, services, selectorOf)
  const slices = lookUp(cluster, endpointSlices, (slice) => (isOurs(slice) ? [serviceOf(slice)] : []))
  return startController({
    name: "EndpointSlice",
    cluster,
    clock,
    onError,
    uses: [selectors, slices],
    // Traffic follows the endpoints: a pod that ends must not be sent any more.
    urgent: true,
    watches: [
      { kind: services, keys: (service) => [placeOf(service)] },
      { kind: pods, keys: (pod) => selectors.selecting(pod).map(placeOf), matters: isElsewhere },
      { kind: endpointSlices, keys: (slice) => (isOurs(slice) ? [serviceOf(slice)] : []) },
      { kind: endpoints, keys: (object) => [placeOf(object)] },
    ],
    reconcile(key) {
      const service = cluster.get(refAt(services, key))
      if (!service || isEnding(service)) return forget(world, key, slices.of(key))
      const selector = selectorOf(service)
      if (!selector) return
      const { namespace } = service.metadata
      const found = world.pods.selectedBy(selector, namespace!).filter(hasEndpoint)
      try {
        write(world, service, slices.of(key), found)
      } catch (error) {
        if (!isOfEndingNamespace(world, error, namespace!)) throw error
      }
    },
  })
}

function write({ cluster }: World, service: KubeObject, present: KubeObject[], found: KubeObject[]): void {
  const { create, update, remove } = sliceChanges(service, found, present)
  for (const slice of create) cluster.create(slice)
  for (const slice of update) cluster.update(slice)
  for (const slice of remove) cluster.delete(refOf(slice))
  const known = cluster.get({ ...endpoints, namespace: service.metadata.namespace!, name: service.metadata.name })
  const wanted = wantedEndpoints(service, found, known)
  if (!wanted) return
  if (known) cluster.update(wanted)
  else cluster.create(wanted)
}

/** What was told of a service that is gone. */
function forget({ cluster }: World, key: string, present: KubeObject[]): void {
  for (const slice of present) cluster.delete(refOf(slice))
  const known = cluster.get(refAt(endpoints, key))
  if (known && isWritten(known)) cluster.delete(refOf(known))
}

function selectorOf({ spec }: KubeObject) {
  const hasPods = spec.type !== "ExternalName" && Object.keys(spec.selector ?? {}).length > 0
  return hasPods ? { matchLabels: spec.selector as Record<string, string> } : undefined
}

const serviceOf = ({ metadata }: KubeObject): string => `${metadata.namespace}/${metadata.labels?.[SERVICE_NAME]}`

const isElsewhere = (pod: KubeObject, before: KubeObject): boolean =>
  !isDeepStrictEqual(endpointFacts(pod), endpointFacts(before))
