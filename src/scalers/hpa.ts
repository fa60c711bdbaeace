import { isDeepStrictEqual } from "node:util"
import type { Canary } from "#api/canary.ts"
import type { KubeObject, ObjectRef } from "#api/objects.ts"
import { includedKeys, namespaceOf, ownerOf, primaryName } from "#api/release.ts"
import type { Wanted } from "#kube/contract.ts"
import type { Scaler } from "./contract.ts"

const copiedFields = ["minReplicas", "maxReplicas", "metrics", "behavior"]

/** A HorizontalPodAutoscaler idles by itself while its workload has no replicas, so there is nothing to pause. */
export const hpa: Scaler = {
  kinds: ["HorizontalPodAutoscaler"],
  ref: (canary) => hpaRef(canary, canary.spec.autoscalerRef!.name),
  primaryRef: (canary) => hpaRef(canary, `${canary.spec.autoscalerRef!.name}-primary`),
  primary,
  paused: () => undefined,
  resumed: () => undefined,
  minimumReplicas: (source) => source.spec.minReplicas ?? 1,
}

// Older API versions show the same object with fewer fields, whichever the canary names.
const hpaRef = (canary: Canary, name: string): ObjectRef => ({
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  namespace: namespaceOf(canary),
  name,
})

function primary(canary: Canary, source: KubeObject): Wanted {
  const { name, namespace, ...type } = hpa.primaryRef(canary)
  const { minReplicas, maxReplicas } = canary.spec.autoscalerRef?.primaryScalerReplicas ?? {}
  const copied = copiedFields.filter((field) => source.spec[field] !== undefined)
  return {
    object: {
      ...type,
      metadata: {
        name,
        namespace,
        labels: includedKeys(source.metadata.labels, ["*"]),
        ownerReferences: [ownerOf(canary)],
      },
      spec: {
        ...Object.fromEntries(copied.map((field) => [field, source.spec[field]])),
        ...(minReplicas && { minReplicas }),
        ...(maxReplicas && { maxReplicas }),
        scaleTargetRef: { ...source.spec.scaleTargetRef, name: primaryName(canary) },
      },
    },
    owned: [...copiedFields, "scaleTargetRef"].map((field) => ["spec", field]),
    labels: "add",
    // The API server writes 1 for a minimum that nobody gave.
    same: (live, desired, [, field]) =>
      field === "minReplicas" ? (live ?? 1) === (desired ?? 1) : isDeepStrictEqual(live, desired),
  }
}
