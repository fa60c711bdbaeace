import type { KubeObject } from "./objects.ts"
import { boolean, list, map, object, type Of, opaqueObject, required, string } from "./schema.ts"

const spec = object({
  provider: required(
    object(
      {
        type: required(
          string("Metrics backend", {
            enum: [
              "prometheus",
              "influxdb",
              "datadog",
              "externalmetrics",
              "stackdriver",
              "cloudwatch",
              "newrelic",
              "graphite",
              "dynatrace",
              "keptn",
              "splunk",
            ],
          }),
        ),
        address: string("Address of the backend's API"),
        headers: map(list(string()), "Headers sent with every request"),
        secretRef: object({ name: required(string()) }, "Secret with the credentials, in the template's namespace"),
        region: string("Region of the backend, where it has one"),
        insecureSkipVerify: boolean("Do not verify the server's certificate"),
      },
      "The backend that answers the query",
    ),
  ),
  query: required(string("Query text; {{ }} is filled in for each check")),
})

export const metricTemplateSchema = object({
  apiVersion: string(),
  kind: string(),
  metadata: opaqueObject(),
  spec,
})

export interface MetricTemplate extends KubeObject {
  spec: Of<typeof spec>
}
export type MetricProviderSpec = MetricTemplate["spec"]["provider"]
