export interface Flag {
  type: "string" | "int" | "bool" | "duration"
  /** Of a duration: in milliseconds. */
  default: string | number | boolean
  help: string
}
export type FlagTable = Readonly<Record<string, Flag>>
export type FlagValues<T extends FlagTable> = {
  [K in keyof T]: { string: string; int: number; bool: boolean; duration: number }[T[K]["type"]]
}

const text = (help: string, fallback = "") => ({ type: "string", default: fallback, help }) as const
const whole = (fallback: number, help: string) => ({ type: "int", default: fallback, help }) as const
const on = (help: string) => ({ type: "bool", default: true, help }) as const
const off = (help: string) => ({ type: "bool", default: false, help }) as const

/** Every flag of the operator: names, types and defaults are those of the original. */
export const operatorFlags = {
  kubeconfig: text("Kubeconfig file; inside a cluster none is needed"),
  master: text("Address of the Kubernetes API, instead of the kubeconfig's"),
  "kubeconfig-qps": whole(100, "API requests per second; negative for no limit"),
  "kubeconfig-burst": whole(250, "API requests that may be made at once"),
  "kubeconfig-service-mesh": text("Kubeconfig file of the cluster that holds the routing objects, where it is another"),
  "metrics-server": text("Prometheus that answers the built-in checks", "http://prometheus:9090"),
  "control-loop-interval": {
    type: "duration",
    default: 10_000,
    help: "Accepted, has no effect: changes are acted on at once",
  },
  "log-level": text("Least level that is logged: debug, info, warn, error, fatal or panic", "debug"),
  "zap-encoding": text("Form of the log lines: json or console", "json"),
  "zap-replace-globals": off("Accepted, has no effect"),
  port: text("Port of /metrics, /healthz and /readyz", "8080"),
  "slack-url": text("Slack webhook or API address for alerts [SLACK_URL]"),
  "slack-token": text("Slack bot token for alerts [SLACK_TOKEN]"),
  "slack-proxy-url": text("Proxy towards Slack [SLACK_PROXY_URL]"),
  "slack-user": text("Name that Slack alerts are sent under", "flagger"),
  "slack-channel": text("Slack channel for alerts"),
  "msteams-url": text("Teams webhook for alerts; goes before Slack [MSTEAMS_URL]"),
  "msteams-proxy-url": text("Proxy towards Teams [MSTEAMS_PROXY_URL]"),
  "event-webhook": text("Address that gets every event [EVENT_WEBHOOK_URL]"),
  "include-label-prefix": text("Prefixes, with commas between, of labels and annotations the primary gets; * for all"),
  threadiness: whole(2, "Accepted, has no effect: canaries do not wait for each other"),
  namespace: text("Namespace to watch; all when empty"),
  "mesh-provider": text("Router of canaries that name none", "istio"),
  "selector-labels": text("Labels a workload may select its pods by, best first", "app,name,app.kubernetes.io/name"),
  "ingress-annotations-prefix": text("Prefix of the NGINX Ingress annotations", "nginx.ingress.kubernetes.io"),
  "ingress-class": text("Ingress class of generated Contour HTTPProxies"),
  "enable-leader-election": off("Let one of several replicas work and the others stand by"),
  "leader-election-namespace": text("Namespace of the lease; -namespace goes before it", "kube-system"),
  "enable-config-tracking": on("Release changes of ConfigMaps and Secrets too"),
  "cluster-name": text("Name of this cluster in alerts"),
  "no-cross-namespace-refs": off("Refuse references to templates and alert providers of other namespaces"),
  version: off("Print the version and exit"),
} as const satisfies FlagTable

export type OperatorFlags = FlagValues<typeof operatorFlags>
