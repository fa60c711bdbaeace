import type { KubeObject, Metadata } from "./objects.ts"
import {
  atMostOne,
  boolean,
  exactlyOne,
  integer,
  intOrString,
  list,
  map,
  number,
  object,
  type Of,
  opaqueObject,
  required,
  string,
  wholeNumber,
} from "./schema.ts"

const dnsName = "^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
const dnsLabel = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
const kindName = "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$"
const int32 = { format: "int32" }
const text = (description?: string) => string(description, { format: "string" })
const duration = (description: string) => string(description, { pattern: "^[0-9]+(m|s)" })
const localRef = <const K extends readonly string[]>(description: string, ...kinds: K) =>
  object(
    { apiVersion: required(string()), kind: required(string(undefined, { enum: kinds })), name: required(string()) },
    description,
  )

const stringMatch = object({ exact: text(), prefix: text(), regex: text() }, undefined, {
  oneOf: atMostOne("exact", "prefix", "regex"),
})

const backendRef = {
  group: string(undefined, { default: "", maxLength: 253, pattern: dnsName }),
  kind: string(undefined, { default: "Service", maxLength: 63, minLength: 1, pattern: kindName }),
  name: required(string(undefined, { maxLength: 253, minLength: 1 })),
  namespace: string(undefined, { maxLength: 63, minLength: 1, pattern: dnsLabel }),
  port: integer(undefined, { ...int32, maximum: 65535, minimum: 1 }),
}

const headerOperations = object({ add: map(text()), remove: list(text()), set: map(text()) })

const metadataOverrides = (description: string) =>
  object({ labels: map(string()), annotations: map(string()) }, description)

const trafficPolicy = object(
  {
    connectionPool: object({
      http: object({
        h2UpgradePolicy: string(undefined, { enum: ["DEFAULT", "DO_NOT_UPGRADE", "UPGRADE"] }),
        http1MaxPendingRequests: integer(undefined, int32),
        http2MaxRequests: integer(undefined, int32),
        idleTimeout: string(),
        maxRequestsPerConnection: integer(undefined, int32),
        maxRetries: integer(undefined, int32),
      }),
    }),
    loadBalancer: object(
      {
        consistentHash: object({
          httpCookie: object({ name: text(), path: text(), ttl: string() }),
          httpHeaderName: text(),
          httpQueryParameterName: text(),
          minimumRingSize: integer(),
          useSourceIp: boolean(),
        }),
        localityLbSetting: object({
          distribute: list(object({ from: text(), to: map(integer()) })),
          enabled: boolean(),
          failover: list(object({ from: text(), to: text() })),
        }),
        simple: string(undefined, { enum: ["ROUND_ROBIN", "LEAST_CONN", "RANDOM", "PASSTHROUGH", "LEAST_REQUEST"] }),
        warmupDurationSecs: string(),
      },
      undefined,
      {
        oneOf: [
          { required: ["simple"] },
          {
            properties: {
              consistentHash: {
                oneOf: exactlyOne("httpHeaderName", "httpCookie", "useSourceIp", "httpQueryParameterName"),
              },
            },
            required: ["consistentHash"],
          },
        ],
      },
    ),
    outlierDetection: object({
      baseEjectionTime: string(),
      consecutive5xxErrors: integer(),
      consecutiveErrors: integer(undefined, int32),
      consecutiveGatewayErrors: integer(undefined, int32),
      consecutiveLocalOriginFailures: integer(undefined, int32),
      interval: string(),
      maxEjectionPercent: integer(undefined, int32),
      minHealthPercent: integer(undefined, int32),
      splitExternalLocalOriginErrors: boolean(),
    }),
    tls: object({
      caCertificates: text(),
      clientCertificate: text(),
      mode: string(undefined, { enum: ["DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"] }),
      privateKey: text(),
      sni: text(),
      subjectAltNames: list(text()),
    }),
  },
  "Istio traffic policy for both DestinationRules",
)

