import { describe, expect, it } from "vitest"
import type { Canary, CanarySpec } from "#api/canary.ts"
import { rendered } from "../variables.ts"
import { observerFor } from "./observer.ts"

const canaryOf = (spec: Partial<CanarySpec> = {}): Canary => ({
  apiVersion: "flagger.app/v1beta1",
  kind: "Canary",
  metadata: { name: "shop", namespace: "test" },
  spec: { targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "app" }, analysis: {}, ...spec },
})

const daemonSet = { targetRef: { apiVersion: "apps/v1", kind: "DaemonSet", name: "app" } } as const
const service = { targetRef: { apiVersion: "v1", kind: "Service", name: "app" } } as const
const knative = { targetRef: { apiVersion: "serving.knative.dev/v1", kind: "Service", name: "app" } } as const

/** The queries of a provider, without white space. */
function queriesOf(provider: string, spec: Partial<CanarySpec> = {}, route?: string) {
  const canary = canaryOf(spec)
  const { queries } = observerFor(provider, canary)
  const options = { wordsOnly: queries.wordsOnly ?? false }
  const filled = (text: string, interval: string) => bare(rendered(text, { canary, interval, route }, options))
  return { successRate: filled(queries.successRate, "1m"), duration: filled(queries.duration, "30s") }
}

const bare = (query: string) => query.replace(/\s+/g, "")

/** The shapes in which the queries are specified. */
const share = (good: string, all: string) => `sum(rate(${good}[1m]))/sum(rate(${all}[1m]))*100`
const p99 = (buckets: string) => `histogram_quantile(0.99,sum(rate(${buckets}[30s]))by(le))`
const mean = (sum: string, count: string) => `sum(rate(${sum}[30s]))/sum(rate(${count}[30s]))*1000`

describe("the built-in queries are those that were recorded", () => {
  const istioRate = `sum( rate( istio_requests_total{ reporter="destination", destination_workload_namespace="test", destination_workload=~"app", response_code!~"5.*" }[1m] ) ) / sum( rate( istio_requests_total{ reporter="destination", destination_workload_namespace="test", destination_workload=~"app" }[1m] ) ) * 100`
  const istioDuration = `histogram_quantile( 0.99, sum( rate( istio_request_duration_milliseconds_bucket{ reporter="destination", destination_workload_namespace="test", destination_workload=~"app" }[30s] ) ) by (le) )`
  const httpRate = `sum( rate( http_request_duration_seconds_count{ kubernetes_namespace="test", kubernetes_pod_name=~"app-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)", status!~"5.*" }[1m] ) ) / sum( rate( http_request_duration_seconds_count{ kubernetes_namespace="test", kubernetes_pod_name=~"app-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)" }[1m] ) ) * 100`
  const httpDuration = `histogram_quantile( 0.99, sum( rate( http_request_duration_seconds_bucket{ kubernetes_namespace="test", kubernetes_pod_name=~"app-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)" }[30s] ) ) by (le) )`
  const contourRate = `sum( rate( envoy_cluster_upstream_rq{ envoy_cluster_name=~"test_app-canary_[0-9a-zA-Z-]+", envoy_response_code!~"5.*" }[1m] ) ) / sum( rate( envoy_cluster_upstream_rq{ envoy_cluster_name=~"test_app-canary_[0-9a-zA-Z-]+", }[1m] ) ) * 100`
  const contourDuration = `histogram_quantile( 0.99, sum( rate( envoy_cluster_upstream_rq_time_bucket{ envoy_cluster_name=~"test_app-canary_[0-9a-zA-Z-]+", }[30s] ) ) by (le) )`
  const nginxRate = `sum( rate( nginx_ingress_controller_requests{ namespace="test", ingress="app", canary!="", status!~"5.*" }[1m] ) ) / sum( rate( nginx_ingress_controller_requests{ namespace="test", ingress="app", canary!="" }[1m] ) ) * 100`
  const nginxDuration = `sum( rate( nginx_ingress_controller_response_duration_seconds_sum{ namespace="test", ingress="app", canary!="" }[30s] ) ) / sum( rate( nginx_ingress_controller_response_duration_seconds_count{ namespace="test", ingress="app", canary!="" }[30s] ) ) * 1000`

  it.each([
    ["istio", istioRate, istioDuration],
    ["smi:v1alpha2", istioRate, istioDuration],
    ["kubernetes", httpRate, httpDuration],
    ["gatewayapi:v1", httpRate, httpDuration],
    ["contour", contourRate, contourDuration],
    ["nginx", nginxRate, nginxDuration],
  ])("of %s", (provider, successRate, duration) => {
    expect(queriesOf(provider)).toEqual({ successRate: bare(successRate), duration: bare(duration) })
  })
})

