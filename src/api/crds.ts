import { alertProviderSchema } from "./alert-provider.ts"
import { canarySchema } from "./canary.ts"
import { metricTemplateSchema } from "./metric-template.ts"
import type { KubeObject } from "./objects.ts"
import type { JsonSchema, Schema } from "./schema.ts"

interface Column {
  name: string
  type: "string" | "boolean"
  jsonPath: string
  priority?: number
}

const column = (name: string, jsonPath: string, extra: Partial<Column> = {}): Column => ({
  name,
  type: "string",
  jsonPath,
  ...extra,
})
const wide = { priority: 1 }

/** The CustomResourceDefinitions of everything users write. `deploy/crds` is made from this list. */
export const crds: KubeObject[] = [
  crd("Canary", "canaries", canarySchema, [
    column("Status", ".status.phase"),
    column("Weight", ".status.canaryWeight"),
    column("Suspended", ".spec.suspend", { type: "boolean", ...wide }),
    column("FailedChecks", ".status.failedChecks", wide),
    column("Interval", ".spec.analysis.interval", wide),
    column("Mirror", ".spec.analysis.mirror", { type: "boolean", ...wide }),
    column("StepWeight", ".spec.analysis.stepWeight", wide),
    column("StepWeights", ".spec.analysis.stepWeights", wide),
    column("MaxWeight", ".spec.analysis.maxWeight", wide),
    column("LastTransitionTime", ".status.lastTransitionTime"),
  ]),
  crd("MetricTemplate", "metrictemplates", metricTemplateSchema, [column("Provider", ".spec.provider.type")]),
  crd("AlertProvider", "alertproviders", alertProviderSchema, [column("Type", ".spec.type")]),
]

function crd(kind: string, plural: string, schema: Schema<unknown>, columns: Column[]): KubeObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.flagger.app`, annotations: { "helm.sh/resource-policy": "keep" } },
    spec: {
      group: "flagger.app",
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase(), categories: ["all"] },
      scope: "Namespaced",
      versions: [
        {
          name: "v1beta1",
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns,
          schema: { openAPIV3Schema: schema.json satisfies JsonSchema },
        },
      ],
    },
  }
}
