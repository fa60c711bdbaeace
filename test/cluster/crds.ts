import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { load } from "js-yaml"
import type { KubeObject } from "#api/objects.ts"

const ours = join(import.meta.dirname, "..", "..", "deploy", "crds")

/** Our kinds as they are shipped, and routing kinds that take anything. */
export const crds = (): KubeObject[] => [
  ...readdirSync(ours).map((file) => load(readFileSync(join(ours, file), "utf8")) as KubeObject),
  permissive("networking.istio.io", "VirtualService", ["v1beta1"]),
  permissive("networking.istio.io", "DestinationRule", ["v1beta1"]),
  permissive("gateway.networking.k8s.io", "HTTPRoute", ["v1", "v1beta1"]),
  permissive("projectcontour.io", "HTTPProxy", ["v1"], "httpproxies"),
  permissive("split.smi-spec.io", "TrafficSplit", ["v1alpha2", "v1alpha1", "v1alpha3"]),
]

function permissive(group: string, kind: string, versions: string[], plural = `${kind.toLowerCase()}s`): KubeObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${group}`,
      // Groups under k8s.io may only be used with this; it means that nobody has approved it.
      annotations: { "api-approved.kubernetes.io": "unapproved, for tests" },
    },
    spec: {
      group,
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      scope: "Namespaced",
      versions: versions.map((name, place) => ({
        name,
        served: true,
        storage: place === 0,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      })),
    },
  }
}