describe("the built-in queries are as specified", () => {
  const envoy = (cluster: string) => ({
    successRate: share(
      `envoy_cluster_upstream_rq{${cluster},envoy_response_code!~"5.*"}`,
      `envoy_cluster_upstream_rq{${cluster},}`,
    ),
    duration: p99(`envoy_cluster_upstream_rq_time_bucket{${cluster},}`),
  })

  it.each([
    ["gloo", `envoy_cluster_name=~"test-app-canaryupstream-[0-9a-zA-Z-]+_[0-9a-zA-Z-]+"`],
    ["kuma", `service=~"app-canary_test_svc_[0-9a-zA-Z-]+"`],
    ["contour", `envoy_cluster_name=~"test_app-canary_[0-9a-zA-Z-]+"`],
  ])("of %s", (provider, cluster) => expect(queriesOf(provider)).toEqual(envoy(cluster)))

  it("of knative, for the latest revision", () => {
    const wanted = envoy(`envoy_cluster_name=~"test/app-00002"`)
    expect(queriesOf("istio", { ...knative, provider: "knative" }, "app-00002")).toEqual(wanted)
  })

  it("of linkerd", () => {
    const workload = `namespace="test",deployment=~"app"`
    expect(queriesOf("linkerd")).toEqual({
      successRate: share(
        `response_total{${workload},classification!="failure",direction="inbound"}`,
        `response_total{${workload},direction="inbound"}`,
      ),
      duration: p99(`response_latency_ms_bucket{${workload},direction="inbound"}`),
    })
  })

  it("of appmesh", () => {
    const pods = `kubernetes_namespace="test",kubernetes_pod_name=~"app-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)"`
    expect(queriesOf("appmesh:v1beta2")).toEqual({
      successRate: share(
        `envoy_cluster_upstream_rq{${pods},envoy_response_code!~"5.*"}`,
        `envoy_cluster_upstream_rq{${pods}}`,
      ),
      duration: p99(`envoy_cluster_upstream_rq_time_bucket{${pods}}`),
    })
  })

  it("of osm", () => {
    const workload = `destination_namespace="test",destination_kind="Deployment",destination_name="app"`
    expect(queriesOf("osm")).toEqual({
      successRate: share(`osm_request_total{${workload},response_code!~"5.*"}`, `osm_request_total{${workload}}`),
      duration: p99(`osm_request_duration_ms_bucket{${workload}}`),
    })
  })

  it("of traefik", () => {
    const series = "traefik_service_request_duration_seconds_bucket"
    const route = `service=~"test-app-canary-[0-9a-zA-Z-]+@kubernetescrd"`
    expect(queriesOf("traefik")).toEqual({
      successRate: share(`${series}{${route},code!~"5..",le="+Inf"}`, `${series}{${route},le="+Inf"}`),
      duration: `${p99(`${series}{${route}}`)}*1000`,
    })
  })

  it("of apisix", () => {
    const route = `route=~"test_shop-route-app-canary_.+"`
    const routeRef = { apiVersion: "apisix.apache.org/v2", kind: "ApisixRoute", name: "shop-route" } as const
    expect(queriesOf("apisix", { routeRef })).toEqual({
      successRate: share(`apisix_http_status{${route},code!~"5.."}`, `apisix_http_status{${route}}`),
      duration: p99(`apisix_http_latency_bucket{type=~"request",${route}}`),
    })
  })

  it("of skipper, in whose names only letters, digits and underscores are left", () => {
    const series = "skipper_response_duration_seconds_bucket"
    const route = `route=~"kube(ew)?_test__shop_front_canary__.*__my_svc_canary(_[0-9]+)?"`
    const ingressRef = { apiVersion: "networking.k8s.io/v1", kind: "Ingress", name: "shop-front" } as const
    expect(queriesOf("skipper", { ingressRef, service: { name: "my.svc", port: 80 } })).toEqual({
      successRate: share(`${series}{${route},code!~"5..",le="+Inf"}`, `${series}{${route},le="+Inf"}`),
      duration: mean(
        `skipper_serve_route_duration_seconds_sum{${route}}`,
        `skipper_serve_route_duration_seconds_count{${route}}`,
      ),
    })
  })
})

