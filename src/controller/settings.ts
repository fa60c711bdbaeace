import type { GlobalNotifierSettings } from "#notifiers/global.ts"
import type { OperatorFlags } from "./flags.ts"
import { type LogEncoding, type LogLevel, logLevelOf } from "./log.ts"

/** What the operator was started with, ready for use. */
export interface Settings {
  kubeconfig: string
  master: string
  /** Of the cluster with the routing objects; the same file where there is only one. */
  meshKubeconfig: string
  qps: number
  burst: number
  metricsServer: string
  logLevel: LogLevel
  logEncoding: LogEncoding
  port: number
  /** Where alerts of canaries without own `alerts` go. */
  notifier: GlobalNotifierSettings
  eventWebhook: string
  includeLabelPrefixes: string[]
  /** Empty for all. */
  namespace: string
  meshProvider: string
  selectorLabels: string[]
  ingressAnnotationsPrefix: string
  ingressClass: string
  /** Absent when this replica works without asking. */
  leaderElection?: { namespace: string }
  configTracking: boolean
  clusterName: string
  noCrossNamespaceRefs: boolean
}

/** What is wrong with flags and environment, all of it together. */
export class SettingsRefused extends Error {
  override readonly name = "SettingsRefused"
}

export type Environment = Readonly<Record<string, string | undefined>>

/** `problemOfProvider` says why canaries cannot be routed by a name; undefined when they can. */
export function settingsFrom(
  flags: OperatorFlags,
  environment: Environment,
  problemOfProvider: (name: string) => string | undefined,
): Settings {
  const meshProvider = flags["mesh-provider"] || "istio"
  const selectorLabels = listed(flags["selector-labels"])
  const { "metrics-server": metricsServer, "zap-encoding": encoding, port } = flags
  const provider = problemOfProvider(meshProvider)
  const problems = [
    ...(provider ? [`-mesh-provider: ${provider}`] : []),
    ...(selectorLabels.length > 0 ? [] : ["-selector-labels is empty: name the labels your workloads select by"]),
    ...(isWebAddress(metricsServer)
      ? []
      : [`-metrics-server=${metricsServer} is not an address: write it as http://host:port`]),
    ...(isEncoding(encoding) ? [] : [`-zap-encoding=${encoding} is unknown: use json or console`]),
    ...(/^\d{1,5}$/.test(port) && Number(port) <= 65_535
      ? []
      : [`-port=${port} is not a port: use a number up to 65535`]),
  ]
  if (problems.length > 0) throw new SettingsRefused(problems.join("; "))

  return {
    kubeconfig: flags.kubeconfig,
    master: flags.master,
    meshKubeconfig: flags["kubeconfig-service-mesh"] || flags.kubeconfig,
    qps: flags["kubeconfig-qps"],
    burst: flags["kubeconfig-burst"],
    metricsServer,
    logLevel: logLevelOf(flags["log-level"]),
    logEncoding: encoding as LogEncoding,
    port: Number(port),
    notifier: {
      slackUrl: environment.SLACK_URL || flags["slack-url"],
      slackToken: environment.SLACK_TOKEN || flags["slack-token"],
      slackProxyUrl: environment.SLACK_PROXY_URL || flags["slack-proxy-url"],
      slackUser: flags["slack-user"],
      slackChannel: flags["slack-channel"],
      msteamsUrl: environment.MSTEAMS_URL || flags["msteams-url"],
      msteamsProxyUrl: environment.MSTEAMS_PROXY_URL || flags["msteams-proxy-url"],
    },
    eventWebhook: environment.EVENT_WEBHOOK_URL || flags["event-webhook"],
    includeLabelPrefixes: listed(flags["include-label-prefix"]),
    namespace: flags.namespace,
    meshProvider,
    selectorLabels,
    ingressAnnotationsPrefix: flags["ingress-annotations-prefix"],
    ingressClass: flags["ingress-class"],
    ...(flags["enable-leader-election"]
      ? { leaderElection: { namespace: flags.namespace || flags["leader-election-namespace"] } }
      : {}),
    configTracking: flags["enable-config-tracking"],
    clusterName: flags["cluster-name"],
    noCrossNamespaceRefs: flags["no-cross-namespace-refs"],
  }
}

const listed = (text: string) =>
  text
    .split(",")
    .map((item) => item.trim())
    .filter(Boolean)

const isEncoding = (text: string): text is LogEncoding => text === "json" || text === "console"
// Empty is allowed: a cluster may have no Prometheus at all.
const isWebAddress = (text: string) => text === "" || (/^https?:\/\//.test(text) && URL.canParse(text))