const httpMatch = object({
  authority: stringMatch,
  gateways: list(text()),
  headers: map(stringMatch),
  ignoreUriCase: boolean(),
  method: stringMatch,
  name: text(),
  port: integer(),
  queryParams: map(stringMatch),
  scheme: stringMatch,
  sourceLabels: map(text()),
  sourceNamespace: text(),
  uri: stringMatch,
  withoutHeaders: map(stringMatch),
})

const service = object(
  {
    name: string("Name of the apex Service; the target's name when absent"),
    port: required(wholeNumber("Port of the generated Services")),
    portName: string("Name of that port, http when absent"),
    appProtocol: string("Application protocol of that port; tcp makes Istio route TCP"),
    trafficDistribution: string("How endpoints are preferred", {
      enum: ["PreferClose", "PreferSameZone", "PreferSameNode"],
    }),
    targetPort: intOrString("Number or name of the container port, the Service port when absent"),
    portDiscovery: boolean("Publish the other container ports too"),
    headless: boolean("Generate Services without a cluster address"),
    timeout: string("Longest time a request may take"),
    backendTimeout: string("Longest time one attempt at a backend may take (Gateway API)"),
    meshName: string("App Mesh mesh (v1beta1)"),
    backends: list(string(), "App Mesh virtual services this one calls"),
    hosts: list(string(), "Host names routed to this workload"),
    delegation: boolean("Write an Istio VirtualService that another one delegates to"),
    match: list(httpMatch, "Conditions under which requests are routed here"),
    retries: object(
      { attempts: integer(undefined, int32), perTryTimeout: string(), retryOn: text() },
      "Retries of failed requests",
    ),
    rewrite: object({ uri: text(), authority: text(), type: text() }, "Rewriting of path and authority"),
    mirror: list(
      object({
        backendRef: object(backendRef, undefined, {
          "x-kubernetes-validations": [
            {
              message: "Must have port for Service reference",
              rule: "(size(self.group) == 0 && self.kind == 'Service') ? has(self.port) : true",
            },
          ],
        }),
      }),
      "Backends that get a copy of every request (Gateway API)",
    ),
    headers: object({ request: headerOperations, response: headerOperations }, "Header changes"),
    gateways: list(string(), "Istio gateways; mesh when absent"),
    gatewayRefs: list(
      object({
        group: string(undefined, { default: "gateway.networking.k8s.io", maxLength: 253, pattern: dnsName }),
        kind: string(undefined, { default: "Gateway", maxLength: 63, minLength: 1, pattern: kindName }),
        name: required(string(undefined, { maxLength: 253, minLength: 1 })),
        namespace: string(undefined, { maxLength: 63, minLength: 1, pattern: dnsLabel }),
        sectionName: string(undefined, { maxLength: 253, minLength: 1, pattern: dnsName.replace("^$|", "") }),
        port: integer(undefined, { ...int32, maximum: 65535, minimum: 1 }),
      }),
      "Parents of the generated HTTPRoute",
      { maxItems: 32 },
    ),
    corsPolicy: object(
      {
        allowCredentials: boolean(),
        allowHeaders: list(text()),
        allowMethods: list(text()),
        allowOrigin: list(text()),
        allowOrigins: list(
          object({ exact: text(), prefix: text(), regex: text() }, undefined, {
            oneOf: exactlyOne("exact", "prefix", "regex"),
          }),
        ),
        exposeHeaders: list(text()),
        maxAge: string(),
      },
      "Cross-origin policy",
    ),
    trafficPolicy,
    apex: metadataOverrides("Metadata of the apex Service and of the routing object"),
    primary: metadataOverrides("Metadata of the primary Service"),
    canary: metadataOverrides("Metadata of the canary Service"),
    unmanagedMetadata: object(
      { annotations: list(string()), labels: list(string()) },
      "Metadata keys of the generated Services that are left as found",
    ),
  },
  "The Services and routes in front of the workload",
)