describe("the built-in queries select what the routers and Kubernetes make", () => {
  it.each(["contour", "gloo", "kuma", "traefik", "apisix"])("with another name of the Service, for %s", (provider) => {
    const { successRate, duration } = queriesOf(provider, { service: { name: "front", port: 80 } })
    expect(successRate).toContain("front-canary")
    expect(duration).toContain("front-canary")
  })

  it.each(["kubernetes", "appmesh"])("DaemonSet pods, whose names have one random part, for %s", (provider) => {
    const { successRate, duration } = queriesOf(provider, daemonSet)
    for (const query of [successRate, duration]) expect(query).toContain('kubernetes_pod_name=~"app-[0-9a-zA-Z]+"')
  })

  it("DaemonSets by their own label, for linkerd", () => {
    const { successRate, duration } = queriesOf("linkerd", daemonSet)
    for (const query of [successRate, duration]) expect(query).toContain('{namespace="test",daemonset=~"app",')
  })

  it("DaemonSets by their kind, for osm", () => {
    const { successRate, duration } = queriesOf("osm", daemonSet)
    for (const query of [successRate, duration]) expect(query).toContain('destination_kind="DaemonSet"')
  })

  it("a DaemonSet of any other mesh like a Deployment", () => {
    expect(queriesOf("istio", daemonSet)).toEqual(queriesOf("istio"))
  })
})

describe("the series that are read", () => {
  const seriesOf = (provider: string, spec: Partial<CanarySpec> = {}) => ({
    name: observerFor(provider, canaryOf(spec)).name,
    series: /rate\((\w+)/.exec(queriesOf(provider, spec).successRate)![1],
  })
  const istio = "istio_requests_total"
  const http = "http_request_duration_seconds_count"

  it.each([
    ["istio", {}, "istio", istio],
    ["", {}, "", istio],
    ["nonsense", {}, "nonsense", istio],
    ["smi:v1alpha1", {}, "smi:v1alpha1", istio],
    ["smi:crossover", {}, "crossover", istio],
    ["smi:v1alpha1:linkerd", {}, "smi:v1alpha1:linkerd", istio],
    ["smi:v1alpha1:linkerd", { provider: "istio" }, "linkerd", "response_total"],
    ["linkerd", { provider: "kubernetes" }, "linkerd", "response_total"],
    ["istio", { provider: "kubernetes" }, "kubernetes", http],
    ["smi:crossover", { provider: "kubernetes" }, "kubernetes", http],
    ["istio", { provider: "gatewayapi:v1beta1" }, "gatewayapi:v1beta1", http],
    ["gatewayapi", {}, "gatewayapi", http],
    ["istio", service, "istio:service", istio],
    ["kubernetes", service, "kubernetes:service", istio],
    ["linkerd", service, "linkerd:service", istio],
    ["gatewayapi:v1", service, "gatewayapi:v1:service", http],
    ["gloo", service, "gloo:service", "envoy_cluster_upstream_rq"],
    ["appmesh", service, "appmesh:service", "envoy_cluster_upstream_rq"],
    ["istio", { ...knative, provider: "knative" }, "knative", "envoy_cluster_upstream_rq"],
    ["istio", knative, "istio", istio],
  ] as const)("with -mesh-provider=%s and %j are those of %s", (flag, spec, name, series) => {
    expect(seriesOf(flag, spec)).toEqual({ name, series })
  })
})
