import type { Canary } from "#api/canary.ts"
import type { KubeObject, Metadata, ObjectRef } from "#api/objects.ts"
import { fluxOff, namesOf, ownerOf } from "#api/release.ts"
import type { RouterSettings } from "./contract.ts"

/** A routing object to be created; it goes with the canary where owners can be followed. */
export function routeObject(
  canary: Canary,
  ref: ObjectRef,
  settings: Pick<RouterSettings, "ownable">,
  metadata: Pick<Metadata, "labels" | "annotations">,
  spec: unknown,
): KubeObject {
  const { apiVersion, kind, name, namespace } = ref
  const owned = settings.ownable ? { ownerReferences: [ownerOf(canary)] } : {}
  return { apiVersion, kind, metadata: { name, namespace, ...metadata, ...owned }, spec }
}

/** Metadata of the object that routes to the apex: what the user gave the apex, and that Flux leaves it alone. */
export function apexMetadata(
  canary: Canary,
  settings: Pick<RouterSettings, "selectorLabel">,
): { labels?: Record<string, string>; annotations: Record<string, string> } {
  const apex = canary.spec.service?.apex
  return {
    ...(apex ? { labels: { ...apex.labels, ...selectorLabel(canary, settings) } } : {}),
    annotations: { ...apex?.annotations, ...fluxOff },
  }
}

/** The apex Service carries this label too; nobody generates Services for a target that is a Service. */
const selectorLabel = (canary: Canary, { selectorLabel: label }: Pick<RouterSettings, "selectorLabel">) =>
  label && canary.spec.targetRef.kind !== "Service" ? { [label]: namesOf(canary).apex } : {}