const metric = object({
  name: required(string("request-success-rate and request-duration are built in")),
  interval: duration("Window the query looks back over"),
  threshold: number("Deprecated: minimum success rate, or maximum of any other metric"),
  thresholdRange: object({ min: number(), max: number() }, "Accepted range, bounds included"),
  query: string("Deprecated: PromQL asked of the canary's metrics server"),
  templateRef: object({ name: required(string()), namespace: string() }, "MetricTemplate that holds the query"),
  templateVariables: map(string(), "Values for {{ variables.KEY }} in the template"),
})

const alert = object({
  name: required(string()),
  severity: string("Least severity that is sent; info when absent", { enum: ["", "info", "warn", "error"] }),
  providerRef: required(object({ name: required(string()), namespace: string() })),
})

const webhook = object({
  name: required(string("Name shown in events")),
  type: string("When it is called; rollout when absent", {
    enum: [
      "",
      "confirm-rollout",
      "pre-rollout",
      "rollout",
      "confirm-promotion",
      "post-rollout",
      "event",
      "rollback",
      "confirm-traffic-increase",
    ],
  }),
  muteAlert: boolean("Do not alert while this gate is closed"),
  url: required(string("Address that is posted to", { format: "url" })),
  timeout: duration("Longest time one attempt may take, 10s when absent"),
  retries: wholeNumber("Further attempts after a failed one"),
  disableTLS: boolean("Do not verify the server's certificate"),
  metadata: map(string(), "Sent along in the payload"),
  whileWaiting: boolean("rollback hooks only: also ask while the canary waits for approval to start"),
})

const sessionAffinity = object(
  {
    cookieName: required(string("Cookie that keeps a user on the canary")),
    primaryCookieName: string("Cookie that keeps a user on the primary"),
    domain: string(),
    httpOnly: boolean(),
    maxAge: wholeNumber("Seconds a user stays on the canary", { default: 86400 }),
    partitioned: boolean(),
    path: string(),
    sameSite: string(undefined, { enum: ["Strict", "Lax", "None"] }),
    secure: boolean(),
  },
  "Keep a user on the version first met",
)

const analysis = object(
  {
    interval: duration("Time between two checks"),
    iterations: wholeNumber("Number of checks of an A/B test or a blue/green release"),
    threshold: wholeNumber("Failed checks after which the release is rolled back"),
    maxWeight: wholeNumber("Highest share of traffic the canary gets before promotion"),
    stepWeight: wholeNumber("Share of traffic added per successful check"),
    stepWeights: list(wholeNumber(), "Shares of traffic, one per successful check"),
    stepWeightPromotion: wholeNumber("Share of traffic moved back to the primary per check during promotion"),
    mirror: boolean("Send the canary a copy of the traffic first"),
    mirrorWeight: wholeNumber("Percentage of traffic that is copied"),
    primaryReadyThreshold: wholeNumber("Percentage of primary pods that must be available"),
    canaryReadyThreshold: wholeNumber("Percentage of canary pods that must be available"),
    match: list(
      object({
        headers: map(
          object({ exact: text(), prefix: text(), suffix: text(), regex: text() }, undefined, {
            oneOf: exactlyOne("exact", "prefix", "suffix", "regex"),
          }),
        ),
        queryParams: map(
          object({ exact: string(), prefix: string(), regex: string() }, undefined, {
            oneOf: atMostOne("exact", "prefix", "regex"),
          }),
        ),
        sourceLabels: map(text()),
      }),
      "Requests that an A/B test sends to the canary",
    ),
    metrics: list(metric, "Checks that must hold"),
    alerts: list(alert, "Where this canary's alerts go instead of the global channel"),
    webhooks: list(webhook, "Calls to the outside: gates, tests, events"),
    sessionAffinity,
  },
  "How a new revision is judged",
  {
    oneOf: [
      { required: ["interval", "threshold", "iterations"] },
      { required: ["interval", "threshold", "stepWeight"] },
      { required: ["interval", "threshold", "stepWeights"] },
    ],
  },
)

const phases = [
  "",
  "Initializing",
  "Initialized",
  "Waiting",
  "Progressing",
  "WaitingPromotion",
  "Promoting",
  "Finalising",
  "Succeeded",
  "Failed",
  "Terminating",
  "Terminated",
] as const

