import { describe, expect, it } from "vitest"
import { operatorFlags, type OperatorFlags } from "./flags.ts"
import { settingsFrom, SettingsRefused } from "./settings.ts"

const defaults = Object.fromEntries(
  Object.entries(operatorFlags).map(([name, flag]) => [name, flag.default]),
) as OperatorFlags
const settings = (flags: Partial<OperatorFlags> = {}, environment: Record<string, string> = {}) =>
  settingsFrom({ ...defaults, ...flags }, environment, (name) =>
    ["istio", "contour"].includes(name) ? undefined : `unknown provider ${name}: there is contour, istio`,
  )
const refusal = (flags: Partial<OperatorFlags>): string => {
  try {
    settings(flags)
  } catch (error) {
    if (error instanceof SettingsRefused) return error.message
    throw error
  }
  return ""
}

describe("settings", () => {
  it("are the original's when no flag is given", () => {
    expect(settings()).toMatchObject({
      qps: 100,
      burst: 250,
      metricsServer: "http://prometheus:9090",
      logLevel: "debug",
      logEncoding: "json",
      port: 8080,
      namespace: "",
      meshProvider: "istio",
      selectorLabels: ["app", "name", "app.kubernetes.io/name"],
      includeLabelPrefixes: [],
      ingressAnnotationsPrefix: "nginx.ingress.kubernetes.io",
      configTracking: true,
      noCrossNamespaceRefs: false,
    })
    expect(settings().leaderElection).toBeUndefined()
  })

  it("read lists with commas, spaces around them or not", () => {
    expect(settings({ "include-label-prefix": "app.kubernetes.io, team" }).includeLabelPrefixes).toEqual([
      "app.kubernetes.io",
      "team",
    ])
    expect(settings({ "include-label-prefix": "*" }).includeLabelPrefixes).toEqual(["*"])
  })

  it("look for routing objects in the main cluster unless another is named", () => {
    expect(settings({ kubeconfig: "/main" }).meshKubeconfig).toBe("/main")
    expect(settings({ kubeconfig: "/main", "kubeconfig-service-mesh": "/mesh" }).meshKubeconfig).toBe("/mesh")
  })

  it("hold the lease in the watched namespace when there is one", () => {
    const election = { "enable-leader-election": true } as const
    expect(settings(election).leaderElection).toEqual({ namespace: "kube-system" })
    expect(settings({ ...election, namespace: "prod" }).leaderElection).toEqual({ namespace: "prod" })
  })

  it("take addresses and tokens from the environment before the flags, unless they are empty there", () => {
    const flags = { "slack-url": "https://flag", "slack-channel": "general", "event-webhook": "https://flag" }
    const variables = ["SLACK_URL", "SLACK_TOKEN", "SLACK_PROXY_URL", "MSTEAMS_URL", "MSTEAMS_PROXY_URL"]
    const environment = Object.fromEntries([...variables, "EVENT_WEBHOOK_URL"].map((name) => [name, `of ${name}`]))
    expect(settings(flags, environment)).toMatchObject({
      notifier: {
        slackUrl: "of SLACK_URL",
        slackToken: "of SLACK_TOKEN",
        slackProxyUrl: "of SLACK_PROXY_URL",
        slackUser: "flagger",
        slackChannel: "general",
        msteamsUrl: "of MSTEAMS_URL",
        msteamsProxyUrl: "of MSTEAMS_PROXY_URL",
      },
      eventWebhook: "of EVENT_WEBHOOK_URL",
    })
    expect(settings(flags, { SLACK_URL: "", EVENT_WEBHOOK_URL: "" })).toMatchObject({
      notifier: { slackUrl: "https://flag", msteamsUrl: "" },
      eventWebhook: "https://flag",
    })
  })

  it("treat an empty mesh provider as the default one", () => {
    expect(settings({ "mesh-provider": "" }).meshProvider).toBe("istio")
  })

  it("need no Prometheus", () => {
    expect(settings({ "metrics-server": "" }).metricsServer).toBe("")
  })

  it.each<[Partial<OperatorFlags>, string]>([
    [{ "mesh-provider": "isto" }, "-mesh-provider: unknown provider isto: there is contour, istio"],
    [
      { "metrics-server": "prometheus:9090" },
      "-metrics-server=prometheus:9090 is not an address: write it as http://host:port",
    ],
    [{ "selector-labels": " ," }, "-selector-labels is empty"],
    [{ "zap-encoding": "logfmt" }, "-zap-encoding=logfmt is unknown: use json or console"],
    [{ port: ":8080" }, "-port=:8080 is not a port"],
    [{ port: "70000" }, "-port=70000 is not a port"],
  ])("refuse %j and say what to write", (flags, text) => expect(refusal(flags)).toContain(text))

  it("name everything that is wrong at once", () => {
    expect(refusal({ port: "http", "zap-encoding": "x" })).toMatch(/-zap-encoding=x .*; -port=http /)
  })
})