const specSchema = object({
  provider: string("Mesh, ingress or gateway that routes the traffic; the controller's default when absent", {
    enum: [
      "apisix",
      "appmesh",
      "appmesh:v1beta2",
      "contour",
      "gatewayapi:v1",
      "gatewayapi:v1beta1",
      "gloo",
      "istio",
      "knative",
      "kubernetes",
      "kuma",
      "linkerd",
      "nginx",
      "osm",
      "skipper",
      "smi:v1alpha1",
      "smi:v1alpha2",
      "smi:v1alpha3",
      "traefik",
    ],
  }),
  metricsServer: string("Prometheus of this canary's built-in checks"),
  progressDeadlineSeconds: wholeNumber("Seconds a workload may take to become ready, 600 when absent"),
  targetRef: required(localRef("The workload that is released", "DaemonSet", "Deployment", "Service")),
  autoscalerRef: object(
    {
      apiVersion: required(string()),
      kind: required(string(undefined, { enum: ["HorizontalPodAutoscaler", "ScaledObject"] })),
      name: required(string()),
      primaryScalerQueries: map(string(), "KEDA: query of the primary by trigger name"),
      primaryScalerReplicas: object(
        { minReplicas: integer(undefined, { minimum: 1 }), maxReplicas: integer(undefined, { minimum: 1 }) },
        "Bounds of the primary's autoscaler",
      ),
    },
    "The autoscaler of the workload",
  ),
  ingressRef: localRef("The Ingress in front of the workload", "Ingress"),
  routeRef: localRef("The APISIX route in front of the workload", "ApisixRoute"),
  upstreamRef: object(
    {
      apiVersion: required(string()),
      kind: required(string(undefined, { enum: ["Upstream"] })),
      name: required(string()),
      namespace: string(),
    },
    "Gloo Upstream whose settings are copied",
  ),
  service,
  skipAnalysis: boolean("Promote every new revision at once"),
  revertOnDeletion: boolean("Put everything back when the Canary is deleted"),
  suspend: boolean("Do nothing at all for this canary"),
  analysis: required(analysis),
})

const statusSchema = object({
  phase: string(undefined, { enum: phases }),
  failedChecks: number(),
  canaryWeight: number(),
  iterations: number(),
  trackedConfigs: map(string()),
  lastAppliedSpec: string(),
  lastPromotedSpec: string(),
  lastTransitionTime: string(undefined, { format: "date-time" }),
  sessionAffinityCookie: string(),
  primarySessionAffinityCookie: string(),
  previousSessionAffinityCookie: string(),
  conditions: list(
    object({
      lastTransitionTime: string(undefined, { format: "date-time" }),
      lastUpdateTime: string(undefined, { format: "date-time" }),
      message: string(),
      reason: required(string()),
      status: required(string()),
      type: required(string()),
    }),
  ),
})

export const canarySchema = object({
  apiVersion: string(),
  kind: string(),
  metadata: opaqueObject(),
  spec: specSchema,
  status: statusSchema,
})

export const API_VERSION = "flagger.app/v1beta1"
export type CanarySpec = Of<typeof specSchema>
export type CanaryStatus = Of<typeof statusSchema>
export type Condition = NonNullable<CanaryStatus["conditions"]>[number]
export type Phase = (typeof phases)[number]
export type Analysis = Of<typeof analysis>
export type ServiceSpec = Of<typeof service>
export type Metric = Of<typeof metric>
export type Webhook = Of<typeof webhook>
export type HookType = NonNullable<Webhook["type"]>
export type AlertRef = Of<typeof alert>
export type SessionAffinity = Of<typeof sessionAffinity>
export type HttpMatch = Of<typeof httpMatch>
export type AnalysisMatch = NonNullable<Analysis["match"]>[number]
export type HeaderOperations = Of<typeof headerOperations>

export interface Canary extends KubeObject {
  metadata: Metadata & { namespace: string }
  spec: CanarySpec
  status?: CanaryStatus
}
